using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Core.Status;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;

namespace CrossProvince.Integration.Tests.Operations;

/// <summary>What operators see of what was verified, over JSON as the pages do.</summary>
public sealed class OperationsServiceTests : FederationFixture
{
    private const string Search = "/v1/operations/verifications:search";
    private const string Today = "window-1";

    private StoredLicence _card = null!;
    private string _stranger = "";

    /// <summary>Hebei is away.</summary>
    internal override FederationPlan Plan { get; } = new() { Running = [TestFederation.Beijing, TestFederation.Tianjin] };

    private static string Organisation { get; } = SampleOrganisations.Code(TestFederation.Beijing, IdentityRole.Verifier);

    [Test]
    public async Task Search_OwnOrganisation_FindsWhatItsOperatorsVerified()
    {
        using var own = Web(Organisation, "search-1");
        var accepted = await VerifyAsync(own, "search-1", (await Beijing.PresentAsync(_card, "counter-check")).Code, """, "caseNumber": "S-17", "matterCode": "m_1" """);
        var malformed = await VerifyAsync(own, "search-1", "nonsense");
        var byCertificate = await Beijing.Verifications.VerifyAsync(new() { Code = "other nonsense", TerminalId = "search-1" });
        using var stranger = Web(_stranger, "search-1");
        var another = await VerifyAsync(stranger, "search-1", "somebody else's");

        var found = (await PostAsync(own, """{"terminalId": "search-1"}"""))["verifications"]!.AsArray();

        Assert.That(found.Select(v => (string)v!["verificationId"]!), Is.EqualTo(new[] { IdOf(malformed), IdOf(accepted) }));
        var first = found[1]!;
        Assert.That(
            new[] { "verdict", "caseNumber", "matterCode", "scenario", "issuingRegion", "licenceType", "presenter", "mode", "verifiedAt", "statusAsOf" }.Select(name => (string?)first[name]),
            Is.EqualTo(new[] { "VERDICT_VALID", "S-17", "m_1", "counter-check", "110000", (string?)accepted["licenceType"], "PRESENTER_HOLDER", "VERIFICATION_MODE_LOCAL", (string?)accepted["verifiedAt"], (string?)accepted["statusAsOf"] }));
        Assert.That((string)first["message"]!["zh"]!, Does.StartWith("有效"));
        Assert.That(found.ToJsonString(), Does.Not.Contain(_card.Record.Display.Name).And.Not.Contain(_card.Record.Display.Number));
        Assert.That((string?)found[0]!["issuingRegion"], Is.Empty, "Nothing of a code that is none.");

        Assert.That((string?)(await GetAsync(own, $"/v1/operations/verifications/{byCertificate.Verification.VerificationId}"))["terminalId"], Is.EqualTo("search-1"), "The organisation's own, too.");
        Assert.That((await PostAsync(own, """{"terminalId": "search-1", "text": "S-1"}"""))["verifications"]!.AsArray().Select(IdOf), Is.EqualTo(new[] { IdOf(accepted) }));
        Assert.That((await PostAsync(own, """{"terminalId": "search-1", "pageSize": 1}"""))["nextPageToken"]!.GetValue<string>(), Is.Not.Empty);
        Assert.That((await PostAsync(own, """{"terminalId": "search-1", "verdict": "VERDICT_MALFORMED"}"""))["verifications"]!.AsArray().Select(IdOf), Is.EqualTo(new[] { IdOf(malformed) }));
        Assert.That((await PostAsync(stranger, """{}"""))["verifications"]!.AsArray().Select(IdOf), Is.EqualTo(new[] { IdOf(another) }));
    }

