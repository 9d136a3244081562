using System.Globalization;
using System.Text.Json.Nodes;
using CrossProvince.Cli.Samples;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>Import lines of made-up licences, numbered so that none comes twice.</summary>
internal static class TestLicences
{
    internal static JsonObject IdentityCard(RegionCode region, int n) => Make(region, "identity-card", Person(region, n), Party("王小明", Person(region, n), "111"), new() { ["sex"] = "男" });

    internal static JsonObject DrivingLicence(RegionCode region, int n) =>
        Make(region, "driving-licence", Person(region, n), Party("王小明", Person(region, n), "111"), new() { ["vehicle_class"] = "C1" });

    internal static JsonObject HouseholdRegister(RegionCode region, int n) =>
        Make(region, "household-register", $"{n:D9}", Party("王小明", Person(region, n), "111"), []);

    /// <summary>A company's, shown by person <paramref name="n"/> as agent.</summary>
    internal static JsonObject BusinessLicence(RegionCode region, int n)
    {
        var body = $"91{region}XXX{n:D6}";
        var code = body + SocialCreditCode.CheckCharacter(body);
        var line = Make(region, "business-licence", code, Party("样本贸易有限公司", code, "001"), new() { ["company_type"] = "有限责任公司" });
        line["agents"] = new JsonArray(Party("李经办", Person(region, n), "111"));
        return line;
    }

    /// <summary>A newborn's, shown by person <paramref name="n"/> as guardian.</summary>
    internal static JsonObject BirthCertificate(RegionCode region, int n)
    {
        var number = $"P{n:D9}";
        var line = Make(region, "birth-certificate", number, Party("王宝宝", number, "999"), new() { ["sex"] = "女" });
        line["guardians"] = new JsonArray(Party("王小明", Person(region, n), "111"));
        return line;
    }

    /// <summary>Citizen number of the person with that number.</summary>
    internal static string Person(RegionCode region, int n)
    {
        var first17 = string.Create(CultureInfo.InvariantCulture, $"{region.Value / 10_000}010119900101{n:D3}");
        return first17 + CitizenNumber.CheckDigit(first17);
    }

    /// <summary>The identifier that the node makes for a line without one.</summary>
    internal static string IdOf(JsonObject line)
    {
        var serial = string.Concat(((string)line["number"]!).ToUpperInvariant().Where(char.IsAsciiLetterOrDigit));
        return LicenceId.Create((string)line["type_code"]!, (string)line["issuer"]!["code"]!, serial, 1).ToString();
    }

    internal static JsonObject Party(string name, string code, string codeType) => new() { ["name"] = name, ["code"] = code, ["code_type"] = codeType };

    private static JsonObject Make(RegionCode region, string type, string number, JsonObject holder, JsonObject fields)
    {
        var issuer = SampleIssuers.For(region, type);
        return new JsonObject
        {
            ["type_code"] = TestFederation.Catalogue.FindType(type)!.TypeCode,
            ["number"] = number,
            ["holder"] = holder,
            ["issuer"] = new JsonObject { ["name"] = issuer.Name, ["code"] = issuer.Code },
            ["issued_on"] = "2020-01-01",
            ["valid_from"] = "2020-01-01",
            ["valid_until"] = "2040-01-01",
            ["status"] = "valid",
            ["fields"] = fields,
        };
    }
}
