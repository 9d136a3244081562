using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Catalogue.V1;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using Google.Protobuf.Reflection;

namespace CrossProvince.Integration.Tests.OpenInterface;

/// <summary>The JSON interface on both listeners, and the document that describes it.</summary>
public sealed class JsonTests : FederationFixture
{
    private static readonly ServiceDescriptor[] s_services =
        [PresentationService.Descriptor, VerificationService.Descriptor, LicenceService.Descriptor, CatalogueService.Descriptor];

    private StoredLicence _card = null!;

    [Test]
    public async Task OpenApi_EveryUnaryRpc_IsInIt()
    {
        var document = await DocumentAsync(Verifier);
        var expected = s_services.SelectMany(s => s.Methods).Where(m => !m.IsClientStreaming && !m.IsServerStreaming).Select(m => $"{m.Service.Name}_{m.Name}");

        Assert.That(Operations(document).Select(o => (string)o.Operation["operationId"]!), Is.EquivalentTo(expected));
    }

    [Test]
    public async Task OpenApi_EveryOperation_AnswersAsDescribed()
    {
        var document = await DocumentAsync(Verifier);
        Assert.That(Operations(document), Is.Not.Empty);
        foreach (var (path, verb, operation) in Operations(document))
        {
            using var request = new HttpRequestMessage(new HttpMethod(verb), path.Replace("{licence_id}", _card.Record.Id.ToString(), StringComparison.Ordinal));
            if (operation["requestBody"] is not null)
            {
                request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
            }

            var caller = path.StartsWith("/v1/licences/", StringComparison.Ordinal) || path == "/v1/statusChanges" ? Beijing.Connect("authority") : Beijing.Connect("verifier");
            if (operation["tags"]![0]!.ToString() == nameof(PresentationService))
            {
                request.Headers.Authorization = Token();
            }

            using var response = await caller.Http.SendAsync(request);
            var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK).Or.EqualTo(HttpStatusCode.BadRequest), $"{verb} {path}");
            var schema = operation["responses"]![response.IsSuccessStatusCode ? "200" : "default"]!["content"]!["application/json"]!["schema"]!;
            AssertFits(body, schema, document, $"{verb} {path}");
        }
    }

    [Test]
    public async Task OpenApi_WebListener_HasNothingOfAuthorities()
    {
        using var web = new HttpClient { BaseAddress = Beijing.Web };

        Assert.That(Operations(await DocumentAsync(web)).Select(o => o.Path), Has.None.Contains("statusChanges").And.None.Contains("licence_id").And.Some.EqualTo("/v1/verifications"));
    }

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
    [TestCase("""{"code": "x", "code": "y"}""", "names a field twice")]
    [TestCase("""{"code": """, "is not JSON")]
    [TestCase("""{"code": "x"}""", "terminal_id must have 1 to 64 characters.")]
    [TestCase("", "is not JSON")]
    public async Task Verify_BadJson_Is400ThatNamesIt(string body, string expected)
    {
        var error = await PostAsync(Verifier, "/v1/verifications", body, HttpStatusCode.BadRequest);

        Assert.That((string)error["message"]!, Does.Contain(expected));
        Assert.That((int)error["code"]!, Is.EqualTo(3));
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

    private static async Task<JsonObject> DocumentAsync(HttpClient http) => (await http.GetFromJsonAsync<JsonObject>(new Uri("/openapi/v1.json", UriKind.Relative)))!;

    private static IEnumerable<(string Path, string Verb, JsonNode Operation)> Operations(JsonObject document) =>
        document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(verb => (path.Key, verb.Key, verb.Value!)));

    /// <summary>Every field of an answer is in its schema, with a value of the type that it says.</summary>
    private static void AssertFits(JsonNode? value, JsonNode schema, JsonObject document, string where)
    {
        if (schema["$ref"] is { } reference)
        {
            schema = document["components"]!["schemas"]![((string)reference!)["#/components/schemas/".Length..]]!;
        }

        switch ((string?)schema["type"])
        {
            case "object" when schema["properties"] is JsonObject properties:
                foreach (var (name, member) in value!.AsObject().Where(m => m.Value is not null))
                {
                    Assert.That(properties.ContainsKey(name), Is.True, $"{where}: {name} is not in the document.");
                    AssertFits(member, properties[name]!, document, $"{where} {name}");
                }

                break;
            case "object":
                Assert.That(value, Is.InstanceOf<JsonObject>(), where);
                break;
            case "array":
                foreach (var item in value!.AsArray())
                {
                    AssertFits(item, schema["items"]!, document, where);
                }

                break;
            case "string":
                Assert.That(value!.GetValueKind(), Is.EqualTo(System.Text.Json.JsonValueKind.String), where);
                break;
            case "integer":
                Assert.That(value!.GetValueKind(), Is.EqualTo(System.Text.Json.JsonValueKind.Number), where);
                break;
            case "boolean":
                Assert.That(value!.GetValueKind(), Is.EqualTo(System.Text.Json.JsonValueKind.True).Or.EqualTo(System.Text.Json.JsonValueKind.False), where);
                break;
            default:
                Assert.Fail($"{where} has a schema of no type.");
                break;
        }
    }
}
