using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrossProvince.Contracts.Catalogue.V1;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Identity;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using Google.Protobuf.Reflection;
using Microsoft.OpenApi;

namespace CrossProvince.Integration.Tests.OpenInterface;

/// <summary>The document that describes the JSON interface is complete, and what it says is so.</summary>
public sealed class OpenApiTests : FederationFixture
{
    private static readonly ServiceDescriptor[] s_services =
        [PresentationService.Descriptor, VerificationService.Descriptor, LicenceService.Descriptor, CatalogueService.Descriptor];

    /// <summary>Set by eng/openapi.sh, which then keeps the document that the test writes.</summary>
    private const string WriteVariable = "CROSSPROVINCE_WRITE_OPENAPI";

    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private RawChannel _stranger = null!;
    private StoredLicence _card = null!;
    private StoredLicence _other = null!;
    private DescribedInterface _api = null!;
    private DescribedInterface _web = null!;

    /// <summary>One person makes all calls, faster than a person would.</summary>
    internal override FederationPlan Plan { get; } = new() { Settings = new Dictionary<string, string> { ["Limits:Person:PerSecond"] = "1000", ["Limits:Person:Burst"] = "1000" } };

    [OneTimeSetUp]
    public void OpenStranger() => _stranger = new RawChannel(Beijing, certificate: null);

    [OneTimeTearDown]
    public void CloseStranger() => _stranger.Dispose();

    [Test]
    public void Document_BothListeners_IsOpenApi31WithoutFault()
    {
        foreach (var document in new[] { _api, _web })
        {
            var (read, diagnostic) = OpenApiDocument.Parse(document.Text, "json");

            Assert.That((diagnostic!.Errors, diagnostic.Warnings), Is.EqualTo((Array.Empty<OpenApiError>(), Array.Empty<OpenApiError>())));
            Assert.That((diagnostic.SpecificationVersion, read!.Paths.Count), Is.EqualTo((OpenApiSpecVersion.OpenApi3_1, document.Root["paths"]!.AsObject().Count)));
        }
    }

    [Test]
    public async Task Document_InTheRepository_IsUpToDate()
    {
        var expected = JsonNode.Parse(_api.Text)!.ToJsonString(s_readable) + "\n";
        if (Environment.GetEnvironmentVariable(WriteVariable) is { Length: > 0 } path)
        {
            await File.WriteAllTextAsync(path, expected);
        }

        Assert.That(await File.ReadAllTextAsync(Repository.PathOf("docs", "openapi.json")), Is.EqualTo(expected), "Run eng/openapi.sh.");
    }

    [Test]
    public void Document_EveryUnaryRpc_IsInIt()
    {
        var expected = s_services.SelectMany(s => s.Methods).Where(m => !m.IsClientStreaming && !m.IsServerStreaming).Select(m => $"{m.Service.Name}_{m.Name}");

        Assert.That(_api.Operations.Where(o => o.IsRpc).Select(o => o.Id), Is.EquivalentTo(expected));
    }

    [Test]
    public void Document_WebListener_HasNothingOfAuthoritiesAndPartners()
    {
        Assert.That(_web.Operations.Select(o => o.Description["tags"]![0]!.ToString()).Distinct(), Is.EquivalentTo(new[] { "PresentationService", "VerificationService", "CatalogueService" }));
        Assert.That(_web.Root["components"]!["securitySchemes"]!.AsObject().Select(s => s.Key), Is.EqualTo(new[] { "token" }));
    }

    [Test]
    public void Document_EverythingNamed_IsDescribed()
    {
        foreach (var operation in _api.Operations)
        {
            Assert.That((string?)operation.Description["summary"], Is.Not.Null.And.Not.Empty, operation.Id);
            foreach (var parameter in operation.Description["parameters"]!.AsArray())
            {
                Assert.That((string?)parameter!["description"], Is.Not.Null.And.Not.Empty, $"{operation.Id} {parameter["name"]}");
            }
        }

        foreach (var (name, schema) in _api.Root["components"]!["schemas"]!.AsObject().Where(s => s.Key.StartsWith("crossprovince.", StringComparison.Ordinal)))
        {
            foreach (var (field, value) in schema!["properties"]?.AsObject() ?? [])
            {
                Assert.That((string?)value!["description"], Is.Not.Null.And.Not.Empty, $"{name} {field}");
            }
        }

        Assert.That((string)_api.Root["components"]!["schemas"]!["crossprovince.verification.v1.Verdict"]!["description"]!, Does.Contain("`VERDICT_REVOKED`: The licence has been revoked."));
    }