    [Test]
    public async Task Get_OwnAndAnothers_IsFoundAndIsNot()
    {
        using var own = Web(Organisation, "get-1");
        var verified = await VerifyAsync(own, "get-1", (await Beijing.PresentAsync(_card, "counter-check")).Code);

        Assert.That((string?)(await GetAsync(own, $"/v1/operations/verifications/{IdOf(verified).ToUpperInvariant()}"))["verdict"], Is.EqualTo("VERDICT_VALID"));
        using var stranger = Web(_stranger, "get-1");
        Assert.That((await GetAsync(stranger, $"/v1/operations/verifications/{IdOf(verified)}", HttpStatusCode.NotFound)).ToJsonString(), Does.Contain("VERIFICATION_NOT_FOUND"));
        Assert.That((await GetAsync(own, "/v1/operations/verifications/17", HttpStatusCode.BadRequest)).ToJsonString(), Does.Contain("32 hexadecimal digits"));
    }

    [Test]
    public async Task Get_WithReceipt_IsSignedAsItWas()
    {
        using var own = Web(Organisation, "receipt-1");
        foreach (var code in new[] { (await Beijing.PresentAsync(_card, "counter-check")).Code, "nonsense" })
        {
            var verified = await VerifyAsync(own, "receipt-1", code, """, "matterCode": "m_2", "wantReceipt": true""");
            var again = await GetAsync(own, $"/v1/operations/verifications/{IdOf(verified)}?wantReceipt=true");
            var (before, now) = (Open(verified), Open(again));

            Assert.That(now with { Disclosed = [] }, Is.EqualTo(before with { Disclosed = [] }));
            Assert.That(now.Disclosed, Is.EqualTo(before.Disclosed));
            Assert.That(now.VerificationId, Is.EqualTo(IdOf(verified)));
            Assert.That((string?)(await GetAsync(own, $"/v1/operations/verifications/{IdOf(verified)}"))["receipt"], Is.Empty, "Not unless it is asked for.");
        }

        VerificationReceipt Open(JsonNode with) => VerificationReceiptDocument.Open(
            Convert.FromBase64String((string)with["receipt"]!), Federation.OpenTrust(), TestFederation.Beijing, Beijing.Clock.GetUtcNow().ToUnixTimeSeconds());
    }

    [Test]
    public async Task Figures_AfterVerifications_AreThose()
    {
        using var operations = Operations();
        var before = await GetAsync(operations, "/v1/operations/statistics");
        using var own = Web(Organisation, Today);
        for (var i = 0; i < 3; i++)
        {
            await VerifyAsync(own, Today, (await Beijing.PresentAsync(_card, "counter-check")).Code);
        }

        await VerifyAsync(own, Today, "nonsense");
        var after = await GetAsync(operations, "/v1/operations/statistics");
        var month = Beijing.Clock.GetUtcNow().ToOffset(TimeSpan.FromHours(8)).ToString("yyyy-MM", CultureInfo.InvariantCulture);
        var report = await GetAsync(operations, $"/v1/operations/reports/{month}");

        Assert.That((int)after["bucketSeconds"]!, Is.EqualTo(3_600));
        Assert.That(Number(after["total"]) - Number(before["total"]), Is.EqualTo(4));
        Assert.That(Of(after, "regionPairs", "issuingRegion", "110000") - Of(before, "regionPairs", "issuingRegion", "110000"), Is.EqualTo(3));
        Assert.That(Of(after, "scenarios", "id", "counter-check") - Of(before, "scenarios", "id", "counter-check"), Is.EqualTo(3));
        Assert.That(Of(after, "verdicts", "verdict", "VERDICT_MALFORMED", "count") - Of(before, "verdicts", "verdict", "VERDICT_MALFORMED", "count"), Is.EqualTo(1));
        foreach (var part in new[] { "verdicts", "regionPairs", "scenarios", "licenceTypes" })
        {
            Assert.That(after[part]!.AsArray().Sum(p => Number(p!["count"] ?? p["total"])), Is.EqualTo(Number(after["total"])), part);
        }

        Assert.That(after["buckets"]!.AsArray().Sum(b => b!["verdicts"]!.AsArray().Sum(v => Number(v!["count"]))), Is.EqualTo(Number(after["total"])));
        Assert.That((Number(report["total"]), report["lines"]!.AsArray().Sum(line => Number(line!["count"])), (bool)report["complete"]!), Is.EqualTo((Number(after["total"]), Number(after["total"]), false)));
        Assert.That(report["lines"]!.AsArray().Select(line => (string?)line!["verdict"]), Does.Contain("VERDICT_VALID").And.Contain("VERDICT_MALFORMED"));

        var live = await GetAsync(operations, "/v1/operations/live");
        Assert.That(live["slots"]!.AsArray().Sum(s => (int)s!["valid"]!), Is.GreaterThanOrEqualTo(3));
        Assert.That(live["slots"]!.AsArray().Max(s => (int)s!["p99Microseconds"]!), Is.GreaterThan(0));
    }

