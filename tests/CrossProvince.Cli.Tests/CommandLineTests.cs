using CrossProvince.Cli.Tests.Fakes;

namespace CrossProvince.Cli.Tests;

internal sealed class CommandLineTests
{
    [TestCase("", "Required command was not provided")]
    [TestCase("verify --no-such-option A", "--no-such-option")]
    [TestCase("verify A --node http://127.0.0.1:1", "is not an https address")]
    [TestCase("verify A --node nonsense", "is not an https address")]
    [TestCase("verify A --region 12", "is not a region code")]
    [TestCase("verify A --lang fr", "'fr' not recognized")]
    [TestCase("licence", "Required command was not provided")]
    [TestCase("licence status X --set gone --reason r", "'gone' not recognized")]
    [TestCase("licence status X --set revoked", "--reason")]
    [TestCase("present --licence X", "needs --licence and --scenario")]
    [TestCase("present --licence X --scenario s --presenter friend", "'friend' not recognized")]
    [TestCase("sample --holders 0 --out x", "--holders 0 is not a whole number")]
    [TestCase("sample --holders many --out x", "--holders many is not a whole number")]
    [TestCase("uses --limit 0", "--limit 0 is not a whole number")]
    public async Task RunAsync_BadUsage_IsExit2WithTheReasonOnStandardError(string args, string reason)
    {
        var run = await Run.OfAsync(args.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain(reason));
        Assert.That(run.Out, Is.Empty);
    }

    [Test]
    public async Task RunAsync_Help_NamesEveryVerbOfTheContract()
    {
        var run = await Run.OfAsync("--help", "--lang", "en");
        Assert.That(run.ExitCode, Is.Zero);
        foreach (var verb in new[] { "node", "certs", "trust", "sample", "licence", "present", "verify", "receipt", "decode" })
        {
            Assert.That(run.Out, Does.Match($@"\n  {verb}\b"));
        }
    }

    [Test]
    public async Task RunAsync_NodeElsewhereWithoutIdentity_AsksForOne()
    {
        var run = await Run.OfAsync("verify", "A", "--node", "https://node.example:7443", "--lang", "zh");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("--identity"));
    }

    [TestCase("CP1ABC")]
    [TestCase("")]
    public async Task Decode_NotACode_IsExit2(string code)
    {
        var run = await Run.OfAsync("decode", code, "--lang", "en");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Is.Not.Empty);
        Assert.That(run.Out, Is.Empty);
    }

    [Test]
    public void Plain_TextWithEscapesAndMarkup_CanNotChangeTheScreen() =>
        Assert.That(Words.Plain("a\u001b[31m[red]\u202e"), Is.EqualTo("a\uFFFD[[31m[[red]]\uFFFD"));
}
