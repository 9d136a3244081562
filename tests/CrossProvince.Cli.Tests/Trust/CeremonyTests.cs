using System.CommandLine;
using CrossProvince.Cli.Certs;
using CrossProvince.Cli.Tests.Certs;

namespace CrossProvince.Cli.Tests.Trust;

/// <summary>The ceremony of docs/operations.md from an empty folder on: lists and roots that change hands in files, each root by itself.</summary>
public sealed class CeremonyTests
{
    private CertificateCommands _first = null!;
    private CertificateCommands _commands = null!;

    private string[] Roots => ["--roots", File("root-1.pub.pem"), File("root-2.pub.pem"), File("root-3.pub.pem")];

    [OneTimeSetUp]
    public void MakeFirstList()
    {
        _commands = _first = new CertificateCommands();
        foreach (var name in new[] { "root-1", "root-2", "root-3" })
        {
            Done("certs", "root", "--out", _commands.Directory, "--name", name);
        }

        foreach (var name in new[] { "code", "index", "receipt" })
        {
            Done("certs", "key", "--out", _commands.Directory, "--name", name);
        }

        Done("certs", "ca", "--out", File("ca"), "--region", "110000", "--organisation", "Beijing");
        Done("trust", "draft", "--out", File("1.draft"), "--catalogue", CertificateCommands.Catalogue, "--region", "110000", "--name-zh", "北京市", "--name-en", "Beijing", "--ca", File("ca/ca.cert.pem"), "--api", "https://node.example:7443");
        foreach (var use in new[] { "code", "index", "receipt" })
        {
            Done("trust", "add-key", File("1.draft"), "--region", "110000", "--key", File($"{use}.pub.pem"), "--use", use);
        }

        Publish("1", "root-1", "root-3");
        var signed = System.IO.File.ReadAllBytes(File("1.cose"));
        System.IO.File.WriteAllBytes(File("cut.cose"), signed[..300]);
        System.IO.File.WriteAllBytes(File("tail.cose"), [.. signed, 0]);
        System.IO.File.WriteAllBytes(File("big.cose"), new byte[(1 << 20) + 1]);
    }

