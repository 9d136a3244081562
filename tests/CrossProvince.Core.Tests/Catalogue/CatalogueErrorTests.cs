using System.Text;
using CrossProvince.Core.Catalogue;
using CsCheck;

namespace CrossProvince.Core.Tests.Catalogue;

public sealed class CatalogueErrorTests
{
    [TestCase("\"number\": 2,", "\"number\": 1,", "types.json:22: number 1 is already given at line 6.")]
    [TestCase("\"id\": \"permit\"", "\"id\": \"card\"", "types.json:22: id card is already given at line 6.")]
    [TestCase("PROVISIONAL0000000002", "11100000000013127D001", "types.json:23: typeCode 11100000000013127D001 is already given at line 7.")]
    [TestCase("11100000000013127D001", "11100000000013127E001", "types.json:7: type code 11100000000013127E001: its first 18 characters are not a unified social credit code with a right check character.")]
    [TestCase("\"confirmed\"", "\"provisional\"", "types.json:7: type code 11100000000013127D001: a provisional code, and no other, begins with PROVISIONAL.")]
    [TestCase("\"birth_date\"", "\"class\"", "types.json:12: field 'class' is there twice.")]
    [TestCase("\"type\": \"text\", \"mask\": \"none\"", "\"type\": \"text\", \"mask\": \"veil\"", "types.json:11: there is no mask 'veil'.")]
    [TestCase("\"mask\": \"licence-number\"", "\"mask\": \"veil\"", "types.json:16: there is no mask 'veil'.")]
    [TestCase("\"from\": \"fields.class\"", "\"from\": \"fields.colour\"", "types.json:17: 'fields.colour' is neither holder.name, holder.code, number nor a field of this type.")]
    [TestCase("\"from\": \"number\"", "\"from\": \"fields.class\"", "types.json:16: 'fields.class' is not a fact of every licence: holder.name, holder.code, number.")]
    [TestCase("\"number\": 2,", "\"number\": 0,", "types.json:22: entries[1].number: must be 1 or more.")]
    [TestCase("\"number\": 2,", "\"number\": 32768,", "types.json:22: entries[1].number: must be 32767 or less.")]
    [TestCase("\"number\": 2,", "\"number\": \"2\",", "types.json:22: entries[1].number: must be a whole number.")]
    [TestCase("\"maxLifetimeSeconds\": 600", "\"maxLifetimeSeconds\": 601", "types.json:31: entries[1].maxLifetimeSeconds: must be 600 or less.")]
    [TestCase("\"id\": \"permit\"", "\"id\": \"Permit\"", "types.json:22: entries[1].id: must match ^[a-z][a-z0-9]*(-[a-z0-9]+)*$.")]
    [TestCase("\"codeSource\": \"provisional\"", "\"codeSource\": \"guess\"", "types.json:24: entries[1].codeSource: must be one of confirmed, provisional.")]
    [TestCase("\"fields\": [],", "", "types.json:21: entries[1].fields: is missing.")]
    [TestCase("\"fields\": [],", "\"fields\": [], \"photo\": 1,", "types.json:26: entries[1].photo: no such field is known.")]
    [TestCase("\"fields\": [],", "\"fields\": {},", "types.json:26: entries[1].fields: must be a list.")]
    [TestCase("\"zh\": \"照\"", "\"zh\": \"\"", "types.json:25: entries[1].names.zh: must not be empty.")]
    [TestCase("\"zh\": \"照\"", "\"zh\": 1", "types.json:25: entries[1].names.zh: must be a text.")]
    [TestCase("\"names\": { \"zh\": \"照\", \"en\": \"Permit\" }", "\"names\": \"照\"", "types.json:25: entries[1].names: must be an object.")]
    [TestCase("[\"欧阳\"]", "[\"欧阳\", \"欧阳\"]", "types.json:3: compoundSurnames: must not name the same thing twice.")]
    public void Parse_WrongType_NamesFileLineAndReason(string good, string bad, string error) =>
        Assert.That(ErrorsOf(types: Replace(CatalogueFiles.Types, good, bad)), Does.Contain(error));

