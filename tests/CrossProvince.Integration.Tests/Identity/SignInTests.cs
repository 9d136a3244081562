using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Web;
using CrossProvince.Cli.Certs;
using CrossProvince.Integration.Tests.Browser;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Web;

namespace CrossProvince.Integration.Tests.Identity;

/// <summary>Signing in on a page with an identity provider: who began it, in that browser, and nobody else.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class SignInTests
{
    private static readonly Uri s_start = new("/session/start?page=counter&provider=0", UriKind.Relative);
    private static readonly Uri s_session = new("/session", UriKind.Relative);

    private TestProvider _provider = null!;
    private TestSignIn _signIn = null!;
    private TestFederation _federation = null!;

    private TestNode Beijing => _federation[TestFederation.Beijing];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _provider = new TestProvider("https://id.example");
        _provider.AddEc("k1");
        _federation = await TestFederation.StartAsync(new() { Running = [], Production = [TestFederation.Beijing] });
        _signIn = _provider.SignIn = new TestSignIn(_provider) { Clock = Beijing.Clock };
        await File.WriteAllTextAsync(_federation.PathOf("client-secret"), TestSignIn.ClientSecret + "\n");
        foreach (var (name, value) in TestSignIn.Settings(_provider, _federation, Beijing))
        {
            Beijing.OwnSettings[name] = value;
        }

        await _provider.StartAsync(_federation);
        await Beijing.StartAsync();
        await _federation.CatchUpAsync();
    }

    [SetUp]
    public void SignInAsItShouldBe() => (_signIn.Claims, _signIn.Denies, _signIn.WrongNonce, _signIn.IdTokenAudience) = (Operator(), false, null, TestSignIn.ClientId);

    [TearDown]
    public void CheckLogs() => _federation.CheckLogs();

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _provider.DisposeAsync();
        await _federation.DisposeAsync();
    }

    [Test]
    public async Task SignIn_AtTheProvider_MakesTheOperatorsSession()
    {
        using var web = Open();
        var before = await SessionAsync(web);
        using var end = await FollowAsync(web, s_start);

        Assert.That(before["providers"]![0]!.ToJsonString(), Is.EqualTo("""{"place":0,"title":"The province","holders":true,"operators":true,"operations":true}"""));
        Assert.That(end.Headers.Location, Is.EqualTo(new Uri("/counter", UriKind.Relative)));
        Assert.That(end.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("crossprovince=", StringComparison.Ordinal)), Does.Contain("samesite=strict").And.Contain("httponly").And.Not.Contain("eyJ"));
        var session = await SessionAsync(web);
        Assert.That(((string?)session["role"], (string?)session["terminal"]), Is.EqualTo(("operator", "window-7")));
    }

    [Test]
    public async Task SignIn_AtACounter_AsksWhoSitsThereNow()
    {
        using var web = Open();
        using var end = await FollowAsync(web, s_start);

        var asked = _signIn.Asked!;
        Assert.That((asked["prompt"], asked["scope"], asked["redirect_uri"]), Is.EqualTo(("login", "openid organisation", new Uri(Beijing.Web, "/session/return/0").AbsoluteUri)));
    }

    [Test]
    public async Task SignIn_AsAHolder_LeadsToTheWallet()
    {
        _signIn.Claims = new() { ["holder_code"] = "11010519491231002X", ["holder_code_type"] = "111" };
        using var web = Open();
        using var end = await FollowAsync(web, new Uri("/session/start?page=wallet&provider=0", UriKind.Relative));

        Assert.That(end.Headers.Location, Is.EqualTo(new Uri("/wallet", UriKind.Relative)));
        Assert.That(_signIn.Asked!.ContainsKey("prompt"), Is.False, "A phone is its owner's: the provider may know them still.");
        var session = await SessionAsync(web);
        Assert.That(((string?)session["role"], (string?)session["region"], session.ToJsonString().Contains("1949", StringComparison.Ordinal)), Is.EqualTo(("holder", "110000", false)));
    }

    [Test]
    public async Task SignIn_InARealBrowser_LeadsBackToThePage()
    {
        var given = new JsonObject { ["web"] = Beijing.Web.ToString().TrimEnd('/') };

        await BrowserSession.PlayAsync("signInWithProvider", given, (what, who) => Task.FromResult<JsonNode?>(what == "left" ? Left() : SignInAs((string)who!)));
    }

    [Test]
    public async Task SignOut_OfAProvidersSession_EndsThatOneToo()
    {
        using var web = Open();
        using var end = await FollowAsync(web, s_start);

        var elsewhere = new Uri((await SignOutAsync(web, "counter"))!);
        Assert.That((elsewhere.Scheme, elsewhere.AbsolutePath), Is.EqualTo(("https", "/logout")));
        Assert.That((await SessionAsync(web))["role"], Is.Null, "Here it has ended before.");
        using var back = await FollowAsync(web, elsewhere);
        Assert.That(Left().Select(given => given.Key), Is.EquivalentTo(new[] { "tenant", "client_id", "post_logout_redirect_uri", "state" }), "Nothing that names a person.");
        Assert.That(back.Headers.Location?.OriginalString, Is.EqualTo("/counter"));
    }

    [Test]
    public async Task SignOut_NobodyOrNoPage_GoesNowhere()
    {
        using var web = Open();
        Assert.That(await SignOutAsync(web, "counter"), Is.Null);
        using var end = await FollowAsync(web, s_start);
        Assert.That(await SignOutAsync(web, "//elsewhere.example"), Is.Null);
        Assert.That((await SessionAsync(web))["role"], Is.Null);

        using var back = await web.GetAsync(new Uri("/session/ended?state=//elsewhere.example", UriKind.Relative));
        Assert.That(back.Headers.Location?.OriginalString, Is.EqualTo("/"));
    }

    [Test]
    public async Task SignIn_ReturnInAnotherBrowser_IsNobodys()
    {
        using var mine = Open();
        using var theirs = Open();
        var back = await ToTheProviderAsync(mine);

        using var end = await theirs.GetAsync(back);

        Assert.That(end.Headers.Location?.OriginalString, Is.EqualTo("/counter?sign-in=failed"));
        Assert.That((await SessionAsync(theirs))["role"], Is.Null);
    }

    [Test]
    public async Task SignIn_NodeStartedAgainMeanwhile_GoesOn()
    {
        using var web = Open();
        var back = await ToTheProviderAsync(web);
        await Beijing.StopAsync();
        await Beijing.StartAsync();

        using var end = await web.GetAsync(back);

        Assert.That(end.Headers.Location?.OriginalString, Is.EqualTo("/counter"));
        Assert.That((string?)(await SessionAsync(web))["role"], Is.EqualTo("operator"));
    }

    [TestCase("nonce")]
    [TestCase("audience")]
    public async Task SignIn_IdentityTokenOfSomethingElse_IsNobodys(string what)
    {
        (_signIn.WrongNonce, _signIn.IdTokenAudience) = what == "nonce" ? ("another", TestSignIn.ClientId) : (null, "another-client");
        using var web = Open();
        using var end = await FollowAsync(web, s_start);

        Assert.That(end.Headers.Location?.OriginalString, Is.EqualTo("/counter?sign-in=failed"));
        Assert.That((await SessionAsync(web))["role"], Is.Null);
    }

    [Test]
    public async Task SignIn_StateMadeUp_IsNobodys()
    {
        using var web = Open();
        using var end = await web.GetAsync(new Uri("/session/return/0?code=ABC&state=DEF", UriKind.Relative));

        Assert.That(end.Headers.Location?.OriginalString, Is.EqualTo("/?sign-in=failed"));
    }

    [Test]
    public async Task SignIn_Cancelled_SaysSo()
    {
        _signIn.Denies = true;
        using var web = Open();
        using var end = await FollowAsync(web, s_start);

        Assert.That(end.Headers.Location?.OriginalString, Is.EqualTo("/counter?sign-in=cancelled"));
    }

    [Test]
    public async Task SignIn_OrganisationNotAdmitted_SaysWhy()
    {
        _signIn.Claims = Operator("91110000XXXXXX0001");
        using var web = Open();
        using var end = await FollowAsync(web, s_start);

        Assert.That((string?)(await SessionAsync(web))["refusal"]!["zh"], Does.Contain("91110000XXXXXX0001"));
    }

    [Test]
    public async Task SignIn_TokenLargerThanACookie_IsKeptAndForgotten()
    {
        _signIn.Claims["groups"] = new string('g', 7_000);
        using var web = Open();
        using var end = await FollowAsync(web, s_start);
        var session = await SessionAsync(web);
        using var signOut = await web.DeleteAsync(s_session);

        var parts = end.Headers.GetValues("Set-Cookie").Where(c => c.StartsWith("crossprovince", StringComparison.Ordinal)).ToList();
        Assert.That(parts, Has.Count.GreaterThan(2).And.All.Length.LessThanOrEqualTo(4_096));
        Assert.That((string?)session["role"], Is.EqualTo("operator"));
        Assert.That((await SessionAsync(web))["role"], Is.Null);
        Assert.That(signOut.Headers.GetValues("Set-Cookie").Count(), Is.EqualTo(parts.Count));
    }

    [TestCase("page=//elsewhere.example&provider=0")]
    [TestCase("page=counter&provider=1")]
    [TestCase("page=counter&provider=-1")]
    [TestCase("page=counter")]
    public async Task Start_ForSomethingElse_IsRefused(string query)
    {
        using var web = Open();
        using var answer = await web.GetAsync(new Uri($"/session/start?{query}", UriKind.Relative));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    private static Dictionary<string, object> Operator(string? organisation = null) => new()
    {
        ["org"] = organisation ?? SampleOrganisations.Code(TestFederation.Beijing, IdentityRole.Verifier),
        ["region"] = "110000",
        ["terminal"] = "window-7",
        ["loa"] = "high",
    };

    /// <summary>Whoever signs in next; the browser's test says who.</summary>
    private bool SignInAs(string who)
    {
        _signIn.Claims = who == "holder" ? new() { ["holder_code"] = "11010519491231002X", ["holder_code_type"] = "111", ["loa"] = "high" } : Operator();
        if (who == "operations")
        {
            _signIn.Claims["roles"] = new[] { "operations" };
        }

        return true;
    }

    private JsonObject Left() => [.. _signIn.Left!.Select(given => KeyValuePair.Create(given.Key, (JsonNode?)given.Value.ToString()))];

    /// <returns>Where the provider's session ends; null when there is nothing more to do.</returns>
    private static async Task<string?> SignOutAsync(HttpClient web, string page)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri($"/session?page={page}", UriKind.Relative)) { Headers = { { PageSession.Header, "1" } } };
        using var answer = await web.SendAsync(request);
        return answer.StatusCode == HttpStatusCode.NoContent ? null : (string?)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["elsewhere"];
    }

    private HttpClient Open()
    {
        var handler = new HttpClientHandler { AllowAutoRedirect = false, ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        return new HttpClient(handler) { BaseAddress = Beijing.Web };
    }

    private static async Task<JsonNode> SessionAsync(HttpClient web)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, s_session) { Headers = { { PageSession.Header, "1" } } };
        using var answer = await web.SendAsync(request);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    /// <summary>Goes to the provider, as a browser does.</summary>
    /// <returns>Where it sends the browser back to.</returns>
    private static async Task<Uri> ToTheProviderAsync(HttpClient web)
    {
        using var start = await web.GetAsync(s_start);
        using var provider = await web.GetAsync(start.Headers.Location);
        Assert.That(HttpUtility.ParseQueryString(provider.Headers.Location!.Query)["code"], Is.Not.Empty);
        return provider.Headers.Location;
    }

    /// <summary>Follows redirects until they lead to a page.</summary>
    private static async Task<HttpResponseMessage> FollowAsync(HttpClient web, Uri from)
    {
        var answer = await web.GetAsync(from);
        while (answer.Headers.Location is { IsAbsoluteUri: true } next)
        {
            answer.Dispose();
            answer = await web.GetAsync(next);
        }

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Found), await answer.Content.ReadAsStringAsync());
        return answer;
    }
}