    [Test]
    public async Task EveryOperation_GoodRequest_AnswersAsDescribed()
    {
        foreach (var operation in _api.Operations)
        {
            using var response = await SendAsync(operation, await GoodBodyAsync(operation), Knowing(operation));
            var body = await response.Content.ReadAsStringAsync();
            var (mediaType, content) = operation.Description["responses"]!["200"]!["content"]!.AsObject().Single();

            Assert.That((response.StatusCode, response.Content.Headers.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.OK, mediaType)), $"{operation.Id} {body}");
            if (content!["schema"] is { } schema)
            {
                await _api.AssertFitsAsync(schema, body, operation.Id);
            }
        }
    }

    [Test]
    public async Task EveryOperation_UnknownParameter_IsRefusedAsDescribed()
    {
        foreach (var operation in _api.Operations.Where(o => o.IsRpc))
        {
            using var response = await SendAsync(operation, await GoodBodyAsync(operation), Knowing(operation), "?nonsense=1");

            await AssertErrorAsync(operation, response, HttpStatusCode.BadRequest, "nonsense");
        }
    }

    [Test]
    public async Task EveryRequiredField_LeftOut_IsRefusedByName()
    {
        var tried = 0;
        foreach (var operation in _api.Operations.Where(o => o.Body is not null))
        {
            foreach (var field in _api.Resolve(operation.Body!["schema"]!)["required"]?.AsArray().Select(f => (string)f!) ?? [])
            {
                tried++;
                var body = await GoodBodyAsync(operation);
                body!.Remove(field);
                using var response = await SendAsync(operation, body, Knowing(operation));

                await AssertErrorAsync(operation, response, HttpStatusCode.BadRequest, string.Concat(field.Select(c => char.IsUpper(c) ? $"_{char.ToLowerInvariant(c)}" : $"{c}")));
            }
        }

        Assert.That(tried, Is.GreaterThanOrEqualTo(8));
    }

    [Test]
    public async Task EveryOptionalField_LeftOut_IsNotMissed()
    {
        foreach (var operation in _api.Operations.Where(o => o.Body is not null))
        {
            var required = _api.Resolve(operation.Body!["schema"]!)["required"]!.AsArray().Select(f => (string)f!).ToList();
            var body = await GoodBodyAsync(operation);
            foreach (var field in body!.Select(f => f.Key).Except(required).ToList())
            {
                body!.Remove(field);
            }

            using var response = await SendAsync(operation, body, Knowing(operation));

            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), $"{operation.Id} {await response.Content.ReadAsStringAsync()}");
        }
    }

    /// <summary>A caller known in a way that the document does not name gets nothing; a way that it names lets somebody in.</summary>
    [Test]
    public async Task EveryOperation_Security_IsAsDescribed()
    {
        foreach (var operation in _api.Operations)
        {
            foreach (var way in new[] { "nobody", "certificate", "token" })
            {
                var statuses = new List<HttpStatusCode>();
                foreach (var caller in Callers(way))
                {
                    using var response = await SendAsync(operation, await GoodBodyAsync(operation), caller);
                    statuses.Add(response.StatusCode);
                }

                var open = !operation.Security.Any();
                Assert.That(
                    statuses.Any(s => s is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)), Is.EqualTo(open || operation.Security.Contains(way)),
                    $"{operation.Id} {way} {string.Join(' ', statuses)}");
                Assert.That(statuses.Where(s => !operation.Description["responses"]!.AsObject().ContainsKey($"{(int)s}")), Is.Empty, $"{operation.Id} {way}");
            }
        }
    }

    [Test]
    public async Task EveryExample_FitsItsOwnSchema()
    {
        var examples = _api.Operations.Where(o => o.Body is not null).ToList();

        Assert.That(examples.Where(o => o.Body!["example"] is null).Select(o => o.Id), Is.Empty);
        foreach (var operation in examples)
        {
            await _api.AssertFitsAsync(operation.Body!["schema"]!, operation.Body["example"]!.ToJsonString(), operation.Id);
        }
    }

    protected override async Task PrepareAsync()
    {
        _card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        _other = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 2));
        await Federation.LetStandAsync();
        _api = await DescribedInterface.ReadAsync(Beijing.Connect("verifier").Http);
        using var web = new HttpClient { BaseAddress = Beijing.Web };
        _web = await DescribedInterface.ReadAsync(web);
    }

    private async Task<JsonObject?> GoodBodyAsync(DescribedOperation operation) => operation.Id switch
    {
        "PresentationService_CreatePresentation" => new() { ["licenceId"] = _card.Record.Id.ToString(), ["scenario"] = "counter-check", ["formats"] = new JsonArray("PICTURE_FORMAT_SVG") },
        "PresentationService_CancelPresentation" => new() { ["showingId"] = (await Beijing.PresentAsync(_card, "counter-check")).ShowingId },
        "VerificationService_Verify" => await ScanAsync(),
        "VerificationService_VerifyBatch" => new() { ["requests"] = new JsonArray(await ScanAsync(), new JsonObject { ["code"] = "x", ["terminalId"] = "" }) },
        "LicenceService_ChangeStatus" => new() { ["status"] = "LICENCE_STATUS_SUSPENDED", ["reason"] = "test", ["effectiveAt"] = "2026-01-01T00:00:00+08:00" },
        "LicenceService_ChangeStatusBatch" => new()
        {
            ["requests"] = new JsonArray(
                new JsonObject { ["licenceId"] = _other.Record.Id.ToString(), ["status"] = "LICENCE_STATUS_SUSPENDED", ["reason"] = "test" },
                new JsonObject { ["licenceId"] = "1.2.3", ["status"] = "LICENCE_STATUS_REVOKED", ["reason"] = "test" }),
        },
        _ => operation.Body is null ? null : throw new ArgumentException($"Say here how to call {operation.Id}.", nameof(operation)),
    };

    private async Task<JsonObject> ScanAsync() =>
        new() { ["code"] = (await Beijing.PresentAsync(_card, "peer-check")).Code, ["terminalId"] = "T", ["scenario"] = "peer-check", ["wantReceipt"] = true };

    private async Task<HttpResponseMessage> SendAsync(DescribedOperation operation, JsonObject? body, (HttpClient Http, string? Token) caller, string query = "")
    {
        // The authority changes another card than the one that is shown.
        var card = operation.Id == "LicenceService_ChangeStatus" ? _other : _card;
        var path = operation.Path.Replace("{licence_id}", card.Record.Id.ToString(), StringComparison.Ordinal).Replace("{region}", "110000", StringComparison.Ordinal)
            .Replace("{list}", $"{card.List}", StringComparison.Ordinal).Replace("{chunk}", "0", StringComparison.Ordinal);
        using var request = new HttpRequestMessage(new HttpMethod(operation.Verb), path + query);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        if (caller.Token is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return await caller.Http.SendAsync(request);
    }

    /// <summary>A caller who may call the operation.</summary>
    private (HttpClient Http, string? Token) Knowing(DescribedOperation operation) => operation.Security.FirstOrDefault() switch
    {
        "token" => Callers("token")[0],
        "certificate" when operation.Id.StartsWith(nameof(LicenceService), StringComparison.Ordinal) => Callers("certificate")[1],
        "certificate" => Callers("certificate")[0],
        _ => Callers("nobody")[0],
    };

    private (HttpClient Http, string? Token)[] Callers(string way) => way switch
    {
        "certificate" => [(Beijing.Connect("verifier").Http, null), (Beijing.Connect("authority").Http, null)],
        "token" => [(_stranger.Http, TestTokens.Holder(_card.Record.Holder.Code, Beijing.Clock))],
        _ => [(_stranger.Http, null)],
    };

    private async Task AssertErrorAsync(DescribedOperation operation, HttpResponseMessage response, HttpStatusCode expected, string field)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(expected), $"{operation.Id} {body}");
        var description = _api.Resolve(operation.Description["responses"]![$"{(int)expected}"]!);
        await _api.AssertFitsAsync(description["content"]!["application/json"]!["schema"]!, body, operation.Id);
        var detail = JsonNode.Parse(body)!["details"]!.AsArray().Single(d => (string)d!["@type"]! == "type.googleapis.com/google.rpc.BadRequest");
        Assert.That((string)detail!["fieldViolations"]![0]!["field"]!, Is.EqualTo(field), operation.Id);
    }
}