    [SetUp]
    public void CopyFirstList()
    {
        _commands = new CertificateCommands();
        foreach (var file in Directory.GetFiles(_first.Directory, "*", SearchOption.AllDirectories))
        {
            var copy = File(Path.GetRelativePath(_first.Directory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            System.IO.File.Copy(file, copy);
        }
    }

    [TearDown]
    public void TearDown() => _commands.Dispose();

    [OneTimeTearDown]
    public void DeleteFirstList() => _first.Dispose();

    [Test]
    public void FirstList_TwoRootsEachByItself_IsGood()
    {
        var (code, output, error) = Run(["trust", "check", File("1.cose"), .. Roots]);

        Assert.That((code, output), Is.EqualTo((0, "")));
        Assert.That(error, Does.Contain("version 1 may be handed out: signed by 2 roots").And.Not.Contain("Note"));
        Assert.That(Run(["trust", "show", File("1.cose"), .. Roots]).Output, Does.Contain("110000 Beijing").And.Contain("receipt"));
    }

    [Test]
    public void Renewal_NothingElse_ChangesVersionAndTimesOnly()
    {
        Draft("2", "1", "--days", "120");
        var changes = Run(["trust", "diff", File("1.cose"), File("2.draft"), .. Roots]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Publish("2", "root-1", "root-2");

        Assert.That(changes.Where(line => !line.StartsWith("~ issued", StringComparison.Ordinal)), Has.Exactly(2).Items.And.One.EqualTo("~ version 1 → 2").And.One.StartsWith("~ expires"));
        Assert.That(Check("2", "1").Code, Is.Zero);
    }

    [Test]
    public void NextKey_PublishedThenOldRetiredThenRemoved_IsShownStepByStep()
    {
        Done("certs", "key", "--out", _commands.Directory, "--name", "code-next");
        Draft("2", "1");
        Done("trust", "add-key", File("2.draft"), "--region", "110000", "--key", File("code-next.pub.pem"), "--use", "code");
        var signing = Run(["trust", "sign", File("2.draft"), "--root", File("root-1.key.pem"), "--in-force", File("1.cose"), .. Roots, "--out", File("2.root-1.cose")]);
        Assert.That(signing.Error, Does.Contain("+ region 110000 code"));
        Publish("2", "root-1", "root-2");
        Assert.That(Check("2", "1").Error, Does.Not.Contain("Note"));

        Draft("3", "2");
        Done("trust", "retire-key", File("3.draft"), "--key", File("code.pub.pem"), "--at", "2020-01-01");
        Publish("3", "root-2", "root-3");
        Assert.That(Check("3", "2").Output, Does.Contain("retired 2020-01-01T00:00:00Z"));

        Draft("4", "3");
        Done("trust", "remove-key", File("4.draft"), "--key", File("code.pub.pem"));
        Publish("4", "root-2", "root-3");
        var (code, output, _) = Check("4", "3");
        Assert.That((code, output.Split('\n').Count(line => line.StartsWith("- region 110000 code", StringComparison.Ordinal))), Is.EqualTo((0, 1)));
    }

    [Test]
    public void StolenKey_Declared_IsShown()
    {
        Draft("2", "1");
        Done("trust", "compromise-key", File("2.draft"), "--key", SigningKeyFiles.ReadPublic(File("code.pub.pem")).Id.ToString());
        Publish("2", "root-1", "root-2");

        Assert.That(Check("2", "1").Output, Does.Contain("COMPROMISED"));
        Assert.That(Check("2", "1").Error, Does.Contain("no code key may sign"));
    }

    [Test]
    public void Regions_AddedChangedRemoved_AreShown()
    {
        Done("certs", "ca", "--out", File("ca2"), "--region", "120000", "--organisation", "Tianjin");
        Draft("2", "1");
        Done("trust", "add-region", File("2.draft"), "--region", "120000", "--name-zh", "天津市", "--name-en", "Tianjin", "--ca", File("ca2/ca.cert.pem"), "--api", "https://tj.example:7443", "--roles", "node", "verifier");
        Done("trust", "change-region", File("2.draft"), "--region", "110000", "--api", "https://new.example:7443");
        var changes = Run(["trust", "diff", File("1.cose"), File("2.draft"), .. Roots]).Output;
        Assert.That(changes, Does.Contain("+ region 120000 Tianjin https://tj.example:7443, roles node verifier").And.Contain("~ region 110000 endpoint https://node.example:7443 → https://new.example:7443"));

        Done("trust", "remove-region", File("2.draft"), "--region", "120000");
        Assert.That(Run(["trust", "diff", File("1.cose"), File("2.draft"), .. Roots]).Output, Does.Not.Contain("120000"));
    }

    [Test]
    public void Roots_HandOver_IsFollowedByThoseWhoKnowTheOldOnes()
    {
        Done("certs", "root", "--out", _commands.Directory, "--name", "root-4");
        Done(["trust", "rotate-roots", "--from", File("1.cose"), .. Roots, "--new", File("root-2.pub.pem"), File("root-3.pub.pem"), File("root-4.pub.pem"), "--out", File("roots-2.draft")]);
        Sign("roots-2", "root-1");
        Sign("roots-2", "root-2");
        Assemble("roots-2", "root-1", "root-2");
        Assert.That(Run(["trust", "check", File("roots-2.cose"), .. Roots]).Code, Is.EqualTo(1), "One of the new roots is not enough.");
        Sign("roots-2", "root-4");
        Assemble("roots-2", "root-1", "root-2", "root-4");
        Assert.That(Run(["trust", "check", File("roots-2.cose"), .. Roots]).Code, Is.Zero);

        Draft("2", "1", "--root-change", File("roots-2.cose"));
        Publish("2", "root-2", "root-4");

        Assert.That(Check("2", "1").Output, Does.Contain("+ change of roots: generation 2, 2 of 3 must sign"));
        Publish("2", "root-1", "root-2");
        Assert.That((Check("2", "1").Code, Check("2", "1").Error), Is.EqualTo((1, "Refused: The trust list has good signatures of 1 root keys; 2 are needed.\n")), "Root 1 is one no longer.");
    }

    [Test]
    public void Check_OldVersion_IsRefused()
    {
        Draft("2", "1");
        Publish("2", "root-1", "root-2");

        var (code, _, error) = Check("1", "2");

        Assert.That((code, error), Is.EqualTo((1, "Refused: It is version 1, and version 2 is in force.\n")));
    }

    [Test]
    public void Assemble_DifferentDrafts_SaysWhich()
    {
        Draft("2", "1");
        Draft("3", "1", "--days", "10");
        Sign("2", "root-1");
        Sign("3", "root-2");

        Fails(["trust", "assemble", File("2.root-1.cose"), File("3.root-2.cose"), "--out", File("x.cose")], "the roots have signed different things");
    }

    [TestCase("trust draft --out {x} --region 110000", "--name-zh")]
    [TestCase("trust draft --out {x}", "first region")]
    [TestCase("trust draft --out {x} --from {1.cose}", "--roots needs at least two")]
    [TestCase("trust draft --out {x} --from {1.cose} --days 0 {roots}", "--days 0")]
    [TestCase("trust draft --out {x} --from {1.cose} --root-change {1.cose} {roots}", "The change of roots is refused")]
    [TestCase("trust draft --out {x} --from {root-1.pub.pem} {roots}", "not a COSE_Sign message")]
    [TestCase("trust add-key {1.cose} --region 110000 --key {code.pub.pem} --use code", "is no draft of a trust list")]
    [TestCase("trust add-key {1.draft} --region 110000 --key {code.pub.pem} --use code", "stands there twice")]
    [TestCase("trust add-key {1.draft} --region 110000 --key {code.key.pem} --use code", "PUBLIC KEY")]
    [TestCase("trust add-key {1.draft} --region 110000 --key {root-1.pub.pem} --use root", "not one of code, index, receipt")]
    [TestCase("trust add-key {1.draft} --region 130000 --key {root-1.pub.pem} --use code", "no region 130000")]
    [TestCase("trust add-key {1.draft} --region 110000 --key {root-1.pub.pem} --use code --types nothing", "no licence type nothing")]
    [TestCase("trust add-key {1.draft} --region 110000 --key {root-1.pub.pem} --use code --from yesterday", "--from yesterday is not a time")]
    [TestCase("trust retire-key {1.draft} --key 00000000", "no key 00000000")]
    [TestCase("trust remove-key {1.draft} --key {code.pub.pem}", "retire it first")]
    [TestCase("trust remove-region {1.draft} --region 110000", "0 regions")]
    [TestCase("trust change-region {1.draft} --region 110000 --api http://x", "not a plain https URL")]
    [TestCase("trust change-region {1.draft} --region 110000 --remove-ca {ca/ca.cert.pem}", "0 certificate authorities")]
    [TestCase("trust change-region {1.draft} --region 110000 --ca {code.pub.pem}", "is not a certificate")]
    [TestCase("trust sign {1.draft} --root {code.key.pem} --out {x}", "is a region's signing key, not a root")]
    [TestCase("trust sign {1.root-1.cose} --root {root-1.key.pem} --out {x}", "has the signature of root")]
    [TestCase("trust sign {ca/ca.cert.pem} --root {root-1.key.pem} --out {x}", "no trust list and no change of roots")]
    [TestCase("trust assemble {1.draft} --out {x}", "is not signed yet")]
    [TestCase("trust show {cut.cose} {roots}", "cut short")]
    [TestCase("trust show {tail.cose} {roots}", "something behind it")]
    [TestCase("trust show {big.cose} {roots}", "larger than 1 MiB")]
    [TestCase("trust rotate-roots --from {1.cose} --new {root-1.pub.pem} {root-2.pub.pem} {root-3.pub.pem} --out {x} {roots}", "the roots already")]
    [TestCase("trust rotate-roots --from {1.cose} --new {root-1.pub.pem} --out {x} {roots}", "2 to 8")]
    [TestCase("trust rotate-roots --from {1.cose} --new {root-1.pub.pem} {code.pub.pem} --out {x} {roots}", "can't be a root")]
    [TestCase("trust check {1.draft} {roots}", "COSE_Sign", 1)]
    [TestCase("trust check {1.root-1.cose} {roots}", "1 root keys; 2 are needed", 1)]
    [TestCase("trust check {missing.cose} {roots}", "missing.cose")]
    [TestCase("trust diff {1.draft} {1.cose} {roots}", "COSE_Sign")]
    public void AnyStep_WrongInput_SaysWhatAndWritesNothing(string line, string reason, int code = 2)
    {
        var before = System.IO.File.ReadAllBytes(File("1.draft"));

        Fails([.. line.Split(' ').SelectMany(word => word == "{roots}" ? Roots : word == "{x}" ? [File("x")] : word.StartsWith('{') ? [File(word[1..^1])] : (string[])[word])], reason, code);

        Assert.That((System.IO.File.Exists(File("x")), System.IO.File.ReadAllBytes(File("1.draft")).SequenceEqual(before)), Is.EqualTo((false, true)));
    }

    private string File(string name) => _commands.PathOf(name);

    private void Draft(string version, string from, params string[] more) => Done(["trust", "draft", "--from", File($"{from}.cose"), .. Roots, "--out", File($"{version}.draft"), .. more]);

    private void Sign(string name, string root) => Done("trust", "sign", File($"{name}.draft"), "--root", File($"{root}.key.pem"), "--out", File($"{name}.{root}.cose"), "--force");

    private void Assemble(string name, params string[] roots) => Done(["trust", "assemble", .. roots.Select(root => File($"{name}.{root}.cose")), "--out", File($"{name}.cose"), "--force"]);

    private void Publish(string version, params string[] roots)
    {
        foreach (var root in roots)
        {
            Sign(version, root);
        }

        Assemble(version, roots);
    }

    private (int Code, string Output, string Error) Check(string version, string inForce) => Run(["trust", "check", File($"{version}.cose"), "--in-force", File($"{inForce}.cose"), .. Roots]);

    private static void Done(params string[] args)
    {
        var (code, _, error) = Run(args);
        Assert.That(code, Is.Zero, error);
    }

    private static void Fails(string[] args, string reason, int code = 2)
    {
        var (found, _, error) = Run(args);
        Assert.That((found, error), Is.EqualTo((code, error)));
        Assert.That(error, Does.Contain(reason));
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CommandLine.RunAsync([.. args, "--lang", "en"], new InvocationConfiguration { Output = output, Error = error }).GetAwaiter().GetResult();
        return (code, output.ToString(), error.ToString());
    }
}
