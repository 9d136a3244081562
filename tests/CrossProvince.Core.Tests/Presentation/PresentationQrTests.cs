using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Tests.Presentation;

public sealed class PresentationQrTests
{
    private static readonly SignatureAlgorithm[] s_algorithms = Enum.GetValues<SignatureAlgorithm>();

    [Test]
    public void Png_ReadByZbar_IsTheText([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm, [Values] bool maximal)
    {
        var text = PresentationText.Write(maximal ? SampleCodes.MaximalOf(algorithm) : SampleCodes.TypicalOf(algorithm));
        Assert.That(Scan(Tool.Write("code.png", PresentationQr.Png(text))), Is.EqualTo(text));
    }

    [Test]
    public void Svg_RasterisedAndReadByZbar_IsTheText([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm, [Values] bool maximal)
    {
        var text = PresentationText.Write(maximal ? SampleCodes.MaximalOf(algorithm) : SampleCodes.TypicalOf(algorithm));
        var svg = Tool.PathOf("code.svg");
        File.WriteAllText(svg, PresentationQr.Svg(text));
        var png = Tool.PathOf("svg.png");
        Assert.That(Tool.Run("rsvg-convert", "-w", "600", "-o", png, svg).ExitCode, Is.Zero);
        Assert.That(Scan(png), Is.EqualTo(text));
    }

    [Test]
    public void Version_LongestText_Is10()
    {
        Assert.That(PresentationQr.Version(new string('A', PresentationText.MaxCharacters)), Is.EqualTo(PresentationQr.MaxVersion));
        Assert.That(PresentationQr.Version(PresentationText.Write(SampleCodes.MaximalOf(SignatureAlgorithm.Sm2))), Is.EqualTo(PresentationQr.MaxVersion));
        Assert.That(PresentationQr.Version(PresentationText.Write(SampleCodes.TypicalOf(SignatureAlgorithm.Esp256))), Is.LessThan(PresentationQr.MaxVersion));
    }

    [Test]
    public void Png_TextThatDoesNotFit_Throws([Values("", "CP1lower", "CP1,", "京")] string text)
    {
        Assert.That(() => PresentationQr.Png(text), Throws.ArgumentException);
        Assert.That(() => PresentationQr.Svg(text), Throws.ArgumentException);
        Assert.That(() => PresentationQr.Terminal(text), Throws.ArgumentException);
        Assert.That(() => PresentationQr.Version(new string('A', PresentationText.MaxCharacters + 1)), Throws.ArgumentException);
    }

    [Test]
    public void Terminal_Code_IsSquareWithAQuietZone()
    {
        var text = PresentationText.Write(SampleCodes.TypicalOf(SignatureAlgorithm.Sm2));
        var side = 17 + (4 * PresentationQr.Version(text)) + 8;
        var lines = PresentationQr.Terminal(text).TrimEnd('\n').Split('\n');
        Assert.That(lines, Has.Length.EqualTo((side + 1) / 2));
        Assert.That(lines, Has.All.Length.EqualTo("\e[30;107m".Length + side + "\e[0m".Length));
        Assert.That(lines, Has.All.Match("^\e\\[30;107m {4}[ ▀▄█]+ {4}\e\\[0m$"));
        Assert.That(lines[..2].Concat(lines[^2..]), Has.All.Match("^\e\\[30;107m +\e\\[0m$"));
    }

    private static string Scan(string image)
    {
        var (exitCode, output) = Tool.Run("zbarimg", "--nodbus", "--raw", "-q", "-Sdisable", "-Sqrcode.enable", image);
        Assert.That(exitCode, Is.Zero, "zbarimg read no code");
        return output.TrimEnd('\n');
    }
}
