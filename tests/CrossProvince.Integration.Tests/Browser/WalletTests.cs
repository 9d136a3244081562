using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using CrossProvince.Cli;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;

namespace CrossProvince.Integration.Tests.Browser;

/// <summary>What people do in the wallet, with a phone, and what counters read off it.</summary>
public sealed class WalletTests : BrowserFixture
{
    private const int Adult = 11;
    private const int ToBeRevoked = 12;
    private const int OfTheCounter = 13;

    private StoredLicence _toBeRevoked = null!;

    [TestCase("shownReadAndRevoked")]
    [TestCase("nextCodeInTime")]
    [TestCase("lastCodeWithoutNetwork")]
    [TestCase("hiddenPage")]
    [TestCase("wrongClock")]
    [TestCase("shownForOthers")]
    [TestCase("usesAndWithdrawal")]
    [TestCase("usedShowing")]
    [TestCase("regions")]
    [TestCase("opensWithoutNetwork")]
    [TestCase("newShell")]
    [TestCase("signInElsewhere")]
    [TestCase("installable")]
    [TestCase("manyUses")]
    [TestCase("smallPhone")]
    [TestCase("walletSessionEnds")]
    [TestCase("walletEveryWidth", Category = "Pictures")]
    public Task Wallet_InARealBrowser_Holds(string scenario) => PlayAsync(scenario);

    [Test]
    public async Task FirstLoad_OnASlowPhone_IsSmall()
    {
        await PlayAsync("firstLoad");

        TestContext.Out.WriteLine($"The wallet, CPU throttled 4 times: {_measured!.ToJsonString()}");
        Assert.That((int)_measured["bytes"]!, Is.LessThan(150_000), "Compressed bytes up to the first code.");
    }

    [Test]
    public async Task Page_Wallet_RunsNothingForeign()
    {
        using var web = new HttpClient { BaseAddress = Beijing.Web };

        using var page = await web.GetAsync(new Uri("/wallet", UriKind.Relative));
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        var text = await page.Content.ReadAsStringAsync();
        Assert.That(policy, Does.StartWith("default-src 'none';").And.Contain("script-src 'self';").And.Not.Contain("unsafe").And.Not.Contain("http").And.Not.Contain("data:"));
        Assert.That(page.Headers.GetValues("Permissions-Policy").Single(), Is.EqualTo("camera=(), geolocation=(self), microphone=()"));
        Assert.That(text, Does.Not.Contain("style=").And.Not.Match("<script[^>]*>[^<]"), "Nothing inline.");
        Assert.That(text, Does.Not.Match("(src|href)=\"(?!/(assets|wallet)/)"), "Nothing from elsewhere.");
    }

    [TestCase("/wallet/worker.js", "text/javascript")]
    [TestCase("/wallet/manifest.webmanifest", "application/manifest+json")]
    [TestCase("/wallet/icon-192.png", "image/png")]
    [TestCase("/wallet/icon-512.png", "image/png")]
    [TestCase("/wallet/icon-512-maskable.png", "image/png")]
    public async Task Part_OfTheWallet_IsServedAsWhatItIs(string path, string type)
    {
        using var web = new HttpClient { BaseAddress = Beijing.Web };

        using var part = await web.GetAsync(new Uri(path, UriKind.Relative));
        Assert.That((part.StatusCode, part.Content.Headers.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.OK, type)));
        Assert.That(part.Headers.GetValues("Service-Worker-Allowed").Single(), Is.EqualTo("/wallet"));
        Assert.That(part.Headers.CacheControl?.NoCache, Is.True, "Its name stays while its content changes.");
    }

    [TestCase("/wallet/index.html")]
    [TestCase("/wallet/../trust-list.cose")]
    [TestCase("/wallet/nothing.js")]
    public async Task Path_UnderTheWalletThatIsNoPart_IsNotThere(string path)
    {
        using var web = new HttpClient { BaseAddress = Beijing.Web };

        using var answer = await web.GetAsync(new Uri(path, UriKind.Relative));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private JsonNode? _measured;

    protected override async Task PrepareAsync()
    {
        var region = TestFederation.Beijing;
        await Beijing.ImportAsync(
            TestLicences.IdentityCard(region, Adult),
            TestLicences.DrivingLicence(region, Adult),
            TestLicences.HouseholdRegister(region, Adult),
            TestLicences.BusinessLicence(region, Adult),
            TestLicences.BirthCertificate(region, Adult),
            TestLicences.IdentityCard(region, OfTheCounter));
        _toBeRevoked = await Beijing.TakeAsync(TestLicences.IdentityCard(region, ToBeRevoked));
        await base.PrepareAsync();
    }

    private protected override async Task<JsonNode?> AnswerAsync(string what, JsonNode? argument)
    {
        switch (what)
        {
            case "people":
                return new JsonObject
                {
                    ["adult"] = TestLicences.Person(TestFederation.Beijing, Adult),
                    ["toBeRevoked"] = TestLicences.Person(TestFederation.Beijing, ToBeRevoked),
                    ["ofTheCounter"] = TestLicences.Person(TestFederation.Beijing, OfTheCounter),
                };
            case "revoke-by-command":
                await RevokeAsync(_toBeRevoked.Record.Id.ToString());
                return true;
            case "measured":
                _measured = argument;
                return true;
            default:
                return await base.AnswerAsync(what, argument);
        }
    }

    private async Task RevokeAsync(string licenceId)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.RunAsync(
            ["licence", "status", licenceId, "--set", "revoked", "--reason", "test", "--node", Beijing.Api.ToString(), "--identity", Federation.PathOf("110000/authority")],
            new InvocationConfiguration { Output = output, Error = error });
        Assert.That(code, Is.Zero, error.ToString());
    }
}
