using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;
using PublicKey = CrossProvince.Core.Signatures.PublicKey;

namespace CrossProvince.Cli.Tests.Certs;

public sealed class CertsCommandTests
{
    private CertificateCommands _commands = null!;

    [SetUp]
    public void SetUp() => _commands = new CertificateCommands();

    [TearDown]
    public void TearDown() => _commands.Dispose();

    [Test]
    public void New_Everything_FitsTogether()
    {
        _commands.RunNew("--sample", "--years", "3", "--api", "120000=https://127.0.0.1:9999", "--key-hashes", _commands.PathOf("hashes"));

        var all = _commands.PathOf("all");
        PublicKey Public(string name) => PublicKey.FromPem(File.ReadAllText(Path.Combine(all, name)));
        var roots = new TrustRoots([Public("roots/root-1.pub.pem"), Public("roots/root-2.pub.pem"), Public("roots/root-3.pub.pem")]);
        var list = TrustListDocument.Open(File.ReadAllBytes(Path.Combine(all, "trust-list.cose")), roots);
        Assert.That(list.Regions.Select(region => region.ApiEndpoint), Is.EqualTo(["https://127.0.0.1:7443", "https://127.0.0.1:9999", "https://127.0.0.1:7445"]));
        Assert.That(list.ExpiresAt, Is.EqualTo(DateTimeOffset.FromUnixTimeSeconds(list.IssuedAt).AddYears(3).ToUnixTimeSeconds()));
        foreach (var region in list.Regions)
        {
            foreach (var (name, use, algorithm) in new[]
            {
                ("code", KeyUse.Code, SignatureAlgorithm.Sm2), ("code-esp256", KeyUse.Code, SignatureAlgorithm.Esp256),
                ("index", KeyUse.Index, SignatureAlgorithm.Sm2), ("receipt", KeyUse.Receipt, SignatureAlgorithm.Sm2),
            })
            {
                var key = SoftwareSigner.FromPem(File.ReadAllText(Path.Combine(all, $"{region.Code}/keys/{name}.key.pem"))).PublicKey;
                Assert.That((key.Algorithm, list.FindKeys(region.Code, key.Id, use).Length, Public($"{region.Code}/keys/{name}.pub.pem")), Is.EqualTo((algorithm, 1, key)));
            }

            foreach (var role in new[] { "node", "verifier", "authority" })
            {
                using var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(all, $"{region.Code}/{role}/cert.pem"), Path.Combine(all, $"{region.Code}/{role}/key.pem"));
                Assert.That(certificate.Subject, Does.Contain("SAMPLE"));
                Assert.That(ChainEndsIn(certificate, region.CertificateAuthorities[0]), Is.True);
                Assert.That(Names(certificate), Does.Match($"URI.urn:crossprovince:{region.Code}:{role}:[0-9A-Z]{{18}}"));
                Assert.That(Uses(certificate), Is.EqualTo(role == "node" ? "1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.2"));
            }
        }

