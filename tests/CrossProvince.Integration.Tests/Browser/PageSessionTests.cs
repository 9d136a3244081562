using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Web;

namespace CrossProvince.Integration.Tests.Browser;

/// <summary>A session of a page is worth what its token is worth, to that page only, and ends.</summary>
public sealed class PageSessionTests : FederationFixture
{
    private static readonly Uri s_session = new("/session", UriKind.Relative);
    private static readonly Uri s_signIn = new("/dev/session", UriKind.Relative);
    private static readonly Uri s_verify = new("/v1/verifications", UriKind.Relative);

    private static string Organisation { get; } = SampleOrganisations.Code(TestFederation.Beijing, IdentityRole.Verifier);

    internal override FederationPlan Plan { get; } = new() { Production = [TestFederation.Tianjin] };

    [Test]
    public async Task SignIn_InDevelopment_KeepsTheTokenFromScriptsAndOtherSites()
    {
        using var web = Open(Beijing);
        using var answer = await SignInAsync(web);

        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        Assert.That(cookie.Split("; ").Skip(1), Is.EquivalentTo(new[] { "path=/", "samesite=strict", "httponly" }));
        Assert.That(cookie, Does.Not.Contain("eyJ"), "The token itself is not in it.");
        Assert.That(await answer.Content.ReadAsStringAsync(), Is.Empty);
    }

    [Test]
    public async Task Call_WithSession_IsTheOperators()
    {
        using var web = await OpenSignedInAsync(Beijing);

        var session = await web.GetFromJsonAsync<JsonObject>(s_session);
        Assert.That(((string?)session!["role"], (string?)session["organisation"], (string?)session["terminal"]), Is.EqualTo(("operator", Organisation, "window-1")));
        Assert.That((await VerifyAsync(web)).Verdict, Is.EqualTo("VERDICT_TRUNCATED"));
    }

    [Test]
    public async Task Call_WithoutThePagesHeader_IsNobodys()
    {
        using var web = await OpenSignedInAsync(Beijing);
        web.DefaultRequestHeaders.Remove(PageSession.Header);

        Assert.That((await VerifyAsync(web)).Status, Is.EqualTo(HttpStatusCode.Unauthorized), "What another site's page can send does nothing.");
        Assert.That((bool?)(await web.GetFromJsonAsync<JsonObject>(s_session))!["sample"], Is.True);
    }

    [Test]
    public async Task Session_Unused_Ends()
    {
        using var web = await OpenSignedInAsync(Beijing);
        var idle = new WebOptions().SessionIdle;

        Beijing.Clock.Move(idle - TimeSpan.FromMinutes(1));
        Assert.That((await VerifyAsync(web)).Status, Is.EqualTo(HttpStatusCode.OK), "and begins anew");
        Beijing.Clock.Move(idle - TimeSpan.FromMinutes(1));
        Assert.That((await VerifyAsync(web)).Status, Is.EqualTo(HttpStatusCode.OK));
        Beijing.Clock.Move(idle + TimeSpan.FromSeconds(1));
        Assert.That((await VerifyAsync(web)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Session_Used_EndsWithItsToken()
    {
        using var web = await OpenSignedInAsync(Beijing);
        for (var minutes = 0; minutes < 60; minutes += 10)
        {
            Assert.That((await VerifyAsync(web)).Status, Is.EqualTo(HttpStatusCode.OK), $"after {minutes} min");
            Beijing.Clock.Move(TimeSpan.FromMinutes(10));
        }

        Beijing.Clock.Move(TimeSpan.FromMinutes(1));
        Assert.That((await VerifyAsync(web)).Status, Is.EqualTo(HttpStatusCode.Unauthorized), "A token of an hour is no session of a day.");
    }

    [Test]
    public async Task SignOut_Always_ForgetsTheSession()
    {
        using var web = await OpenSignedInAsync(Beijing);

        using var answer = await web.DeleteAsync(s_session);

        Assert.That(answer.Headers.GetValues("Set-Cookie").Single(), Does.StartWith("crossprovince=;").And.Contain("expires=Thu, 01 Jan 1970"));
        Assert.That((await VerifyAsync(web)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("")]
    [TestCase("AAAA")]
    [TestCase("not base64!")]
    [TestCase("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Cookie_MadeUp_IsNobodys(string value)
    {
        using var web = new HttpClient(new HttpClientHandler { UseCookies = false }) { BaseAddress = Beijing.Web };
        web.DefaultRequestHeaders.Add(PageSession.Header, "1");
        web.DefaultRequestHeaders.Add("Cookie", $"crossprovince={value}");

        Assert.That((await VerifyAsync(web)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Sample_OutsideDevelopment_IsNotThere()
    {
        using var web = Open(Tianjin);
        using var answer = await web.PostAsJsonAsync(s_signIn, new { @as = "operator", org = Organisation });

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((bool?)(await web.GetFromJsonAsync<JsonObject>(s_session))!["sample"], Is.False);
    }

    [Test]
    public async Task Page_Always_ForbidsEverythingForeign()
    {
        using var web = Open(Beijing);
        foreach (var page in new[] { "/counter", "/help" })
        {
            using var answer = await web.GetAsync(new Uri(page, UriKind.Relative));
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.That(policy, Does.StartWith("default-src 'none';").And.Contain("frame-ancestors 'none'").And.Not.Contain("unsafe-inline").And.Not.Contain("http"));
            var text = await answer.Content.ReadAsStringAsync();
            Assert.That(text, Does.Not.Contain("style=").And.Not.Match("<script[^>]*>[^<]"), "Nothing inline.");
            Assert.That(text, Does.Not.Match("(src|href)=\"(?!/assets/)"), "Nothing from elsewhere.");
        }
    }

    private static HttpClient Open(TestNode node)
    {
        var web = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = node.Web };
        web.DefaultRequestHeaders.Add(PageSession.Header, "1");
        return web;
    }

    private static async Task<HttpClient> OpenSignedInAsync(TestNode node)
    {
        var web = Open(node);
        using var answer = await SignInAsync(web);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        return web;
    }

    private static Task<HttpResponseMessage> SignInAsync(HttpClient web) => web.PostAsJsonAsync(s_signIn, new { @as = "operator", org = Organisation, terminal = "window-1" });

    private static async Task<(HttpStatusCode Status, string? Verdict)> VerifyAsync(HttpClient web)
    {
        using var answer = await web.PostAsJsonAsync(s_verify, new { code = "CP1", terminalId = "window-1" });
        return (answer.StatusCode, answer.IsSuccessStatusCode ? (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["verdict"] : null);
    }
}
