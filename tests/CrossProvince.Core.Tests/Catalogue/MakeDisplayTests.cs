using System.Globalization;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Presentation;

namespace CrossProvince.Core.Tests.Catalogue;

public sealed class MakeDisplayTests
{
    private static readonly LicenceCatalogue s_catalogue = CatalogueFiles.ParseShipped();

    private static readonly LicenceFacts s_adult = new(
        "张小明", "110112199003072825", "111", "110112199003072825", new DateOnly(2020, 1, 1), new DateOnly(2040, 1, 1), new Dictionary<string, string>());

    private static readonly LicenceFacts s_child = s_adult with { HolderCode = "120102201806010133", Number = "120102201806010133" };

    [Test]
    public void MakeDisplay_IdentityCard_IsMasked()
    {
        var display = Make("identity-card", s_adult);
        Assert.That(display.Name, Is.EqualTo("张*明"));
        Assert.That(display.Number, Is.EqualTo("1****************5"));
        Assert.That(display.LastValidDay, Is.EqualTo(25567));
        Assert.That(display.Extra, Is.Null);
    }

    [Test]
    public void MakeDisplay_DrivingLicence_ShowsItsClass() => Assert.That(
        Make("driving-licence", s_adult with { Fields = new Dictionary<string, string> { ["vehicle_class"] = "C1" } }).Extra,
        Is.EqualTo("C1"));

    [TestCase("张小明", "张*明", "道路货物运…")]
    [TestCase("买买提吐尔逊买买提吐尔逊买买提吐尔逊", "买****************逊", "道路货…")]
    public void MakeDisplay_LongExtra_TakesTheRoomThatTheNameLeaves(string holder, string name, string extra)
    {
        var facts = s_adult with { HolderName = holder, Fields = new Dictionary<string, string> { ["category"] = "道路货物运输驾驶员" } };
        var display = Make("road-transport-worker-qualification", facts);
        Assert.That(display.Extra, Is.EqualTo(extra));
        Assert.That(display.Name, Is.EqualTo(name).Or.EndsWith("…"));
    }

    [TestCase("2036-05-31", "张**")]
    [TestCase("2036-06-01", "张*明")]
    public void MakeDisplay_HolderUnder18OnTheDayOfIssue_KeepsOnlyTheSurname(string issuedOn, string expected) =>
        Assert.That(Make("identity-card", s_child with { IssuedOn = DateOnly.Parse(issuedOn, CultureInfo.InvariantCulture) }).Name, Is.EqualTo(expected));

    [Test]
    public void MakeDisplay_NewbornWithoutACode_KeepsOnlyTheSurname()
    {
        var facts = new LicenceFacts("欧阳小明", "", "999", "P110099887", new DateOnly(2025, 2, 1), null, new Dictionary<string, string> { ["birth_date"] = "2025-01-30" });
        var display = Make("birth-certificate", facts);
        Assert.That(display.Name, Is.EqualTo("欧阳**"));
        Assert.That(display.Number, Is.EqualTo("P1******87"));
        Assert.That(display.LastValidDay, Is.Null);
    }

    [TestCase("001")]
    [TestCase("099")]
    public void MakeDisplay_Organisation_IsPublic(string codeType)
    {
        var facts = s_adult with { HolderName = "三河运输公司", HolderCode = "91110000802100433B", HolderCodeType = codeType, Number = "京A12345" };
        var display = Make("vehicle-licence", facts);
        Assert.That(display.Name, Is.EqualTo("三河运输公司"));
        Assert.That(display.Number, Is.EqualTo("京*****5"));
    }

    [Test]
    public void MakeDisplay_BusinessLicence_ShowsItsCode() => Assert.That(
        Make("business-licence", s_adult with { HolderName = "三河公司", HolderCode = "91110000802100433B", HolderCodeType = "001", Number = "91110000802100433B" }).Number,
        Is.EqualTo("91110000802100433B"));

    [Test]
    public void MakeDisplay_LongTexts_FitACode()
    {
        var name = string.Concat(Enumerable.Repeat("阿卜杜热合曼·", 8));
        var number = string.Concat(Enumerable.Repeat("𠮷", 60));
        foreach (var type in s_catalogue.Types)
        {
            var fields = type.Fields.ToDictionary(field => field.Name, field => string.Concat(Enumerable.Repeat("道路旅客运输", 20)));
            foreach (var codeType in new[] { "001", "111" })
            {
                var display = Make(type.Id, new LicenceFacts(name, number, codeType, number, new DateOnly(2020, 1, 1), new DateOnly(2149, 6, 6), fields));
                Assert.That(display.Name, Is.Not.Empty, type.Id);
                Assert.That(display.Encode(), Has.Length.LessThanOrEqualTo(Display.MaxEncodedBytes), type.Id);
            }
        }
    }

    [TestCase("2149-06-06", 65_535)]
    [TestCase("2149-06-07", null)]
    [TestCase("9999-12-31", null)]
    [TestCase("1970-01-02", 1)]
    [TestCase("1969-12-31", 0)]
    public void MakeDisplay_LastDayAtTheEdges_FitsACode(string validUntil, int? expected) =>
        Assert.That(Make("identity-card", s_adult with { ValidUntil = DateOnly.Parse(validUntil, CultureInfo.InvariantCulture) }).LastValidDay, Is.EqualTo(expected));

    [TestCase("张小明", "110112199003072825", "111")]
    [TestCase("欧阳小明", "120102202506010139", "111")]
    [TestCase("三河运输公司", "91110000802100433B", "001")]
    [TestCase("阿卜杜热合曼·阿卜杜热合曼·阿卜杜热合曼·阿卜杜热合曼", "P110099887110099887110099887110099887", "999")]
    public void IsShownAs_PartsOfItsOwnDisplay_AreAllRecognised(string name, string number, string codeType)
    {
        foreach (var type in s_catalogue.Types)
        {
            var fields = type.Fields.ToDictionary(field => field.Name, _ => "道路旅客运输驾驶员");
            var display = Make(type.Id, new LicenceFacts(name, number, codeType, number, new DateOnly(2026, 1, 1), null, fields));
            Assert.That(IsShown(type.Display.Name, display.Name), type.Id);
            Assert.That(IsShown(type.Display.Number, display.Number), type.Id);
            Assert.That(type.Display.Extra is null || IsShown(type.Display.Extra, display.Extra!), type.Id);

            bool IsShown(DisplayPart part, string shown) =>
                s_catalogue.IsShownAs(part, part.From switch { "holder.name" => name, "number" or "holder.code" => number, _ => fields[part.From["fields.".Length..]] }, shown);
        }
    }

    [TestCase("name", "赵小明", "张*明")]
    [TestCase("name", "张小小明", "张*明")]
    [TestCase("name", "", "张*明")]
    [TestCase("citizen-number", "110112199003072825", "1****************4")]
    [TestCase("none", "道路旅客运输", "道路货物…")]
    [TestCase("none", "道路旅客运输", "道路旅客运输驾驶员")]
    public void IsShownAs_AnotherValue_IsNot(string mask, string full, string shown) => Assert.That(s_catalogue.IsShownAs(new DisplayPart("number", mask), full, shown), Is.False);

    private static Display Make(string type, LicenceFacts facts) => s_catalogue.MakeDisplay(s_catalogue.FindType(type)!, facts);
}