        var driving = Public("130000/keys/code-driving.pub.pem");
        Assert.That(list.FindKeys(list.Regions[2].Code, driving.Id, KeyUse.Code)[0].Types, Is.EqualTo([11, 12]));
        Assert.That(File.ReadAllLines(_commands.PathOf("hashes")), Has.Length.EqualTo(29).And.Contains(Convert.ToHexStringLower(SHA256.HashData(driving.Spki.Span))));
    }

    [Test]
    [Platform(Exclude = "Win")]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void New_PrivateKeys_AreTheirOwnersOnly()
    {
        _commands.RunNew("--regions", "110000");

        var secrets = Directory.GetFiles(_commands.PathOf("all"), "*.pem", SearchOption.AllDirectories).Where(file => File.ReadAllText(file).Contains("PRIVATE", StringComparison.Ordinal)).ToArray();
        Assert.That(secrets, Has.Length.EqualTo(12));
        Assert.That(secrets.Select(File.GetUnixFileMode), Is.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void New_FilesThere_AreKeptUnlessForced()
    {
        _commands.RunNew("--regions", "110000");
        var root = _commands.PathOf("all/roots/root-1.key.pem");
        var before = File.ReadAllText(root);

        Assert.That(() => _commands.RunNew("--regions", "110000"), Throws.TypeOf<UsageException>().With.Message.Contains("--force"));
        Assert.That(File.ReadAllText(root), Is.EqualTo(before));

        _commands.RunNew("--regions", "110000", "--force");
        Assert.That(File.ReadAllText(root), Is.Not.EqualTo(before));
    }

    [TestCase("--regions", "11000")]
    [TestCase("--years", "0")]
    [TestCase("--years", "31")]
    [TestCase("--from", "tomorrow")]
    [TestCase("--api", "110000")]
    [TestCase("--api", "110000=http://127.0.0.1")]
    public void New_BadValue_IsRefused(string option, string value) => Assert.That(() => _commands.RunNew(option, value), Throws.TypeOf<UsageException>());

    [Test]
    public void Authority_MayNotBeginAnotherAuthority()
    {
        CertificateCommands.Run("certs", "ca", "--region", "110000", "--organisation", "北京市", "--out", _commands.PathOf("ca"));

        using var certificate = X509CertificateLoader.LoadCertificateFromFile(_commands.PathOf("ca/ca.cert.pem"));
        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.That((constraints.CertificateAuthority, constraints.HasPathLengthConstraint, constraints.PathLengthConstraint, constraints.Critical), Is.EqualTo((true, true, 0, true)));
        Assert.That(certificate.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages, Is.EqualTo(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign));
        Assert.That(certificate.Subject, Does.Contain("北京市").And.Not.Contain("SAMPLE"));
    }

    [Test]
    public void Identity_Node_HasItsHosts()
    {
        MakeIdentity("node", "91110000802100433B", "--host", "node.example", "10.0.0.1");

        using var certificate = X509Certificate2.CreateFromPemFile(_commands.PathOf("id/cert.pem"), _commands.PathOf("id/key.pem"));
        Assert.That(Names(certificate), Does.Contain("node.example").And.Contain("10.0.0.1").And.Contain("urn:crossprovince:110000:node:91110000802100433B"));
        Assert.That(certificate.SerialNumber, Has.Length.EqualTo(32));
        Assert.That(certificate.NotAfter, Is.LessThan(DateTime.Now.AddYears(3)));
        using var authority = X509CertificateLoader.LoadCertificateFromFile(_commands.PathOf("ca/ca.cert.pem"));
        Assert.That(ChainEndsIn(certificate, authority.RawData), Is.True);
    }

    [Test]
    public void Identity_LongerThanItsAuthority_IsCut()
    {
        MakeIdentity("verifier", "91110000802100433B", "--years", "20");

        using var certificate = X509CertificateLoader.LoadCertificateFromFile(_commands.PathOf("id/cert.pem"));
        using var authority = X509CertificateLoader.LoadCertificateFromFile(_commands.PathOf("ca/ca.cert.pem"));
        Assert.That(certificate.NotAfter, Is.EqualTo(authority.NotAfter));
    }

    [Test]
    public void Identity_WrongOrganisation_IsRefused() =>
        Assert.That(() => MakeIdentity("verifier", "91110000802100433C"), Throws.TypeOf<UsageException>().With.Message.Contains("91110000802100433C"));

    [TestCase("sm2", SignatureAlgorithm.Sm2)]
    [TestCase("esp256", SignatureAlgorithm.Esp256)]
    public void Key_Algorithm_IsMade(string name, SignatureAlgorithm algorithm)
    {
        CertificateCommands.Run("certs", "key", "--out", _commands.Directory, "--name", "code", "--algorithm", name);

        var key = SoftwareSigner.FromPem(File.ReadAllText(_commands.PathOf("code.key.pem"))).PublicKey;
        Assert.That((key.Algorithm, PublicKey.FromPem(File.ReadAllText(_commands.PathOf("code.pub.pem")))), Is.EqualTo((algorithm, key)));
    }

    [Test]
    public void Root_Twice_IsRefused()
    {
        CertificateCommands.Run("certs", "root", "--out", _commands.Directory, "--name", "root-1");

        Assert.That(() => CertificateCommands.Run("certs", "root", "--out", _commands.Directory, "--name", "root-1"), Throws.TypeOf<UsageException>());
    }

    private static bool ChainEndsIn(X509Certificate2 certificate, ReadOnlyMemory<byte> authority)
    {
        using var root = X509CertificateLoader.LoadCertificate(authority.Span);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private static string Names(X509Certificate2 certificate) => certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().Format(multiLine: true);

    private static string Uses(X509Certificate2 certificate) =>
        string.Join(' ', certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(oid => oid.Value));

    private void MakeIdentity(string role, string organisation, params ReadOnlySpan<string> more)
    {
        CertificateCommands.Run("certs", "ca", "--region", "110000", "--organisation", "Beijing", "--out", _commands.PathOf("ca"));
        CertificateCommands.Run(["certs", "identity", "--region", "110000", "--role", role, "--organisation", organisation, "--ca", _commands.PathOf("ca"), "--out", _commands.PathOf("id"), .. more]);
    }
}
