using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CrossProvince.Cli;
using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Licences;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Integration.Tests.Identity;

/// <summary>The sample identity provider: a page and a command in Development, and nothing of it anywhere else.</summary>
public sealed class SampleIssuerTests : FederationFixture
{
    private static readonly Uri s_token = new("/dev/token", UriKind.Relative);
    private StoredLicence _birth = null!;
    private StoredLicence _business = null!;

    internal override FederationPlan Plan { get; } = new() { Production = [TestFederation.Tianjin] };

    private static string Organisation { get; } = SampleOrganisations.Code(TestFederation.Beijing, IdentityRole.Verifier);

    private HttpClient Web => new() { BaseAddress = Beijing.Web };

    [Test]
    public async Task Get_Page_HasAFormAndNothingThatRuns()
    {
        using var web = Web;
        using var response = await web.GetAsync(s_token);
        var page = await response.Content.ReadAsStringAsync();

        Assert.That(response.Content.Headers.ContentType?.ToString(), Is.EqualTo("text/html; charset=utf-8"));
        var style = page.Split("<style>")[1].Split("</style>")[0];
        Assert.That(
            response.Headers.GetValues("Content-Security-Policy").Single(),
            Is.EqualTo($"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"));
        Assert.That(page, Does.Contain("<form method=\"post\" action=\"/dev/token\"").And.Not.Contain("<script").And.Not.Contain("style="));
    }

    [Test]
    public async Task Post_Form_AnswersWithATokenThatIsTaken()
    {
        using var web = Web;
        var page = await PostFormAsync(web, new() { ["as"] = "guardian", ["licence_id"] = _birth.Record.Id.ToString(), ["loa"] = "substantial" });
        var token = page.Split("readonly aria-label=\"令牌 Token\">")[1].Split("</textarea>")[0];

        var listed = (await Beijing.Connect("verifier").Presentations(token).ListLicencesAsync(new ListLicencesRequest())).Licences.Single();
        Assert.That((listed.LicenceId, listed.Presenter), Is.EqualTo((_birth.Record.Id.ToString(), Presenter.Guardian)));
    }

    [Test]
    public async Task Post_FormWrong_SaysSoAndEscapes()
    {
        using var web = Web;
        var page = await PostFormAsync(web, new() { ["as"] = "<b>king</b>", ["licence_id"] = _birth.Record.Id.ToString() });

        Assert.That(page, Does.Contain("须为 holder、guardian、agent 或 operator").And.Contain("must be holder, guardian, agent or operator").And.Not.Contain("<b>"));
        Assert.That(page, Does.Contain($"name=\"licence_id\" value=\"{_birth.Record.Id}\""), "What was typed stays.");
    }

    [TestCase("""{"as": "operator"}""", HttpStatusCode.BadRequest, "org")]
    [TestCase("""{"as": "operator", "org": ""}""", HttpStatusCode.BadRequest, "org")]
    [TestCase("""{}""", HttpStatusCode.BadRequest, "licence_id")]
    [TestCase("""{"loa": "royal", "code": "1"}""", HttpStatusCode.BadRequest, "loa")]
    [TestCase("""{"licence": "x"}""", HttpStatusCode.BadRequest, "not a request")]
    [TestCase("""{"licence_id": "1.2.3"}""", HttpStatusCode.NotFound, "no such licence")]
    public async Task Post_JsonWrong_SaysWhy(string body, HttpStatusCode status, string saying)
    {
        using var response = await Beijing.Connect("verifier").Http.PostAsync(s_token, new StringContent(body));

        Assert.That(response.StatusCode, Is.EqualTo(status));
        Assert.That((string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["message"]!, Does.Contain(saying));
    }

    [Test]
    public async Task Token_OfAnOperator_VerifiesFromItsTerminalOnly()
    {
        var token = await RunAsync("token", "--operator", Organisation, "--terminal", "window-1", "--loa", "low");
        var client = Beijing.Connect("verifier").VerificationsAs(token);

        Assert.That((await client.VerifyAsync(new VerifyRequest { Code = "x", TerminalId = "window-1" })).Verification.Verdict, Is.EqualTo(Verdict.Malformed));
        client.VerifyAsync(new VerifyRequest { Code = "x", TerminalId = "window-2" }).IsRefused(Grpc.Core.StatusCode.PermissionDenied, "not the terminal of the operator's token");
    }

    [TestCase("agent", Presenter.Agent)]
    [TestCase("holder", Presenter.Holder)]
    public async Task Token_OfACompanysPeople_ShowsItsLicence(string presenter, Presenter expected)
    {
        var token = await RunAsync("token", "--licence", _business.Record.Id.ToString(), "--presenter", presenter);

        var listed = (await Beijing.Connect("verifier").Presentations(token).ListLicencesAsync(new ListLicencesRequest())).Licences.Single();
        Assert.That((listed.LicenceId, listed.Presenter), Is.EqualTo((_business.Record.Id.ToString(), expected)));
    }

    [Test]
    public async Task Verify_WithAToken_IsTheOperators()
    {
        var token = await RunAsync("token", "--operator", Organisation);
        var output = new StringWriter();
        await CommandLine.RunAsync(
            ["verify", "nothing", "--token", token, "--json", "--node", Beijing.Api.ToString(), "--identity", Federation.PathOf("110000/authority")],
            new() { Output = output, Error = new StringWriter() });

        Assert.That(output.ToString(), Does.Contain("VERDICT_MALFORMED"));
    }

    [Test]
    public async Task DevToken_OutsideDevelopment_DoesNotExist()
    {
        using var web = new HttpClient { BaseAddress = Tianjin.Web };
        var api = Tianjin.Connect("verifier").Http;
        foreach (var http in new[] { web, api })
        {
            using var page = await http.GetAsync(s_token);
            using var token = await http.PostAsJsonAsync(s_token, new { licence_id = _birth.Record.Id.ToString() });
            Assert.That((page.StatusCode, token.StatusCode), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound)));
        }

        Assert.That(Tianjin.Services.GetRequiredService<NodeSettings>().SampleTokenKey, Is.Null);
        Assert.That(Tianjin.Services.GetRequiredService<TokenProviders>().Find(SampleTokens.Issuer), Is.Null);
        Assert.That(
            Refusal.Of(Tianjin.Presentations("11010519491231002X").ListLicencesAsync(new ListLicencesRequest())).Reason, Is.EqualTo("TOKEN_ISSUER_UNKNOWN"));
    }

    protected override async Task PrepareAsync()
    {
        _birth = await Beijing.TakeAsync(TestLicences.BirthCertificate(TestFederation.Beijing, 1));
        _business = await Beijing.TakeAsync(TestLicences.BusinessLicence(TestFederation.Beijing, 2));
        await Federation.LetStandAsync();
    }

    private static async Task<string> PostFormAsync(HttpClient web, Dictionary<string, string> fields)
    {
        using var form = new FormUrlEncodedContent(fields);
        using var response = await web.PostAsync(s_token, form);
        return await response.Content.ReadAsStringAsync();
    }

    private async Task<string> RunAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.RunAsync(
            [.. args, "--node", Beijing.Api.ToString(), "--identity", Federation.PathOf("110000/verifier")], new() { Output = output, Error = error });
        Assert.That(code, Is.Zero, error.ToString());
        return output.ToString().Trim();
    }
}
