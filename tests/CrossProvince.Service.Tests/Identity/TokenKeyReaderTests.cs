using System.Security.Cryptography;
using CrossProvince.Service.Identity;
using Microsoft.IdentityModel.Tokens;

namespace CrossProvince.Service.Tests.Identity;

/// <summary>Which keys are taken for keys of signatures.</summary>
public sealed class TokenKeyReaderTests
{
    [Test]
    public void FromPem_P256_IsTaken()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.That(TokenKeyReader.FromPem(key.ExportSubjectPublicKeyInfoPem()), Is.TypeOf<ECDsaSecurityKey>());
    }

    [Test]
    public void FromPem_Rsa2048_IsTaken()
    {
        using var key = RSA.Create(2048);

        Assert.That(TokenKeyReader.FromPem(key.ExportSubjectPublicKeyInfoPem()), Is.TypeOf<RsaSecurityKey>());
    }

    [Test]
    public void FromPem_OtherCurve_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Assert.That(() => TokenKeyReader.FromPem(key.ExportSubjectPublicKeyInfoPem()), Throws.TypeOf<InvalidDataException>().With.Message.Contains("another curve"));
    }

    [Test]
    public void FromPem_ShortRsa_IsRefused()
    {
        using var key = RSA.Create(1024);

        Assert.That(() => TokenKeyReader.FromPem(key.ExportSubjectPublicKeyInfoPem()), Throws.TypeOf<InvalidDataException>().With.Message.Contains("2048"));
    }

    [TestCase("")]
    [TestCase("nonsense")]
    [TestCase("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")]
    public void FromPem_Nonsense_IsRefused(string pem) => Assert.That(() => TokenKeyReader.FromPem(pem), Throws.TypeOf<InvalidDataException>());

    [TestCase("""{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}""")]
    [TestCase("""{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}""")]
    [TestCase("""{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}""")]
    [TestCase("""{"kty":"EC","crv":"P-256"}""")]
    [TestCase("""{"kty":"RSA","n":"AQAB","e":"AQAB"}""")]
    [TestCase("""{"kty":"RSA"}""")]
    [TestCase("""{"kty":"OKP","crv":"Ed25519","x":"AA"}""")]
    public void FromJwks_NoUsableKey_IsRefused(string key) =>
        Assert.That(() => TokenKeyReader.FromJwks($$"""{"keys":[{{key}}]}""", refuseSamples: false), Throws.TypeOf<InvalidDataException>().With.Message.Contains("has no key"));

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("{")]
    public void FromJwks_NoKeySet_IsRefused(string json) => Assert.That(() => TokenKeyReader.FromJwks(json, refuseSamples: false), Throws.TypeOf<InvalidDataException>());

    [TestCase("sig", true)]
    [TestCase("enc", false)]
    public void FromJwks_KeyForAUse_IsTakenForSignaturesOnly(string use, bool expected)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(false).Q;
        var json = $$"""{"keys":[{"kty":"EC","crv":"P-256","kid":"k","use":"{{use}}","x":"{{Base64UrlEncoder.Encode(point.X)}}","y":"{{Base64UrlEncoder.Encode(point.Y)}}"}]}""";

        Assert.That(() => TokenKeyReader.FromJwks(json, refuseSamples: false).Single().KeyId, expected ? Is.EqualTo("k") : Throws.TypeOf<InvalidDataException>());
    }

    [TestCase(false)]
    [TestCase(true)]
    public void FromJwks_SampleKey_IsForDevelopmentOnly(bool refuse)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "certs-sample", "tokens", "issuer.pub.pem")));
        var point = key.ExportParameters(false).Q;
        var json = $$"""{"keys":[{"kty":"EC","crv":"P-256","x":"{{Base64UrlEncoder.Encode(point.X)}}","y":"{{Base64UrlEncoder.Encode(point.Y)}}"}]}""";

        Assert.That(() => TokenKeyReader.FromJwks(json, refuse).Count, refuse ? Throws.TypeOf<InvalidDataException>() : Is.EqualTo(1));
    }
}
