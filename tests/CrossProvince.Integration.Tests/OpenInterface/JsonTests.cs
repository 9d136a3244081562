using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;

namespace CrossProvince.Integration.Tests.OpenInterface;

/// <summary>The JSON interface on both listeners, by the rules of ProtoJSON.</summary>
public sealed class JsonTests : FederationFixture
{
    private StoredLicence _card = null!;

    [TestCase("/v1/statusChanges")]
    [TestCase("/v1/licences/1.2.3")]
    public async Task Get_AuthoritysRpcOnTheWebListener_Is404(string path)
    {
        using var web = new HttpClient { BaseAddress = Beijing.Web };

        Assert.That((await web.GetAsync(new Uri(path, UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Post_WholeStoryInJson_IsValidAndFlat()
    {
        using var web = new HttpClient { BaseAddress = Beijing.Web };
        web.DefaultRequestHeaders.Authorization = Token();
        var code = await PostAsync(web, "/v1/presentations", $$"""{"licenceId": "{{_card.Record.Id}}", "scenario": "counter-check"}""", HttpStatusCode.OK);
        var answer = await PostAsync(Verifier, "/v1/verifications", $$"""{"code": "{{code["code"]}}", "terminal_id": "T"}""", HttpStatusCode.OK);
        var uses = await web.GetFromJsonAsync<JsonObject>(new Uri("/v1/uses?page_size=1", UriKind.Relative));

        Assert.That((string)answer["verdict"]!, Is.EqualTo("VERDICT_VALID"));
        Assert.That(answer["trustListVersion"]!.GetValue<string>(), Is.EqualTo("1"), "64-bit integers are strings.");
        Assert.That((string)uses!["uses"]![0]!["verificationId"]!, Is.EqualTo((string)answer["verificationId"]!));
    }

    [Test]
    public async Task Post_OperatorsTokenOnTheWebListener_Verifies()
    {
        using var web = new HttpClient { BaseAddress = Beijing.Web };
        var organisation = SampleOrganisations.Code(TestFederation.Beijing, IdentityRole.Verifier);
        web.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestTokens.Operator(organisation, "110000", "window-1", Beijing.Clock));
        var answer = await PostAsync(web, "/v1/verifications", """{"code": "nothing", "terminalId": "window-1"}""", HttpStatusCode.OK);

        Assert.That((string)answer["verdict"]!, Is.EqualTo("VERDICT_MALFORMED"));
    }

    [TestCase("""{"code": "x", "terminalID": "T"}""", "terminalID is not a field of this request.")]
    [TestCase("""{"code": "x", "code": "y"}""", "code comes twice.")]
    [TestCase("""{"code": """, "is not JSON")]
    [TestCase("""{"code": "x"}""", "terminal_id must have 1 to 64 characters.")]
    [TestCase("", "is not JSON")]
    [TestCase("""{"code": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["x"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}""", "is nested deeper than 32")]
    [TestCase("""[{"code": "x", "terminalId": "T"}]""", "The body is not a JSON object.")]
    [TestCase("""{"code": "x", "terminalId": "T", "terminal_id": "U"}""", "terminal_id comes twice.")]
    [TestCase("""{"code": 7, "terminalId": "T"}""", "code must be a string.")]
    [TestCase("""{"code": ["x"], "terminalId": "T"}""", "code must be a string.")]
    [TestCase("""{"code": "x", "terminalId": "\ud800"}""", "terminalId must be well-formed Unicode.")]
    [TestCase("""{"code": "x", "terminalId": "T", "wantReceipt": "yes"}""", "wantReceipt must be true or false.")]
    [TestCase("""{"code": "x", "terminalId": "T", "wantReceipt": 1}""", "wantReceipt must be true or false.")]
    public async Task Verify_BadJson_Is400ThatNamesIt(string body, string expected)
    {
        var error = await PostAsync(Verifier, "/v1/verifications", body, HttpStatusCode.BadRequest);

        Assert.That((string)error["message"]!, Does.Contain(expected));
        Assert.That((int)error["code"]!, Is.EqualTo(3));
    }

    [TestCase("text/plain", null, "Content-Type")]
    [TestCase("application/x-www-form-urlencoded", null, "Content-Type")]
    [TestCase("application/json; charset=utf-16", null, "Content-Type")]
    [TestCase(null, null, "Content-Type")]
    [TestCase("application/json", "gzip", "Content-Encoding")]
    public async Task Verify_BodyOfAnotherKind_Is400ThatNamesTheHeader(string? type, string? encoding, string header)
    {
        using var content = new StringContent("""{"code": "x", "terminalId": "T"}""");
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        using var response = await Verifier.PostAsync(new Uri("/v1/verifications", UriKind.Relative), content);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((string)error["details"]![0]!["fieldViolations"]![0]!["field"]!, Is.EqualTo(header));
    }

    [TestCase("GET", "/v1/verifications")]
    [TestCase("GET", "/v1/nothing")]
    [TestCase("POST", "/openapi/v1.json")]
    public async Task Call_NothingThere_SaysSoInBothLanguages(string method, string path)
    {
        using var web = new HttpClient { BaseAddress = Beijing.Web };
        foreach (var http in new[] { web, Verifier })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
            using var response = await http.SendAsync(request);
            var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound).Or.EqualTo(HttpStatusCode.MethodNotAllowed));
            Assert.That(error["details"]!.AsArray().Select(d => (string?)d!["reason"]), Has.Some.EqualTo("UNIMPLEMENTED"));
            Assert.That(error["details"]!.AsArray().Select(d => (string?)d!["locale"]), Is.SupersetOf(new[] { "zh-CN", "en" }));
        }
    }

    [Test]
    public async Task Verify_NullFields_AreAsIfLeftOut()
    {
        var answer = await PostAsync(Verifier, "/v1/verifications", """{"code": "nothing", "terminal_id": "T", "scenario": null, "wantReceipt": null, "requestId": null}""", HttpStatusCode.OK);

        Assert.That((string)answer["verdict"]!, Is.EqualTo("VERDICT_MALFORMED"));
    }

    [Test]
    public async Task Verify_FieldInTheQuery_Is400()
    {
        var error = await PostAsync(Verifier, "/v1/verifications?scenario=peer-check", """{"code": "x", "terminalId": "T"}""", HttpStatusCode.BadRequest);

        Assert.That((string)error["details"]![0]!["fieldViolations"]![0]!["field"]!, Is.EqualTo("scenario"));
    }

    [TestCase("""["PICTURE_FORMAT_GIF"]""", "formats[0] must be one of PICTURE_FORMAT_UNSPECIFIED, PICTURE_FORMAT_PNG, PICTURE_FORMAT_SVG.")]
    [TestCase("""[99]""", "formats[0] must be one of")]
    [TestCase("""[1.5]""", "formats[0] must be one of")]
    [TestCase("""[true]""", "formats[0] must be one of")]
    [TestCase("\"PICTURE_FORMAT_SVG\"", "formats must be an array.")]
    public async Task CreatePresentation_BadEnum_Is400ThatNamesIt(string formats, string expected)
    {
        using var web = new HttpClient { BaseAddress = Beijing.Web };
        web.DefaultRequestHeaders.Authorization = Token();
        var error = await PostAsync(web, "/v1/presentations", $$"""{"licenceId": "{{_card.Record.Id}}", "scenario": "counter-check", "formats": {{formats}}}""", HttpStatusCode.BadRequest);

        Assert.That((string)error["message"]!, Does.StartWith(expected));
    }

    [TestCase("\"PICTURE_FORMAT_PNG\"")]
    [TestCase("1")]
    public async Task CreatePresentation_EnumByNameOrNumber_AnswersWithBase64(string format)
    {
        using var web = new HttpClient { BaseAddress = Beijing.Web };
        web.DefaultRequestHeaders.Authorization = Token();
        var code = await PostAsync(web, "/v1/presentations", $$"""{"licence_id": "{{_card.Record.Id}}", "scenario": "counter-check", "formats": [{{format}}]}""", HttpStatusCode.OK);

        Assert.That(Convert.FromBase64String((string)code["png"]!).AsSpan(0, 4).ToArray(), Is.EqualTo(new byte[] { 0x89, 0x50, 0x4E, 0x47 }));
        Assert.That((DateTimeOffset)code["expiresAt"]!, Is.GreaterThan(Federation.Clock.GetUtcNow()));
    }

    [TestCase("""{"licenceId": "1.2.3", "status": "LICENCE_STATUS_REVOKED", "reason": "r"}""", "licenceId stands in the path already.")]
    [TestCase("""{"status": "REVOKED", "reason": "r"}""", "status must be one of")]
    [TestCase("""{"status": "LICENCE_STATUS_REVOKED", "reason": "r", "effectiveAt": "yesterday"}""", "effectiveAt must be a time of RFC 3339")]
    [TestCase("""{"status": "LICENCE_STATUS_REVOKED", "reason": "r", "effectiveAt": {"seconds": 1}}""", "effectiveAt must be a time of RFC 3339")]
    public async Task ChangeStatus_BadJson_Is400ThatNamesIt(string body, string expected)
    {
        var error = await PostAsync(Beijing.Connect("authority").Http, $"/v1/licences/{_card.Record.Id}:changeStatus", body, HttpStatusCode.BadRequest);

        Assert.That((string)error["message"]!, Does.StartWith(expected));
    }

    [Test]
    public async Task ChangeStatusBatch_OneRefused_HasAResultEach()
    {
        var body = $$"""{"requests": [{"licenceId": "{{_card.Record.Id}}", "status": "LICENCE_STATUS_VALID", "reason": "r"}, {"licenceId": "1.2.3", "status": "LICENCE_STATUS_VALID", "reason": "r"}]}""";

        var answer = await PostAsync(Beijing.Connect("authority").Http, "/v1/licences:changeStatus", body, HttpStatusCode.OK);

        Assert.That(
            ((string)answer["results"]![0]!["change"]!["seq"]!, (bool)answer["results"]![0]!["change"]!["changed"]!, (string)answer["results"]![1]!["error"]!["field"]!),
            Is.EqualTo(($"{_card.LastSeq}", false, "licence_id")));
    }

    [TestCase("page_size=abc", "page_size must be an integer.")]
    [TestCase("page_size=99999999999", "page_size must be an integer.")]
    [TestCase("page_size=1&page_size=2", "page_size comes twice.")]
    [TestCase("page_size=1&pageSize=2", "pageSize comes twice.")]
    [TestCase("page_size.x=1", "page_size.x is not a parameter of this request.")]
    public async Task ListUses_BadParameter_Is400ThatNamesIt(string query, string expected)
    {
        using var web = new HttpClient { BaseAddress = Beijing.Web };
        web.DefaultRequestHeaders.Authorization = Token();
        using var response = await web.GetAsync(new Uri($"/v1/uses?{query}", UriKind.Relative));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["message"]!, Is.EqualTo(expected));
    }

