using System.Security.Cryptography.X509Certificates;
using CrossProvince.Cli.Trust;
using CrossProvince.Core.Trust;
using PublicKey = CrossProvince.Core.Signatures.PublicKey;

namespace CrossProvince.Cli.Tests.Certs;

/// <summary>The committed <c>certs-sample/</c>.</summary>
public sealed class SampleCertificatesTests
{
    private static readonly string s_samples = Path.Combine(CertificateCommands.Repository, "certs-sample");

    [Test]
    public void SampleKeys_EveryCommittedKey_IsKnown()
    {
        foreach (var file in Directory.GetFiles(s_samples, "*.pub.pem", SearchOption.AllDirectories))
        {
            Assert.That(SampleKeys.Contains(PublicKey.FromPem(File.ReadAllText(file)).Spki.Span), Is.True, file);
        }

        foreach (var file in Directory.GetFiles(s_samples, "*cert.pem", SearchOption.AllDirectories))
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
            Assert.That(SampleKeys.Contains(certificate.PublicKey.ExportSubjectPublicKeyInfo()), Is.True, file);
            Assert.That(certificate.Subject, Does.Contain("SAMPLE"), file);
            Assert.That((certificate.NotAfter.ToUniversalTime().Year, certificate.NotBefore.ToUniversalTime().Year), Is.EqualTo((2036, 2026)), file);
        }
    }

    [Test]
    public void TrustList_Committed_IsThatOfItsSourceAndCatalogue()
    {
        PublicKey[] roots = [.. Enumerable.Range(1, 3).Select(i => PublicKey.FromPem(File.ReadAllText(Path.Combine(s_samples, $"roots/root-{i}.pub.pem"))))];
        var signed = TrustListDocument.Open(File.ReadAllBytes(Path.Combine(s_samples, "trust-list.cose")), new TrustRoots(roots));
        var catalogue = CatalogueDirectory.Read(CertificateCommands.Catalogue);
        var source = TrustListFile.Read(Path.Combine(s_samples, "trust-list.json")).Resolve(s_samples, catalogue.Hash);

        Assert.That(
            TrustListDocument.EncodePayload(signed), Is.EqualTo(TrustListDocument.EncodePayload(source)), "make it anew: certs-sample/README.md says how");
    }
}
