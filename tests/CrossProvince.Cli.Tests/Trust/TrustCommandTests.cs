using System.Text.Json;
using CrossProvince.Cli.Tests.Certs;

namespace CrossProvince.Cli.Tests.Trust;

public sealed class TrustCommandTests
{
    private CertificateCommands _commands = null!;

    private string Source => _commands.PathOf("all/trust-list.json");

    private string Target => _commands.PathOf("list.cose");

    [SetUp]
    public void SetUp()
    {
        _commands = new CertificateCommands();
        _commands.RunNew("--regions", "110000");
    }

    [TearDown]
    public void TearDown() => _commands.Dispose();

    [Test]
    public void Build_TwoRoots_IsShown()
    {
        Build(1, 2);

        Assert.That(Show("--lang", "en"), Does.StartWith("Trust list version 1").And.Contain("110000 Beijing").And.Contain("receipt"));
        Assert.That(Show("--lang", "zh"), Does.StartWith("信任列表第 1 版").And.Contain("北京市"));
        using var json = JsonDocument.Parse(Show("--json"));
        Assert.That(json.RootElement.GetProperty("regions")[0].GetProperty("keys").GetArrayLength(), Is.EqualTo(4));
    }

    [Test]
    public void Build_OneRoot_NeedsAnother()
    {
        Build(3);
        Assert.That(() => Show(), Throws.TypeOf<UsageException>().With.Message.Contains("1 root keys; 2 are needed"));

        Assert.That(
            () => CertificateCommands.Run("trust", "sign", Target, "--root", Root(3), "--out", _commands.PathOf("again.cose")), Throws.TypeOf<UsageException>().With.Message.Contains("has the signature of root"));

        CertificateCommands.Run("trust", "sign", Target, "--root", Root(2), "--out", Target, "--force");
        Assert.That(Show("--lang", "en"), Does.StartWith("Trust list version 1"));
    }

    [Test]
    public void Build_FileThere_IsKept()
    {
        File.WriteAllText(Target, "mine");

        Assert.That(() => Build(1, 2), Throws.TypeOf<UsageException>());
        Assert.That(File.ReadAllText(Target), Is.EqualTo("mine"));
    }

    [TestCase("\"version\": 1", "\"version\": 0", "version")]
    [TestCase("\"version\": 1", "\"version\": 1, \"more\": 2", "more")]
    [TestCase("\"use\": \"index\"", "\"use\": \"root\"", "no use")]
    [TestCase("\"use\": \"index\"", "\"use\": \"indices\"", "trust-list.json:30: ")]
    [TestCase("keys/index.pub.pem", "keys/code.pub.pem", "twice")]
    [TestCase("keys/index.pub.pem", "keys/index.key.pem", "PUBLIC KEY")]
    [TestCase("110000/ca.cert.pem", "110000/node/cert.pem", "certificate")]
    [TestCase("110000/ca.cert.pem", "110000/ca.key.pem", "not a certificate")]
    [TestCase("https://127", "http://127", "https")]
    [TestCase("\"code\": \"110000\"", "\"code\": \"11\"", "11")]
    [TestCase("\"names\"", "\"name\"", "name")]
    public void Build_WrongSource_SaysWhat(string from, string to, string reason)
    {
        File.WriteAllText(Source, File.ReadAllText(Source).Replace(from, to, StringComparison.Ordinal));

        Assert.That(() => Build(1, 2), Throws.TypeOf<UsageException>().With.Message.Contains(reason));
        Assert.That(File.Exists(Target), Is.False);
    }

    [Test]
    public void Build_KeyFileMissing_SaysWhich()
    {
        File.Delete(_commands.PathOf("all/110000/keys/receipt.pub.pem"));

        Assert.That(() => Build(1, 2), Throws.InstanceOf<IOException>().With.Message.Contains("receipt.pub.pem"));
    }

    [Test]
    public void Show_NoTrustList_IsRefused()
    {
        File.WriteAllText(Target, "no list");

        Assert.That(() => Show(), Throws.TypeOf<UsageException>().With.Message.Contains("COSE_Sign"));
    }

    private string Root(int number) => _commands.PathOf($"all/roots/root-{number}.key.pem");

    private void Build(params IEnumerable<int> roots) =>
        CertificateCommands.Run(["trust", "build", "--in", Source, "--catalogue", CertificateCommands.Catalogue, "--out", Target, "--roots", .. roots.Select(Root)]);

    private string Show(params ReadOnlySpan<string> more) => CertificateCommands.Run(
        ["trust", "show", Target, .. more, "--roots", .. Enumerable.Range(1, 3).Select(i => _commands.PathOf($"all/roots/root-{i}.pub.pem"))]);
}
