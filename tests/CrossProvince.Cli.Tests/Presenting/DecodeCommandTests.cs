using System.Text.Json;
using CrossProvince.Cli.Tests.Fakes;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Cli.Tests.Presenting;

internal sealed class DecodeCommandTests
{
    private static readonly string s_code = PresentationText.Write(PresentationEncoder.Encode(
        new PresentationClaims
        {
            Region = new RegionCode(110000),
            IssuedAt = 1_790_000_000,
            ExpiresAt = 1_790_000_090,
            Showing = new ShowingId(0x0123456789ab),
            CodeNumber = 2,
            LicenceType = 1,
            Scenario = 1,
            List = 3,
            Index = 4,
        },
        Display.Fit("张*明", "1****************X", null, null),
        SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2))));

    [TestCase("zh", "未核验")]
    [TestCase("en", "NOT VERIFIED")]
    public async Task Decode_Code_IsMarkedNotVerified(string language, string mark)
    {
        var run = await Run.OfAsync("decode", s_code, "--lang", language);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.OutLines[0], Does.Contain(mark));
        Assert.That(run.Out, Does.Contain("张*明").And.Contains("identity-card").And.Contains("counter-check").And.Contains("110000"));
    }

    [Test]
    public async Task Decode_Json_SaysThatItIsNotVerified()
    {
        var run = await Run.OfAsync("decode", s_code, "--json");
        using var content = JsonDocument.Parse(run.Out);
        Assert.That(content.RootElement.GetProperty("verified").GetBoolean(), Is.False);
        Assert.That(content.RootElement.GetProperty("name").GetString(), Is.EqualTo("张*明"));
        Assert.That(content.RootElement.GetProperty("showingId").GetString(), Is.EqualTo("0123456789ab"));
        Assert.That(content.RootElement.GetProperty("presenter").GetString(), Is.EqualTo("holder"));
    }

    [Test]
    public async Task Decode_CutShort_SaysSo()
    {
        var run = await Run.OfAsync("decode", s_code[..^9], "--lang", "en");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("cut short"));
    }

    [Test]
    public async Task Decode_OtherVersion_SaysSo()
    {
        var run = await Run.OfAsync("decode", "CP2AAAA", "--lang", "en");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("another version"));
    }
}