    [Test]
    public async Task State_APartnerAway_IsSaidFirst()
    {
        using var operations = Operations();
        JsonNode state = null!;
        await Eventually.HoldsAsync(
            async () =>
            {
                state = await GetAsync(operations, "/v1/operations/state");
                return Feed("120000")["freshness"]!.ToString() == "FRESHNESS_FRESH" && Feed("130000")["lastError"]!.ToString().Length > 0;
            },
            "Tianjin is followed, and Hebei has been asked");

        Assert.That(state["feeds"]!.AsArray().Select(f => (string?)f!["region"]), Is.EqualTo(new[] { "110000", "120000", "130000" }));
        Assert.That(((bool)Feed("110000")["own"]!, Number(Feed("110000")["seq"]) > 0), Is.EqualTo((true, true)));
        Assert.That((string?)Feed("130000")["freshness"], Is.EqualTo("FRESHNESS_MISSING"));
        var problem = state["problems"]![0]!;
        Assert.That(((string?)problem["severity"], (string?)problem["subject"]), Is.EqualTo(("SEVERITY_CRITICAL", "130000")));
        Assert.That((string?)problem["text"]!["zh"], Does.Contain("还没有").And.Contain("130000"));
        Assert.That(Number(state["trustList"]!["version"]), Is.EqualTo(1));
        Assert.That(state["expiries"]!.AsArray().Count(e => (bool)e!["inUseHere"]!), Is.EqualTo(4), "Certificate, code, index and receipt key.");
        Assert.That(
            state["components"]!.AsArray().Select(c => ((string?)c!["name"], (string?)c["state"])),
            Is.EqualTo(new[] { ("database", "COMPONENT_STATE_OK"), ("recording", "COMPONENT_STATE_OK"), ("redis", "COMPONENT_STATE_NOT_CONFIGURED") }));

        JsonNode Feed(string region) => state["feeds"]!.AsArray().Single(f => (string?)f!["region"] == region)!;
    }

    [TestCase("/v1/operations/statistics")]
    [TestCase("/v1/operations/reports/2026-11")]
    [TestCase("/v1/operations/state")]
    [TestCase("/v1/operations/live")]
    public async Task Figures_WithoutTheRole_AreDenied(string path)
    {
        using var clerk = Web(Organisation, Today);
        using var unsure = Web(Organisation, Today, new() { ["roles"] = new[] { "operations" }, ["loa"] = "low" });
        using var otherRole = Web(Organisation, Today, new() { ["roles"] = new[] { "operation", "admin" }, ["loa"] = "high" });
        using var holder = Client(TestTokens.Holder(_card.Record.Holder.Code, Beijing.Clock));

        Assert.That((await GetAsync(clerk, path, HttpStatusCode.Forbidden)).ToJsonString(), Does.Contain("OPERATIONS_ROLE_MISSING"));
        Assert.That((await GetAsync(otherRole, path, HttpStatusCode.Forbidden)).ToJsonString(), Does.Contain("OPERATIONS_ROLE_MISSING"));
        Assert.That((await GetAsync(unsure, path, HttpStatusCode.Unauthorized)).ToJsonString(), Does.Contain("TOKEN_LEVEL_TOO_LOW"));
        Assert.That((await GetAsync(holder, path, HttpStatusCode.Forbidden)).ToJsonString(), Does.Contain("ROLE_NOT_ALLOWED"));
    }

