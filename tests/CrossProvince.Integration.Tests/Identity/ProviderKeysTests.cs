using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Integration.Tests.Nodes;
using Grpc.Core;
using static CrossProvince.Integration.Tests.Nodes.Refusal;

namespace CrossProvince.Integration.Tests.Identity;

/// <summary>Keys that a node fetches from identity providers over TLS: found, rotated, kept while the provider is away.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class ProviderKeysTests
{
    private TestProvider _provider = null!;
    private string _authority = "";

    [SetUp]
    public void MakeProvider()
    {
        _provider = new TestProvider("https://web.example");
        _provider.AddEc("k1");
        _authority = Path.Combine(Directory.CreateTempSubdirectory("crossprovince-").FullName, "ca.pem");
    }

    [TearDown]
    public async Task DisposeProviderAsync()
    {
        await _provider.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(_authority)!, recursive: true);
    }

    [TestCase("JwksUrl", "jwks")]
    [TestCase("DiscoveryUrl", ".well-known/openid-configuration")]
    public async Task ListLicences_KeyRotatedAndProviderAway_NobodyIsRefused(string setting, string path)
    {
        await using var federation = await StartAsync(setting, path);
        await List(federation, "k1");
        var before = _provider.Served;
        await List(federation, "k1");
        Assert.That(_provider.Served, Is.EqualTo(before), "Keys are not fetched for each token.");

        _provider.AddEc("k2");
        federation.Clock.Move(TimeSpan.FromSeconds(11));
        await List(federation, "k2");
        await _provider.StopAsync();
        federation.Clock.Move(TimeSpan.FromMinutes(11));

        await List(federation, "k2");
        Assert.That(_provider.Served, Is.EqualTo(before + 1));
        await WarnedAsync(federation);
    }

    [Test]
    public async Task ListLicences_ProviderAwayFromTheStart_SaysWhenToTryAgainAndRecovers()
    {
        await using var federation = await StartAsync("JwksUrl", "jwks", serve: false);
        var error = Of(async () => await List(federation, "k1"));
        await _provider.StartAsync(federation);
        federation.Clock.Move(TimeSpan.FromSeconds(11));

        Assert.That((error.StatusCode, error.Reason, error.RetryAfter), Is.EqualTo((StatusCode.Unavailable, "TOKEN_KEYS_UNAVAILABLE", TimeSpan.FromSeconds(10))));
        Assert.That(async () => await List(federation, "k1"), Throws.Nothing);
    }

    [Test]
    public async Task ListLicences_ProviderAwayLongerThanKeysMayBeUsed_IsUnavailable()
    {
        await using var federation = await StartAsync("JwksUrl", "jwks");
        await List(federation, "k1");
        await _provider.StopAsync();
        federation.Clock.Move(TimeSpan.FromHours(25));

        Assert.That(Of(async () => await List(federation, "k1")).Reason, Is.EqualTo("TOKEN_KEYS_UNAVAILABLE"));
    }

    [Test]
    public async Task ListLicences_KeyWithdrawn_IsRefusedAfterTheNextFetch()
    {
        await using var federation = await StartAsync("JwksUrl", "jwks");
        _provider.AddEc("k2");
        var withdrawn = Token(federation, "k1");
        await List(federation, withdrawn, token: true);
        _provider.Forget("k1");
        federation.Clock.Move(TimeSpan.FromMinutes(11));
        await List(federation, "k2");
        await Eventually.HoldsAsync(async () => await ReasonAsync(federation, withdrawn) == "TOKEN_KEY_UNKNOWN", "the withdrawn key is refused");
    }

    [Test]
    public async Task ListLicences_DocumentOfAnotherIssuer_IsNotTaken()
    {
        _provider.Described = "https://other.example";
        await using var federation = await StartAsync("DiscoveryUrl", ".well-known/openid-configuration");

        Assert.That(Of(async () => await List(federation, "k1")).Reason, Is.EqualTo("TOKEN_KEYS_UNAVAILABLE"));
        Assert.That(federation.Logs.Has("describes another issuer"), Is.True);
    }

    [Test]
    public async Task ListLicences_ProvidersCertificateOfAnotherAuthority_IsNotTaken()
    {
        await using var federation = await StartAsync("JwksUrl", "jwks", authorityOf: "120000");

        Assert.That(Of(async () => await List(federation, "k1")).Reason, Is.EqualTo("TOKEN_KEYS_UNAVAILABLE"));
        Assert.That(_provider.Served, Is.Zero);
    }

    private async Task<TestFederation> StartAsync(string setting, string path, bool serve = true, string authorityOf = "110000")
    {
        var federation = await TestFederation.StartAsync(new FederationPlan
        {
            Running = [],
            Settings = new Dictionary<string, string>
            {
                ["Tokens:Issuers:0:Issuer"] = _provider.Name,
                ["Tokens:Issuers:0:Audience"] = TestProvider.Audience,
                [$"Tokens:Issuers:0:{setting}"] = new Uri(_provider.Url, path).ToString(),
                ["Tokens:Issuers:0:CaFile"] = _authority,
            },
        });
        File.Copy(federation.PathOf($"{authorityOf}/ca.cert.pem"), _authority);
        if (serve)
        {
            await _provider.StartAsync(federation);
        }

        await federation[TestFederation.Beijing].StartAsync();
        return federation;
    }

    private static Task WarnedAsync(TestFederation federation) =>
        Eventually.HoldsAsync(() => federation.Logs.Has("the last good ones stay in use"), "the node says that the provider is away");

    private string Token(TestFederation federation, string kid) => _provider.Token(
        federation[TestFederation.Beijing].Clock, new() { ["holder_code"] = "11010519491231002X", ["holder_code_type"] = "111", ["loa"] = "high" }, kid);

    private async Task<ListLicencesResponse> List(TestFederation federation, string kid, bool token = false) =>
        await federation[TestFederation.Beijing].Connect("verifier").Presentations(token ? kid : Token(federation, kid)).ListLicencesAsync(new ListLicencesRequest());

    private async Task<string?> ReasonAsync(TestFederation federation, string token)
    {
        try
        {
            await List(federation, token, token: true);
            return null;
        }
        catch (CrossProvince.Client.Connecting.NodeException e)
        {
            return e.Reason;
        }
    }
}
