using System.Globalization;
using System.Text.Json;
using CrossProvince.Cli.Samples;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;

namespace CrossProvince.Cli.Tests.Samples;

[TestFixture(110000)]
[TestFixture(120000)]
[TestFixture(130000)]
public sealed class SampleLicencesTests
{
    private const int Holders = 300;
    private const int Seed = 7;

    // The day that samples are made for.
    private static readonly DateOnly s_today = new(2026, 1, 1);

    private static readonly LicenceCatalogue s_catalogue = ReadCatalogue();

    private readonly RegionCode _region;
    private readonly List<JsonElement> _licences;

    public SampleLicencesTests(int region)
    {
        _region = new RegionCode(region);
        _licences = [.. Generate(Holders, Seed).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    [Test]
    public void Generate_Twice_GivesTheSameLines()
    {
        var first = Generate(40, Seed);
        Assert.That(Generate(40, Seed), Is.EqualTo(first));
    }

    [Test]
    public void Generate_MoreHolders_BeginsWithTheSameLines() =>
        Assert.That(Generate(40, Seed).Take(50), Is.EqualTo(Generate(20, Seed).Take(50)));

    [Test]
    public void Generate_AnotherSeed_GivesOtherLicenceIds() =>
        Assert.That(Generate(40, Seed + 1).Select(IdOf).Intersect(Generate(40, Seed).Select(IdOf)), Is.Empty);

    [Test]
    public void Generate_AnotherRegion_GivesLicencesToo() =>
        Assert.That(new SampleLicences(s_catalogue).Generate(20, Seed, new RegionCode(310000)), Is.Not.Empty);

    [Test]
    public void Generate_NoHolders_Throws() =>
        Assert.That(() => Generate(0, Seed), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Generate_Lines_AreOneLineOfTheImportFormat()
    {
        string[] names =
        [
            "licence_id", "type_code", "number", "holder", "issuer", "issued_on", "valid_from", "valid_until", "status", "fields", "guardians", "agents",
        ];
        foreach (var line in Generate(40, Seed))
        {
            Assert.That(line, Does.Not.Contain("\n"));
            Assert.That(JsonDocument.Parse(line).RootElement.EnumerateObject().Select(property => property.Name), Is.EqualTo(names));
        }
    }

    [Test]
    public void Generate_13Holders_CoverEveryLicenceType() => Assert.That(
        Generate(13, Seed).Select(line => Text(JsonDocument.Parse(line).RootElement, "type_code")).Distinct(),
        Is.EquivalentTo(s_catalogue.Types.Select(type => type.TypeCode)));

    [Test]
    public void Generate_LicenceIds_AreUniqueAndRight()
    {
        Assert.That(_licences.Select(licence => Text(licence, "licence_id")), Is.Unique);
        foreach (var licence in _licences)
        {
            Assert.That(LicenceId.TryParse(Text(licence, "licence_id"), out var id), Is.True);
            Assert.That(id.HasCorrectCheck, Is.True);
            Assert.That(id.TypeCode, Is.EqualTo(Text(licence, "type_code")));
            Assert.That(id.IssuerCode, Is.EqualTo(Text(licence.GetProperty("issuer"), "code")));
        }
    }

    [Test]
    public void Generate_NumbersWithinAType_AreUnique() =>
        Assert.That(_licences.Select(licence => Text(licence, "type_code") + Text(licence, "number")), Is.Unique);

    [Test]
    public void Generate_Codes_AreWellFormed()
    {
        foreach (var party in _licences.SelectMany(Parties))
        {
            var code = Text(party, "code");
            switch (Text(party, "code_type"))
            {
                case "111":
                    Assert.That(CitizenNumber.IsValid(code), Is.True, code);
                    Assert.That(code, Does.StartWith(_region.ToString()[..2]));
                    break;
                case "001":
                    Assert.That(SocialCreditCode.IsValid(code), Is.True, code);
                    break;
                default:
                    Assert.That(Text(party, "code_type"), Is.EqualTo("999"));
                    Assert.That(code, Does.Match("^[PQR][0-9]{9}$"));
                    break;
            }

            Assert.That(Text(party, "name"), Is.Not.Empty);
            Assert.That(Text(party, "name").IsNormalized(), Is.True);
        }
    }

    [Test]
    public void Generate_Issuers_AreThoseOfTheRegionAndWellFormed()
    {
        var codes = SampleIssuers.Of(_region).Select(issuer => issuer.Code).ToList();
        Assert.That(codes, Is.Unique);
        Assert.That(codes.Where(code => !SocialCreditCode.IsValid(code)), Is.Empty);
        Assert.That(_licences.Select(licence => Text(licence.GetProperty("issuer"), "code")).Distinct(), Is.EquivalentTo(codes));
    }

    [Test]
    public void Generate_EveryPersonHolding_HasExactlyOneIdentityCard()
    {
        var cards = Of("identity-card").Select(HolderCode).ToList();
        Assert.That(cards, Is.Unique);
        Assert.That(cards, Has.Count.EqualTo(Holders));
        Assert.That(_licences.Where(licence => HolderType(licence) == "111").Select(HolderCode).Except(cards), Is.Empty);
    }

    [Test]
    public void Generate_Fields_AreThoseOfTheCatalogueAndOfTheirType()
    {
        foreach (var licence in _licences)
        {
            var type = s_catalogue.FindTypeByCode(Text(licence, "type_code"))!;
            var fields = licence.GetProperty("fields");
            Assert.That(fields.EnumerateObject().Select(field => field.Name), Is.EqualTo(type.Fields.Select(field => field.Name)), type.Id);
            foreach (var field in type.Fields)
            {
                Assert.That(Text(fields, field.Name), Is.Not.Empty);
                if (field.Type == "date")
                {
                    Assert.That(Day(fields, field.Name), Is.LessThanOrEqualTo(s_today));
                }
            }
        }
    }

    [Test]
    public void Generate_IdentityCards_AgreeWithTheirNumbers()
    {
        foreach (var card in Of("identity-card"))
        {
            var number = Text(card, "number");
            Assert.That(number, Is.EqualTo(HolderCode(card)));
            Assert.That(BirthDate(number), Is.EqualTo(Day(card.GetProperty("fields"), "birth_date")));
            Assert.That((number[16] - '0') % 2 == 1 ? "男" : "女", Is.EqualTo(Text(card.GetProperty("fields"), "sex")));

            var years = Age(number, Day(card, "issued_on")) switch { < 16 => 5, < 26 => 10, < 46 => 20, _ => 0 };
            Assert.That(
                card.GetProperty("valid_until").ValueKind == JsonValueKind.Null ? 0 : Day(card, "valid_until").Year - Day(card, "issued_on").Year,
                Is.EqualTo(years));
        }
    }

    [Test]
    public void Generate_Dates_AreInOrder()
    {
        foreach (var licence in _licences)
        {
            Assert.That(Day(licence, "issued_on"), Is.LessThanOrEqualTo(s_today));
            Assert.That(Day(licence, "valid_from"), Is.EqualTo(Day(licence, "issued_on")));
            if (licence.GetProperty("valid_until").ValueKind != JsonValueKind.Null)
            {
                Assert.That(Day(licence, "valid_until"), Is.GreaterThan(Day(licence, "valid_from")));
            }

            if (HolderType(licence) == "111")
            {
                Assert.That(Day(licence, "issued_on"), Is.GreaterThan(BirthDate(HolderCode(licence))));
            }
        }
    }

    [Test]
    public void Generate_Adults_HaveWhatOnlyAdultsMayHave()
    {
        foreach (var licence in _licences.Where(licence => HolderType(licence) == "111" && Text(licence, "type_code") != Code("identity-card")))
        {
            Assert.That(Age(HolderCode(licence), Day(licence, "issued_on")), Is.GreaterThanOrEqualTo(18));
        }

        foreach (var agent in _licences.SelectMany(licence => licence.GetProperty("agents").EnumerateArray()))
        {
            Assert.That(Age(Text(agent, "code"), s_today), Is.GreaterThanOrEqualTo(18));
        }
    }

    [Test]
    public void Generate_Children_HaveAGuardianOldEnoughToBeAParent()
    {
        var children = Of("identity-card").Where(card => Age(HolderCode(card), s_today) < 18).ToList();
        Assert.That(children, Has.Count.GreaterThanOrEqualTo(Holders / 20));
        foreach (var child in children)
        {
            var guardian = child.GetProperty("guardians").EnumerateArray().Single();
            Assert.That(BirthDate(Text(guardian, "code")).AddYears(20), Is.LessThanOrEqualTo(BirthDate(HolderCode(child))));
        }
    }

    [Test]
    public void Generate_BirthCertificates_AreOfNewbornsWithTwoGuardians()
    {
        var certificates = Of("birth-certificate").ToList();
        Assert.That(certificates, Has.Count.GreaterThanOrEqualTo(Holders / 15));
        foreach (var certificate in certificates)
        {
            var fields = certificate.GetProperty("fields");
            Assert.That(HolderType(certificate), Is.EqualTo("999"));
            Assert.That(Day(certificate, "issued_on").DayNumber - Day(fields, "birth_date").DayNumber, Is.InRange(1, 30));
            Assert.That(
                certificate.GetProperty("guardians").EnumerateArray().Select(guardian => (Text(guardian, "name"), Text(guardian, "code"))),
                Is.EqualTo(new[] { (Text(fields, "mother_name"), Text(fields, "mother_code")), (Text(fields, "father_name"), Text(fields, "father_code")) }));
            foreach (var guardian in certificate.GetProperty("guardians").EnumerateArray())
            {
                Assert.That(Age(Text(guardian, "code"), Day(fields, "birth_date")), Is.GreaterThanOrEqualTo(20));
            }
        }
    }

    [Test]
    public void Generate_BusinessLicences_AreOfCompaniesWithAnAgent()
    {
        foreach (var licence in Of("business-licence"))
        {
            Assert.That(HolderType(licence), Is.EqualTo("001"));
            Assert.That(Text(licence, "number"), Is.EqualTo(HolderCode(licence)));
            Assert.That(licence.GetProperty("agents").GetArrayLength(), Is.EqualTo(1));
        }
    }

    [Test]
    public void Generate_Names_IncludeTheLongestRareAndCompoundOnes()
    {
        var persons = Of("identity-card").Select(card => Text(card.GetProperty("holder"), "name")).ToList();
        var companies = Of("business-licence").Select(licence => Text(licence.GetProperty("holder"), "name")).ToList();
        Assert.That(persons.Max(CodePoints), Is.GreaterThanOrEqualTo(20));
        Assert.That(persons.Min(CodePoints), Is.EqualTo(2));
        Assert.That(persons, Has.Some.Matches<string>(name => name.Any(char.IsSurrogate)));
        Assert.That(persons, Has.Some.StartsWith("欧阳").Or.Some.StartsWith("司马").Or.Some.StartsWith("上官")
            .Or.Some.StartsWith("诸葛").Or.Some.StartsWith("东方").Or.Some.StartsWith("慕容"));
        Assert.That(companies.Max(CodePoints), Is.GreaterThanOrEqualTo(40));
    }

    [Test]
    public void Generate_Statuses_AreMostlyValidWithSomeOthers()
    {
        var statuses = _licences.CountBy(licence => Text(licence, "status")).ToDictionary();
        Assert.That(statuses.Keys, Is.EquivalentTo(new[] { "valid", "suspended", "revoked" }));
        Assert.That(statuses["valid"], Is.GreaterThan(_licences.Count * 9 / 10));
    }

    [Test]
    public void Generate_Displays_HideTheHolderAndFitACode()
    {
        foreach (var licence in _licences)
        {
            var holder = licence.GetProperty("holder");
            var display = s_catalogue.MakeDisplay(s_catalogue.FindTypeByCode(Text(licence, "type_code"))!, Facts(licence));
            Assert.That(display.Encode(), Has.Length.LessThanOrEqualTo(Display.MaxEncodedBytes));
            Assert.That(display.Name, Is.Not.Empty);
            if (HolderType(licence) != "001")
            {
                Assert.That(display.Name, Does.Contain('*'));
                Assert.That(display.Number, Does.Contain('*'));
                Assert.That(display.Name, Is.Not.EqualTo(Text(holder, "name")));
            }
        }
    }

    private static LicenceFacts Facts(JsonElement licence) => new(
        Text(licence.GetProperty("holder"), "name"),
        HolderCode(licence),
        HolderType(licence),
        Text(licence, "number"),
        Day(licence, "issued_on"),
        licence.GetProperty("valid_until").ValueKind == JsonValueKind.Null ? null : Day(licence, "valid_until"),
        licence.GetProperty("fields").EnumerateObject().ToDictionary(field => field.Name, field => field.Value.GetString()!));

    private static LicenceCatalogue ReadCatalogue()
    {
        static CatalogueFile Read(string name) => new(name, File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "catalogue", name)));
        return LicenceCatalogue.Parse(Read("licence-types.json"), Read("scenarios.json"), Read("recognitions.json"));
    }

    private static IEnumerable<JsonElement> Parties(JsonElement licence) =>
        [licence.GetProperty("holder"), .. licence.GetProperty("guardians").EnumerateArray(), .. licence.GetProperty("agents").EnumerateArray()];

    private static string IdOf(string line) => Text(JsonDocument.Parse(line).RootElement, "licence_id");

    private static string Code(string type) => s_catalogue.FindType(type)!.TypeCode;

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static DateOnly Day(JsonElement element, string name) => DateOnly.ParseExact(Text(element, name), "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string HolderCode(JsonElement licence) => Text(licence.GetProperty("holder"), "code");

    private static string HolderType(JsonElement licence) => Text(licence.GetProperty("holder"), "code_type");

    private static int CodePoints(string text) => text.EnumerateRunes().Count();

    private static DateOnly BirthDate(string citizenNumber) =>
        CitizenNumber.TryGetBirthDate(citizenNumber, out var birth) ? birth : throw new FormatException($"{citizenNumber} is no citizen number.");

    private static int Age(string citizenNumber, DateOnly day)
    {
        var birth = BirthDate(citizenNumber);
        var years = day.Year - birth.Year;
        return birth.AddYears(years) > day ? years - 1 : years;
    }

    private IEnumerable<JsonElement> Of(string type) => _licences.Where(licence => Text(licence, "type_code") == Code(type));

    private List<string> Generate(int holders, int seed) => [.. new SampleLicences(s_catalogue).Generate(holders, seed, _region)];
}