    [TestCase("\"number\": 2,", "\"number\": 1,", "scenarios.json:18: number 1 is already given at line 5.")]
    [TestCase("\"id\": \"stop\"", "\"id\": \"check\"", "scenarios.json:18: id check is already given at line 5.")]
    [TestCase("[\"card\", \"permit\"]", "[\"card\", \"permission\"]", "scenarios.json:6: there is no licence type 'permission'.")]
    [TestCase("[\"card\", \"permit\"]", "[]", "scenarios.json:6: entries[0].types: must not be empty.")]
    [TestCase("\"fields.class\"", "\"fields.colour\"", "scenarios.json:11: 'fields.colour' is neither holder.name, holder.code, number, issuer.name, issued_on, valid_until nor a field of one of its types.")]
    [TestCase("\"softSeconds\": 60", "\"softSeconds\": 601", "scenarios.json:13: softSeconds must not exceed hardSeconds.")]
    [TestCase("\"matter-code\"", "\"password\"", "scenarios.json:12: entries[0].requires[0]: must be one of matter-code, case-number, guardian.")]
    [TestCase("\"number\": 2,", "\"number\": 99999999999999999999,", "scenarios.json:18: entries[1].number: the number is too large.")]
    [TestCase("\"number\": 2,", "\"number\": 256,", "scenarios.json:18: entries[1].number: must be 255 or less.")]
    public void Parse_WrongScenario_NamesFileLineAndReason(string good, string bad, string error) =>
        Assert.That(ErrorsOf(scenarios: Replace(CatalogueFiles.Scenarios, good, bad)), Does.Contain(error));

    [TestCase("[\"card\"]", "[\"cart\"]", "recognitions.json:7: there is no licence type 'cart'.")]
    [TestCase("[\"check\"]", "[\"cheque\"]", "recognitions.json:8: there is no scenario 'cheque'.")]
    [TestCase("[\"check\"]", "[\"check\", \"stop\"]", "recognitions.json:8: scenario 'stop' is for none of the licence types of this entry.")]
    [TestCase("\"to\": \"120000\"", "\"to\": \"110000\"", "recognitions.json:6: 110000 recognises its own licences without an entry.")]
    [TestCase("\"to\": \"120000\"", "\"to\": \"12000\"", "recognitions.json:6: entries[0].to: must match ^[1-9][0-9]{5}$.")]
    public void Parse_WrongRecognition_NamesFileLineAndReason(string good, string bad, string error) =>
        Assert.That(ErrorsOf(recognitions: Replace(CatalogueFiles.Recognitions, good, bad)), Does.Contain(error));

    [Test]
    public void Parse_RecognisedTwice_NamesBothLines()
    {
        var twice = Replace(CatalogueFiles.Recognitions, "\"from\": \"120000\"", "\"from\": \"110000\"");
        twice = Replace(twice, "\"to\": \"110000\"", "\"to\": \"120000\"");
        twice = Replace(twice, "[\"permit\"]", "[\"permit\", \"card\"]");
        Assert.That(ErrorsOf(recognitions: twice), Is.EqualTo(new[]
        {
            "recognitions.json:14: 'card' of 110000 is already recognised in 120000 for 'check' by the entry at line 4.",
        }));
    }

    [Test]
    public void Parse_SeveralWrongFiles_ListsAllErrors() => Assert.That(
        ErrorsOf(
            Replace(CatalogueFiles.Types, "\"number\": 2,", "\"number\": 0,"),
            Replace(CatalogueFiles.Scenarios, "\"lifetimeSeconds\": 90", "\"lifetimeSeconds\": 0"),
            "[]"),
        Is.EqualTo(new[]
        {
            "types.json:22: entries[1].number: must be 1 or more.",
            "scenarios.json:8: entries[0].lifetimeSeconds: must be 1 or more.",
            "recognitions.json:1: the file must be a JSON object.",
        }));