    [Test]
    public async Task VerifyBatch_UnknownFieldInside_IsNamedWithItsPlace()
    {
        var error = await PostAsync(Verifier, "/v1/verifications:batch", """{"requests": [{"code": "x", "terminalId": "T"}, {"kode": "x"}]}""", HttpStatusCode.BadRequest);

        Assert.That((string)error["message"]!, Is.EqualTo("requests[1].kode is not a field of this request."));
    }

    [Test]
    public async Task Get_UnknownParameter_Is400ThatNamesIt()
    {
        using var response = await Verifier.GetAsync(new Uri("/v1/catalogue/types?pages=1", UriKind.Relative));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("pages is not a parameter of this request."));
    }

    [Test]
    public async Task Get_NoToken_Is401WithStatus()
    {
        using var web = new HttpClient { BaseAddress = Beijing.Web };
        using var response = await web.GetAsync(new Uri("/v1/licences", UriKind.Relative));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((int)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]!, Is.EqualTo(16));
    }

    protected override async Task PrepareAsync()
    {
        _card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        await Federation.LetStandAsync();
    }

    private HttpClient Verifier => Beijing.Connect("verifier").Http;

    private AuthenticationHeaderValue Token() => new("Bearer", TestTokens.Holder(_card.Record.Holder.Code, Beijing.Clock));

    private static async Task<JsonObject> PostAsync(HttpClient http, string path, string body, HttpStatusCode expected)
    {
        using var response = await http.PostAsync(new Uri(path, UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(expected), text);
        return JsonNode.Parse(text)!.AsObject();
    }
}
