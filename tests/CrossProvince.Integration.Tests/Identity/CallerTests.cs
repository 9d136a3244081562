using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Identity;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using static CrossProvince.Integration.Tests.Nodes.Refusal;

namespace CrossProvince.Integration.Tests.Identity;

/// <summary>Who is let in, who is not, and that the answer says why.</summary>
public sealed class CallerTests : FederationFixture
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static readonly VerifyRequest s_request = new() { Code = "x", TerminalId = "t" };
    private static readonly string s_name = $"urn:crossprovince:110000:verifier:{SampleOrganisations.Code(TestFederation.Beijing, IdentityRole.Verifier)}";

    internal override FederationPlan Plan { get; } = new() { Running = [TestFederation.Beijing] };

    [Test]
    public async Task Verify_NoCertificate_IsUnauthenticated() => await RefusesAsync(null, "Neither a client certificate nor a bearer token");

    [Test]
    public async Task Verify_CertificateOfTheRegionsAuthority_IsTaken()
    {
        using var certificate = Make([s_name], ClientAuthentication);
        using var channel = new RawChannel(Beijing, certificate);

        Assert.That((await new VerificationService.VerificationServiceClient(channel.Calls).VerifyAsync(s_request)).Verification.Verdict, Is.EqualTo(Verdict.Malformed));
    }

    [Test]
    public async Task Verify_SelfMadeCertificate_IsUnauthenticated()
    {
        using var certificate = Make([s_name], ClientAuthentication, selfSigned: true);
        await RefusesAsync(certificate, "does not end in a CA");
    }

    [Test]
    public async Task Verify_CertificateByAnotherRegionsAuthority_IsUnauthenticated()
    {
        using var certificate = Make([s_name], ClientAuthentication, by: TestFederation.Tianjin);
        await RefusesAsync(certificate, "does not end in a CA that the trust list names for region 110000");
    }

    [Test]
    public async Task Verify_CertificateOfRegionNotInTheTrustList_IsUnauthenticated()
    {
        using var certificate = Make([s_name.Replace("110000", "310000", StringComparison.Ordinal)], ClientAuthentication);
        await RefusesAsync(certificate, "not in the trust list");
    }

    [Test]
    public async Task Verify_ExpiredCertificate_IsUnauthenticated()
    {
        using var certificate = Make([s_name], ClientAuthentication, until: TimeProvider.System.GetUtcNow().AddDays(-1));
        await RefusesAsync(certificate, "expired or not yet valid");
    }

    [Test]
    public async Task Verify_CertificateForServersOnly_IsUnauthenticated()
    {
        using var certificate = Make([s_name], ServerAuthentication);
        await RefusesAsync(certificate, "lacks clientAuth");
    }

    [Test]
    public async Task Verify_CertificateWithoutName_IsUnauthenticated()
    {
        using var certificate = Make(["urn:other:1"], ClientAuthentication);
        await RefusesAsync(certificate, "not exactly one name");
    }

    [Test]
    public async Task Verify_CertificateWithTwoNames_IsUnauthenticated()
    {
        using var certificate = Make([s_name, s_name.Replace("verifier", "node", StringComparison.Ordinal)], ClientAuthentication);
        await RefusesAsync(certificate, "not exactly one name");
    }

    [Test]
    public async Task Verify_CertificateWithUnknownRole_IsUnauthenticated()
    {
        using var certificate = Make([s_name.Replace("verifier", "president", StringComparison.Ordinal)], ClientAuthentication);
        await RefusesAsync(certificate, "not exactly one name");
    }

    [Test]
    public void Verify_VerifierOfAnotherRegion_IsUnauthenticated() =>
        Beijing.Connect("../120000/verifier").Verifications.VerifyAsync(s_request).IsRefused(StatusCode.Unauthenticated, "node of their own region");

    [Test]
    public void Verify_OrganisationNotInThePartnerFile_IsUnauthenticated()
    {
        var identity = Beijing.MakeIdentity(IdentityRole.Verifier, SampleOrganisations.Code(TestFederation.Beijing, (IdentityRole)5));

        Beijing.Connect(identity).Verifications.VerifyAsync(s_request).IsRefused(StatusCode.Unauthenticated, "not in this node's partner file");
    }

    [Test]
    public async Task Verify_RevokedWhileConnected_IsUnauthenticated()
    {
        var organisation = SampleOrganisations.Code(TestFederation.Beijing, (IdentityRole)6);
        await Beijing.ChangePartnersAsync(o => o.Add(new JsonObject { ["organisation"] = organisation, ["role"] = "verifier" }));
        var client = Beijing.Connect(Beijing.MakeIdentity(IdentityRole.Verifier, organisation)).Verifications;
        await client.VerifyAsync(s_request);
        await Beijing.ChangePartnersAsync(o => o.Single(e => (string)e!["organisation"]! == organisation)!["revoked"] = true);

        client.VerifyAsync(s_request).IsRefused(StatusCode.Unauthenticated, "revoked");
    }

    /// <summary>A caller is described once for a judgement of his certificate; the partner file is asked for every request all the same.</summary>
    [Test]
    public async Task Identify_ScenariosChangedWhileConnected_AreTheNewOnes()
    {
        var organisation = SampleOrganisations.Code(TestFederation.Beijing, (IdentityRole)7);
        await Beijing.ChangePartnersAsync(o => o.Add(new JsonObject { ["organisation"] = organisation, ["role"] = "verifier", ["scenarios"] = new JsonArray("counter-check") }));
        using var certificate = Make([$"urn:crossprovince:110000:verifier:{organisation}"], ClientAuthentication);
        var context = new DefaultHttpContext();
        context.Connection.ClientCertificate = certificate;
        var callers = Beijing.Services.GetRequiredService<Callers>();
        var before = callers.Identify(context);

        await Beijing.ChangePartnersAsync(o => o.Single(e => (string)e!["organisation"]! == organisation)!["scenarios"] = new JsonArray("hotel-checkin"));

        Assert.That(before.Rights.Scenarios, Is.EqualTo(new[] { "counter-check" }));
        Assert.That(callers.Identify(context).Rights.Scenarios, Is.EqualTo(new[] { "hotel-checkin" }));
    }

    [Test]
    public async Task Verify_PartnerFileBroken_KeepsTheLastGoodOne()
    {
        var good = await File.ReadAllTextAsync(Beijing.PartnerFile);
        Federation.Logs.Declare("The last good one stays in use");
        Beijing.WritePartners("{");
        await Task.Delay(TimeSpan.FromMilliseconds(1_100));

        var answer = await Beijing.Verifications.VerifyAsync(s_request);

        Beijing.WritePartners(good);
        Assert.That(answer.Verification.Verdict, Is.EqualTo(Verdict.Malformed));
    }

    [Test]
    public void GetLicence_ByVerifier_IsDenied() =>
        Beijing.Connect("verifier").Licences.GetLicenceAsync(new GetLicenceRequest { LicenceId = "x" }).IsRefused(StatusCode.PermissionDenied, "not open to role verifier");

    [Test]
    public void ImportLicences_ByVerifier_IsDenied() => IsRefused(
        () => TestNode.ImportLinesAsync(Beijing.Connect("verifier").Licences, "x"), StatusCode.PermissionDenied, "not open to role verifier");

    [Test]
    public void ChangeStatus_ByNode_IsDenied() =>
        Beijing.Connect("../120000/node").Licences.ChangeStatusAsync(new ChangeStatusRequest()).IsRefused(StatusCode.PermissionDenied, "not open to role node");

    [Test]
    public void Verify_ByAuthority_IsDenied() =>
        Beijing.Connect("authority").Verifications.VerifyAsync(s_request).IsRefused(StatusCode.PermissionDenied, "not open to role authority");

    [Test]
    public void ListLicences_TokenExpired_IsUnauthenticated() => WithToken(OfAge(TimeSpan.FromHours(2))).IsRefused(StatusCode.Unauthenticated, "expired");

    [Test]
    public void ListLicences_TokenNotYetValid_IsUnauthenticated() => WithToken(OfAge(TimeSpan.FromHours(-2))).IsRefused(StatusCode.Unauthenticated, "not valid yet");

    [Test]
    public void ListLicences_TokenWithoutEnd_IsUnauthenticated() => WithToken(TestTokens.WithoutEnd()).IsRefused(StatusCode.Unauthenticated, "no end");

    [Test]
    public void ListLicences_TokenOfAnotherKey_IsUnauthenticated()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        WithToken(TestTokens.Make(Beijing.Clock, new() { ["holder_code"] = "1" }, key)).IsRefused(StatusCode.Unauthenticated, "signature");
    }

    [Test]
    public void ListLicences_TokenIsNoToken_IsUnauthenticated() => WithToken("abc").IsRefused(StatusCode.Unauthenticated, "not a bearer token");

    [Test]
    public void ListLicences_TokenNamesNobody_IsUnauthenticated() =>
        WithToken(TestTokens.Make(Beijing.Clock, [])).IsRefused(StatusCode.Unauthenticated, "names neither a holder");

    [TestCase("/v1/heads/110000")]
    [TestCase("/v1/lists/110000/0/chunkHashes")]
    [TestCase("/v1/lists/110000/0/chunks/0")]
    public async Task Index_NoCertificate_Is401(string path)
    {
        using var channel = new RawChannel(Beijing, null);

        Assert.That((await channel.Http.GetAsync(new Uri(path, UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("/v1/heads/110000")]
    [TestCase("/v1/lists/110000/0/chunkHashes")]
    [TestCase("/v1/lists/110000/0/chunks/0")]
    public async Task Index_Authority_Is403(string path) => Assert.That(await StatusAsync("authority", path), Is.EqualTo(HttpStatusCode.Forbidden));

    [TestCase("/v1/heads/110000")]
    [TestCase("/v1/lists/110000/0/chunkHashes")]
    [TestCase("/v1/lists/110000/0/chunks/0")]
    public async Task Index_VerifierOrNode_IsServed(string path) => Assert.That(
        new[] { await StatusAsync("verifier", path), await StatusAsync("../120000/node", path) }, Is.All.EqualTo(HttpStatusCode.OK));

    [TestCase("/v1/heads/120000")]
    [TestCase("/v1/heads/abc")]
    [TestCase("/v1/lists/110000/9/chunkHashes")]
    [TestCase("/v1/lists/110000/0/chunks/256")]
    [TestCase("/v1/lists/110000/0/chunks/-1")]
    [TestCase("/v1/lists/110000/0/chunkHashes?root=00")]
    [TestCase("/v1/lists/110000/0/chunkHashes?root=0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task Index_NotHeld_Is404(string path) => Assert.That(await StatusAsync("verifier", path), Is.EqualTo(HttpStatusCode.NotFound));

    [Test]
    public async Task Api_OnTheWebListener_IsNotServed()
    {
        using var http = new HttpClient { BaseAddress = Beijing.Web };

        Assert.That((await http.GetAsync(new Uri("/v1/heads/110000", UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("/healthz/live")]
    [TestCase("/healthz/ready")]
    public async Task Health_OfARunningNode_IsGood(string path)
    {
        using var http = new HttpClient { BaseAddress = Beijing.Web };

        Assert.That((await http.GetAsync(new Uri(path, UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    protected override async Task PrepareAsync()
    {
        await Beijing.ImportAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        await Federation.CatchUpAsync();
    }

    private string OfAge(TimeSpan age) => TestTokens.Make(Beijing.Clock, new() { ["holder_code"] = "1" }, age: age);

    private async Task RefusesAsync(X509Certificate2? certificate, string saying)
    {
        using var channel = new RawChannel(Beijing, certificate);
        RpcException? error = null;
        try
        {
            await new VerificationService.VerificationServiceClient(channel.Calls).VerifyAsync(s_request);
        }
        catch (RpcException e)
        {
            error = e;
        }

        Assert.That(error?.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
        Assert.That(error?.Status.Detail, Does.Contain(saying));
    }

    private AsyncUnaryCall<ListLicencesResponse> WithToken(string token) => Beijing.Connect("verifier").Presentations(token).ListLicencesAsync(new ListLicencesRequest());

    private async Task<HttpStatusCode> StatusAsync(string identity, string path)
    {
        using var response = await Beijing.Connect(identity).Http.GetAsync(new Uri(path, UriKind.Relative));
        return response.StatusCode;
    }

    /// <summary>A certificate with any names, for any use, by any region's authority.</summary>
    private X509Certificate2 Make(string[] uris, string usage, RegionCode? by = null, bool selfSigned = false, DateTimeOffset? until = null)
    {
        var region = by ?? TestFederation.Beijing;
        using var authority = X509Certificate2.CreateFromPemFile(Federation.PathOf($"{region}/ca.cert.pem"), Federation.PathOf($"{region}/ca.key.pem"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var uri in uris)
        {
            names.AddUri(new Uri(uri));
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        var from = TimeProvider.System.GetUtcNow().AddDays(-3);
        var end = until ?? from.AddDays(30);
        using var certificate = selfSigned ? request.CreateSelfSigned(from, end) : request.Create(authority, from, end, [1, .. RandomNumberGenerator.GetBytes(8)]);
        using var withKey = selfSigned ? null : certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12((withKey ?? certificate).Export(X509ContentType.Pkcs12), null);
    }
}