    [TestCase("?from=2026-01-01T00:00:00Z&until=2027-06-01T00:00:00Z", "until must be after from, by at most 366 days")]
    [TestCase("?from=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z", "until must be after from")]
    [TestCase("?from=yesterday", "from must be a time of RFC 3339")]
    public async Task Statistics_SpanThatCannotBe_IsRefusedByName(string query, string expected)
    {
        using var operations = Operations();

        Assert.That((string?)(await GetAsync(operations, $"/v1/operations/statistics{query}", HttpStatusCode.BadRequest))["message"], Does.Contain(expected));
    }

    [TestCase("2026-13")]
    [TestCase("November")]
    [TestCase("9999-12")]
    public async Task Report_OfNoMonth_IsRefusedByName(string month)
    {
        using var operations = Operations();

        Assert.That((string?)(await GetAsync(operations, $"/v1/operations/reports/{month}", HttpStatusCode.BadRequest))["message"], Does.Contain("month must be a month"));
    }

    [TestCase("""{"pageSize": 501}""", "page_size")]
    [TestCase("""{"pageToken": "17"}""", "page_token")]
    [TestCase("""{"text": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}""", "text")]
    [TestCase("""{"terminalId": "a\u0000b"}""", "terminal_id")]
    [TestCase("""{"verdict": "VERDICT_OF_GUILTY"}""", "verdict")]
    [TestCase("""{"from": "2026-01-01T00:00:00Z", "until": "2026-03-01T00:00:00Z"}""", "until")]
    public async Task Search_FieldWrong_IsRefusedByName(string body, string field)
    {
        using var own = Web(Organisation, Today);

        Assert.That((string?)(await PostAsync(own, body, HttpStatusCode.BadRequest))["message"], Does.StartWith(field));
    }

    protected override async Task PrepareAsync()
    {
        _card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        _stranger = SampleOrganisations.Code(TestFederation.Beijing, (IdentityRole)10);
        await Beijing.ChangePartnersAsync(o => o.Add(new JsonObject { ["organisation"] = _stranger, ["role"] = "verifier" }));
        await Federation.LetStandAsync();
    }

    private HttpClient Operations() => Web(Organisation, "", new() { ["roles"] = new[] { "operations" }, ["loa"] = "substantial" });

    private HttpClient Web(string organisation, string terminal, Dictionary<string, object>? more = null)
    {
        var claims = new Dictionary<string, object> { ["org"] = organisation, ["region"] = "110000", ["terminal"] = terminal };
        foreach (var (name, value) in more ?? [])
        {
            claims[name] = value;
        }

        return Client(TestTokens.Make(Beijing.Clock, claims));
    }

    private HttpClient Client(string token) => new() { BaseAddress = Beijing.Web, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };

    private static Task<JsonNode> VerifyAsync(HttpClient http, string terminal, string code, string more = "") =>
        SendAsync(http, HttpMethod.Post, "/v1/verifications", $$"""{"code": "{{code}}", "terminalId": "{{terminal}}"{{more}}}""", HttpStatusCode.OK);

    private static Task<JsonNode> PostAsync(HttpClient http, string body, HttpStatusCode expected = HttpStatusCode.OK) => SendAsync(http, HttpMethod.Post, Search, body, expected);

    private static Task<JsonNode> GetAsync(HttpClient http, string path, HttpStatusCode expected = HttpStatusCode.OK) => SendAsync(http, HttpMethod.Get, path, null, expected);

    private static async Task<JsonNode> SendAsync(HttpClient http, HttpMethod method, string path, string? body, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(expected), text);
        return JsonNode.Parse(text)!;
    }

    private static string IdOf(JsonNode? verification) => (string)verification!["verificationId"]!;

    private static long Number(JsonNode? value) => long.Parse((string)value!, CultureInfo.InvariantCulture);

    private static long Of(JsonNode statistics, string part, string name, string value, string number = "total") =>
        statistics[part]!.AsArray().Where(p => (string?)p![name] == value).Sum(p => Number(p![number]));
}