    [Test]
    public void Parse_WrongFile_MessageListsTheErrors() => Assert.That(
        () => CatalogueFiles.Parse(types: "{}"),
        Throws.TypeOf<CatalogueException>().With.Message.EqualTo(
            "types.json:1: source: is missing.\ntypes.json:1: compoundSurnames: is missing.\ntypes.json:1: entries: is missing."));

    [TestCase("", "types.json:1: not JSON: ")]
    [TestCase("{\n\n oops }", "types.json:3: not JSON: ")]
    [TestCase("{\n // comment\n}", "types.json:2: not JSON: ")]
    [TestCase("{ \"source\": \"a\",\n \"source\": \"b\" }", "types.json:2: not JSON: ")]
    [TestCase("{}\n{}", "types.json:2: not JSON: ")]
    public void Parse_NotJson_NamesFileAndLine(string text, string start) =>
        Assert.That(ErrorsOf(types: text).Single(), Does.StartWith(start));

    [Test]
    public void Parse_NotUtf8_IsRefused() => Assert.That(
        () => CatalogueFiles.Parse([0x7B, 0x22, 0xFF, 0x22, 0x7D], Encoding.UTF8.GetBytes(CatalogueFiles.Scenarios), Encoding.UTF8.GetBytes(CatalogueFiles.Recognitions)),
        Throws.TypeOf<CatalogueException>().With.Message.EqualTo("types.json:1: the file is not UTF-8."));

    [Test]
    public void Parse_AnyTokenReplaced_ThrowsNothingButCatalogueException()
    {
        string[] tokens = ["null", "\"\"", "0", "-1", "1e400", "99999999999999999999", "1.5", "{}", "[]", "[null]", "\"110000\\n\"", "\"fields.\"", "true"];
        string[] texts = [CatalogueFiles.Types, CatalogueFiles.Scenarios, CatalogueFiles.Recognitions];
        Gen.Select(Gen.Int[0, 2], Gen.OneOf([.. tokens.Select(Gen.Const)]), Gen.Int[0, 10_000]).Sample((file, token, position) =>
        {
            var changed = (string[])texts.Clone();
            changed[file] = ReplaceValue(texts[file], position, token);
            try
            {
                CatalogueFiles.Parse(changed[0], changed[1], changed[2]);
            }
            catch (CatalogueException exception)
            {
                Assert.That(exception.Errors, Is.Not.Empty.And.All.Match("^(types|scenarios|recognitions)\\.json:[1-9][0-9]*: ."));
            }
        }, iter: 500);
    }

    private static IReadOnlyList<string> ErrorsOf(
        string types = CatalogueFiles.Types, string scenarios = CatalogueFiles.Scenarios, string recognitions = CatalogueFiles.Recognitions)
    {
        try
        {
            CatalogueFiles.Parse(types, scenarios, recognitions);
            return [];
        }
        catch (CatalogueException exception)
        {
            return exception.Errors;
        }
    }

    private static string Replace(string text, string good, string bad)
    {
        var at = text.IndexOf(good, StringComparison.Ordinal);
        Assert.That(at, Is.Not.Negative, $"no {good}");
        return string.Concat(text.AsSpan(0, at), bad, text.AsSpan(at + good.Length));
    }

    /// <summary>Replaces the value of one property, chosen by a number.</summary>
    private static string ReplaceValue(string text, int choice, string token)
    {
        var values = System.Text.RegularExpressions.Regex.Matches(text, "(?<=\": )(\"[^\"]*\"|[0-9]+|null|\\[[^\\]\\[{}]*\\])");
        var value = values[choice % values.Count];
        return string.Concat(text.AsSpan(0, value.Index), token, text.AsSpan(value.Index + value.Length));
    }
}
