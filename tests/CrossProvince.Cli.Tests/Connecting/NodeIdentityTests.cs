using CrossProvince.Cli.Tests.Fakes;
using CrossProvince.Client.Connecting;

namespace CrossProvince.Cli.Tests.Connecting;

internal sealed class NodeIdentityTests
{
    private string _folder = null!;
    private TestAuthority _authority = null!;

    private string Identity => Path.Combine(_folder, "identity");

    [SetUp]
    public void MakeIdentity()
    {
        _folder = Directory.CreateTempSubdirectory("crossprovince-").FullName;
        _authority = new TestAuthority();
        _authority.WriteIdentity(Identity);
    }

    [TearDown]
    public void RemoveIdentity()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void Load_GoodDirectory_KnowsItsName()
    {
        using var identity = NodeIdentity.Load(Identity);
        Assert.That(identity.Name.ToString(), Is.EqualTo("urn:crossprovince:110000:verifier:91110000802100433B"));
        Assert.That(identity.Certificate.HasPrivateKey, Is.True);
    }

    [Test]
    public void Load_NoDirectory_SaysSo() => AssertRefused(Path.Combine(_folder, "none"), "does not exist");

    [TestCase("cert.pem")]
    [TestCase("key.pem")]
    [TestCase("ca.pem")]
    public void Load_FileMissing_NamesIt(string file)
    {
        File.Delete(Path.Combine(Identity, file));
        AssertRefused(Identity, $"lacks {Path.Combine(Identity, file)}");
    }

    [TestCase("cert.pem", "holds no PEM certificate")]
    [TestCase("key.pem", "is not the PEM private key of cert.pem")]
    [TestCase("ca.pem", "holds no PEM certificate")]
    public void Load_FileIsNotPem_NamesIt(string file, string reason)
    {
        File.WriteAllText(Path.Combine(Identity, file), "not PEM");
        AssertRefused(Identity, $"{Path.Combine(Identity, file)} {reason}");
    }

    [Test]
    public void Load_CertificateDamaged_NamesIt()
    {
        File.WriteAllText(Path.Combine(Identity, "cert.pem"), "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
        AssertRefused(Identity, "cert.pem holds no PEM certificate");
    }

    [Test]
    public void Load_KeyOfAnother_IsRefused()
    {
        var other = _authority.WriteIdentity(Path.Combine(_folder, "other"));
        File.Copy(Path.Combine(other, "key.pem"), Path.Combine(Identity, "key.pem"), overwrite: true);
        AssertRefused(Identity, "is not the PEM private key of cert.pem");
    }

    [Test]
    public void Load_FileIsADirectory_SaysThatItCanNotBeRead()
    {
        File.Delete(Path.Combine(Identity, "ca.pem"));
        Directory.CreateDirectory(Path.Combine(Identity, "ca.pem"));
        AssertRefused(Identity, "ca.pem can't be read");
    }

    [Test]
    public void Load_Expired_SaysSinceWhen()
    {
        _authority.WriteIdentity(Identity, notAfter: DateTimeOffset.UtcNow.AddDays(-3));
        AssertRefused(Identity, "expired on");
    }

    [TestCase(null)]
    [TestCase("urn:crossprovince:110000:king:91110000802100433B")]
    [TestCase("urn:crossprovince:11:node:91110000802100433B")]
    [TestCase("urn:crossprovince:110000:node")]
    [TestCase("urn:other:110000:node:91110000802100433B")]
    public void Load_NoProperName_IsRefused(string? urn)
    {
        _authority.WriteIdentity(Identity, urn);
        AssertRefused(Identity, "exactly one name urn:crossprovince:REGION:ROLE:ORGANISATION");
    }

    private static void AssertRefused(string directory, string reason)
    {
        var refusal = Assert.Throws<IdentityException>(() => NodeIdentity.Load(directory).Dispose());
        Assert.That(refusal.Message, Does.Contain(reason));
        Assert.That(refusal.Text.Zh, Is.Not.Empty.And.Not.EqualTo(refusal.Text.En));
    }
}
