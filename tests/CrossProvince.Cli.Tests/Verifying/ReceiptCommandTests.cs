using System.Text.Json;
using CrossProvince.Cli.Certs;
using CrossProvince.Cli.Tests.Certs;
using CrossProvince.Cli.Tests.Fakes;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;

namespace CrossProvince.Cli.Tests.Verifying;

/// <summary>A receipt is genuine for the region that signed it, and for no other; whoever checks it needs the trust list only.</summary>
public sealed class ReceiptCommandTests
{
    private CertificateCommands _commands = null!;
    private byte[] _receipt = null!;

    [OneTimeSetUp]
    public void MakeReceipt()
    {
        _commands = new CertificateCommands();
        _commands.RunNew("--regions", "110000", "120000");
        CertificateCommands.Run(
            "trust", "build", "--in", _commands.PathOf("all/trust-list.json"), "--catalogue", CertificateCommands.Catalogue, "--roots", _commands.PathOf("all/roots/root-1.key.pem"), _commands.PathOf("all/roots/root-2.key.pem"), "--out", _commands.PathOf("list.cose"));
        _receipt = VerificationReceiptDocument.Sign(
            new VerificationReceipt
            {
                VerificationId = "01a20a3ca0a77ad9",
                TimeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
                Verifier = "operator:11110000XXXXXX902M",
                Terminal = "window-1",
                Issuer = new RegionCode(120000),
                Verdict = Verdict.Revoked,
                TrustListVersion = 1,
            },
            SigningKeyFiles.ReadPrivate(_commands.PathOf("all/110000/keys/receipt.key.pem")));
        File.WriteAllBytes(_commands.PathOf("receipt.cose"), _receipt);
    }

    [OneTimeTearDown]
    public void Delete() => _commands.Dispose();

    [TestCase("zh", "凭据真实")]
    [TestCase("en", "Genuine")]
    public async Task Receipt_TextOfAPrintedRecord_IsGenuine(string language, string saying)
    {
        var run = await CheckAsync(VerificationReceiptText.Write(_receipt), "110000", "--lang", language);

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain(saying).And.Contains("REVOKED").And.Contains("01a20a3ca0a77ad9").And.Contains("window-1"));
    }

    [Test]
    public async Task Receipt_FileAsJson_SaysWhatItProves()
    {
        using var content = JsonDocument.Parse((await CheckAsync(_commands.PathOf("receipt.cose"), "110000", "--json")).Out);

        Assert.That(content.RootElement.GetProperty("verdict").GetString(), Is.EqualTo("REVOKED"));
        Assert.That(content.RootElement.GetProperty("issuingRegion").GetString(), Is.EqualTo("120000"));
    }

    [Test]
    public async Task Receipt_OfAnotherRegion_IsRefused()
    {
        var run = await CheckAsync(VerificationReceiptText.Write(_receipt), "120000", "--lang", "en");

        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain("receipt is refused"));
    }

    [Test]
    public async Task Receipt_Changed_IsRefused()
    {
        var changed = _receipt.ToArray();
        changed[^70] ^= 1;
        var run = await CheckAsync(VerificationReceiptText.Write(changed), "110000", "--lang", "zh");

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("不可采信"));
    }

    [Test]
    public async Task Receipt_CutShort_SaysSo()
    {
        var run = await CheckAsync(VerificationReceiptText.Write(_receipt)[..^1], "110000", "--lang", "en");

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("damaged").Or.Contains("refused"));
    }

    private Task<Run> CheckAsync(string receipt, string region, params string[] more) => Run.OfAsync(
        ["receipt", receipt, "--region", region, "--trust", _commands.PathOf("list.cose"), "--roots", _commands.PathOf("all/roots/root-1.pub.pem"), _commands.PathOf("all/roots/root-2.pub.pem"), .. more]);
}
