using System.Text.Json.Nodes;
using CrossProvince.Cli.Samples;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Integration.Tests.Verifying;
using Grpc.Core;
using static CrossProvince.Integration.Tests.Nodes.Refusal;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;

namespace CrossProvince.Integration.Tests.Licences;

/// <summary>Import of licences: bad lines are refused by number and reason, good ones are kept.</summary>
public sealed class ImportTests : FederationFixture
{
    private int _next = 1;

    internal override FederationPlan Plan { get; } = new() { Running = [TestFederation.Beijing] };

    private static IEnumerable<TestCaseData> BadTexts()
    {
        yield return Text("cut short", "{\"type_code\":", "type_code");
        yield return Text("not JSON", "hello", "");
        yield return Text("empty", "", "");
        yield return Text("null", "null", "");
        yield return Text("array", "[]", "");
        yield return Text("two values", "{} {}", "");
        yield return Text("field twice", "{\"number\":\"1\",\"number\":\"2\"}", "number");
        yield return Text("too deep", "{\"fields\":" + new string('[', 20) + new string(']', 20) + "}", "fields");
        yield return Text("longer than 64 KiB", "{\"number\":\"" + new string('1', 70_000) + "\"}", "");

        static TestCaseData Text(string name, string line, string field) => new TestCaseData(line, field).SetArgDisplayNames(name);
    }

    private static IEnumerable<TestCaseData> BadLines()
    {
        yield return Line("unknown field", l => l["colour"] = "red", "colour");
        yield return Line("wrong type", l => l["number"] = 5, "number");
        yield return Line("wrong inner type", l => l["holder"]!["name"] = 5, "holder.name");
        string[] required = ["type_code", "number", "holder", "issuer", "issued_on", "valid_from", "status"];
        foreach (var field in required)
        {
            yield return Line($"no {field}", l => l.Remove(field), field);
        }

        yield return Line("no holder.name", l => l["holder"]!.AsObject().Remove("name"), "holder.name");
        yield return Line("no holder.code", l => l["holder"]!.AsObject().Remove("code"), "holder.code");
        yield return Line("no holder.code_type", l => l["holder"]!.AsObject().Remove("code_type"), "holder.code_type");
        yield return Line("no issuer.code", l => l["issuer"]!.AsObject().Remove("code"), "issuer.code");
        yield return Line("empty number", l => l["number"] = " ", "number");
        yield return Line("unknown type", l => l["type_code"] = "99999999999999999X999", "type_code");
        yield return Line("wrong citizen number", l => l["holder"]!["code"] = "110101199001010000", "holder.code");
        yield return Line("wrong social credit code", l => l["holder"] = TestLicences.Party("公司", "91110000XXX0000010", "001"), "holder.code");
        yield return Line("wrong code type", l => l["holder"]!["code_type"] = "abc", "holder.code_type");
        yield return Line("issuer's check character", l => l["issuer"]!["code"] = "11110000XXXXXX0010", "issuer.code");
        yield return Line("issuer of another region", l => l["issuer"]!["code"] = SampleIssuers.For(TestFederation.Tianjin, "identity-card").Code, "issuer.code");
        yield return Line("issuer not granted", l => l["issuer"]!["code"] = Uscc("11110000XXXXXX777"), "issuer.code");
        yield return Line("licence_id's shape", l => l["licence_id"] = "1.2.3", "licence_id");
        yield return Line("licence_id's check", l => l["licence_id"] = WithWrongCheck(TestLicences.IdOf(l)), "licence_id");
        yield return Line("licence_id of another type", l => l["licence_id"] = TestLicences.IdOf(TestLicences.DrivingLicence(TestFederation.Beijing, 1)), "licence_id");
        yield return Line("licence_id of another issuer", l => l["licence_id"] = LicenceId.Create((string)l["type_code"]!, Uscc("11110000XXXXXX777"), "1", 1).ToString(), "licence_id");
        yield return Line("name too long", l => l["holder"]!["name"] = new string('王', 201), "holder.name");
        yield return Line("field too long", l => l["fields"]!["address"] = new string('路', 501), "fields.address");
        yield return Line("control character", l => l["holder"]!["name"] = "王\u0007明", "holder.name");
        yield return Line("line end in a field", l => l["fields"]!["address"] = "a\nb", "fields.address");
        yield return Line("no such day", l => l["valid_from"] = "2020-02-30", "valid_from");
        yield return Line("date in another form", l => l["issued_on"] = "2020/01/01", "issued_on");
        yield return Line("ends before it begins", l => l["valid_until"] = "2019-12-31", "valid_until");
        yield return Line("ends too late", l => l["valid_until"] = "2149-06-07", "valid_until");
        yield return Line("unknown status", l => l["status"] = "fine", "status");
        yield return Line("expired but not past", l => l["status"] = "expired", "status");
        yield return Line("unknown inner field", l => l["fields"]!["shoe_size"] = "42", "fields.shoe_size");
        yield return Line("guardian twice", l => l["guardians"] = new JsonArray(Guardian(1), Guardian(1)), "guardians");
        yield return Line("eleven guardians", l => l["guardians"] = new JsonArray([.. Enumerable.Range(1, 11).Select(Guardian)]), "guardians");
        yield return Line("wrong guardian", l => l["guardians"] = new JsonArray(Guardian(1), TestLicences.Party("李", "1", "111")), "guardians[1].code");
        yield return Line("null guardian", l => l["guardians"] = new JsonArray(Guardian(1), null), "guardians[1]");
        yield return Line("null field", l => l["fields"]!["address"] = null, "fields.address");
        yield return Line("number without letters", l => l["number"] = "、、", "number");

        static TestCaseData Line(string name, Action<JsonObject> spoil, string field) => new TestCaseData(spoil, field).SetArgDisplayNames(name);
        static JsonNode Guardian(int n) => TestLicences.Party("李小红", TestLicences.Person(TestFederation.Beijing, n), "111");
    }

    [TestCaseSource(nameof(BadTexts))]
    public async Task Import_LineIsNoLicence_RefusesItAndKeepsTheOthers(string line, string field)
    {
        var answer = await Beijing.ImportLinesAsync(Card().ToJsonString(), line, Card().ToJsonString());

        Assert.That(
            (answer.Lines, answer.Created, answer.RefusedCount, answer.Refused.Single().LineNumber, answer.Refused.Single().Field),
            Is.EqualTo((3, 2, 1, 2, field)));
    }

    [TestCaseSource(nameof(BadLines))]
    public async Task Import_LineIsWrong_RefusesItByFieldAndKeepsTheOthers(Action<JsonObject> spoil, string field)
    {
        var bad = Card();
        spoil(bad);

        var answer = await Beijing.ImportAsync(Card(), bad, Card());

        Assert.That(
            (answer.Lines, answer.Created, answer.RefusedCount, answer.Refused.Single().LineNumber, answer.Refused.Single().Field),
            Is.EqualTo((3, 2, 1, 2, field)));
    }

    [TestCaseSource(nameof(BadLines))]
    public async Task Import_LineIsWrong_SaysWhyWithoutPersonalValues(Action<JsonObject> spoil, string field)
    {
        var bad = Card();
        var (name, code) = ((string)bad["holder"]!["name"]!, (string)bad["holder"]!["code"]!);
        spoil(bad);

        var reason = (await Beijing.ImportAsync(bad)).Refused.Single().Reason;

        Assert.That(reason, Has.Length.GreaterThan(5).And.Not.Contains(name).And.Not.Contains(code), field);
    }

    [Test]
    public async Task Import_LineRefused_LeavesNothingBehind()
    {
        var bad = Card();
        bad["status"] = "fine";
        var before = (await Beijing.ImportAsync(Card())).LastSeq;

        var after = (await Beijing.ImportAsync(bad)).LastSeq;

        Assert.That(after, Is.EqualTo(before));
    }

    [Test]
    public async Task Import_SameLineAgain_ChangesNothing()
    {
        var card = Card();
        var first = await Beijing.ImportAsync(card);

        var second = await Beijing.ImportAsync(card);

        Assert.That((second.Unchanged, second.Created, second.Updated, second.LastSeq), Is.EqualTo((1, 0, 0, first.LastSeq)));
    }

    [Test]
    public async Task Import_SameLineTwiceInOneMessage_CreatesOnce()
    {
        var card = Card();

        var answer = await Beijing.ImportAsync(card, card);

        Assert.That((answer.Created, answer.Unchanged), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task Import_FieldThatCodesDoNotShow_IsUpdatedInPlace()
    {
        var card = Card();
        var before = await Beijing.TakeAsync(card);
        card["fields"]!["address"] = "样本路1号";

        var after = await Beijing.TakeAsync(card);

        Assert.That((after.List, after.Index, after.LastSeq, after.Record.Fields["address"]), Is.EqualTo((before.List, before.Index, before.LastSeq, "样本路1号")));
    }

    [Test]
    public async Task Import_DisplayChanged_GivesANewEntry()
    {
        var card = Card();
        var before = await Beijing.TakeAsync(card);
        card["holder"]!["name"] = "李小明";

        var after = await Beijing.TakeAsync(card);

        Assert.That((after.List, after.Index), Is.Not.EqualTo((before.List, before.Index)));
    }

    [Test]
    public async Task Import_DisplayChanged_WithdrawsTheOldCode()
    {
        var card = Card();
        var before = await Beijing.TakeAsync(card);
        await Federation.LetStandAsync();
        var code = (await Beijing.PresentAsync(before, "counter-check")).Code;
        card["holder"]!["name"] = "李小明";
        await Beijing.ImportAsync(card);

        Assert.That((await Scan.Of(Beijing.Verifications, code).VerifyAsync()).Verdict, Is.EqualTo(Verdict.Withdrawn));
    }

    [Test]
    public async Task Import_LicenceIdOfAnotherNumber_IsRefused()
    {
        var card = Card();
        await Beijing.ImportAsync(card);
        var other = Card();
        other["licence_id"] = TestLicences.IdOf(card);

        var refused = (await Beijing.ImportAsync(other)).Refused.Single();

        Assert.That($"{refused.Field} {refused.Reason}", Does.StartWith("licence_id ").And.Contains("another number"));
    }

    [Test]
    public async Task Import_EndedLicence_DoesNotComeBack()
    {
        var card = Card();
        await Beijing.ImportAsync(card);
        await Beijing.ChangeStatusAsync(TestLicences.IdOf(card), LicenceStatus.Revoked);

        Assert.That((await Beijing.ImportAsync(card)).Refused.Single().Reason, Does.Contain("ended for good"));
    }

    [Test]
    public async Task Import_NoEnd_IsTaken()
    {
        var card = Card();
        card["valid_until"] = null;

        Assert.That((await Beijing.ImportAsync(card)).Created, Is.EqualTo(1));
    }

    [Test]
    public async Task Import_BeginsLater_IsNotActive()
    {
        var card = Card();
        (card["valid_from"], card["valid_until"]) = ("2090-01-01", "2095-01-01");

        Assert.That((await Beijing.TakeAsync(card)).Status, Is.EqualTo(Core.Status.LicenceStatus.NotActive));
    }

    [Test]
    public async Task Import_SeveralMessages_CountsOnFromTheirLineNumbers()
    {
        using var call = Beijing.Licences.ImportLicences();
        await call.RequestStream.WriteAsync(new ImportLicencesRequest { Lines = { Card().ToJsonString() }, FirstLineNumber = 1 });
        await call.RequestStream.WriteAsync(new ImportLicencesRequest { Lines = { "x" }, FirstLineNumber = 2 });
        await call.RequestStream.CompleteAsync();

        var last = await call.ResponseStream.ReadAllAsync().LastAsync();

        Assert.That((last.Lines, last.Created, last.Refused.Single().LineNumber), Is.EqualTo((2, 1, 2)));
    }

    [TestCase(0, 1, "lines")]
    [TestCase(1001, 1, "lines")]
    [TestCase(1, 0, "first_line_number")]
    public void Import_MessageOutOfBounds_IsInvalid(int lines, int first, string field)
    {
        var error = Of(async () =>
        {
            using var call = Beijing.Licences.ImportLicences();
            await call.RequestStream.WriteAsync(new ImportLicencesRequest { Lines = { Enumerable.Repeat("x", lines) }, FirstLineNumber = first });
            await call.ResponseStream.MoveNext(CancellationToken.None);
        });

        Assert.That((error.StatusCode, error.Field), Is.EqualTo((StatusCode.InvalidArgument, field)));
    }

    private static string Uscc(string first17) => first17 + SocialCreditCode.CheckCharacter(first17);

    private static string WithWrongCheck(string id) => id[..^1] + (id[^1] == '0' ? '1' : '0');

    private JsonObject Card() => TestLicences.IdentityCard(TestFederation.Beijing, _next++);
}
