using System.Globalization;
using CrossProvince.Cli.Samples;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Tests;
using CrossProvince.Service.Licences;

namespace CrossProvince.Integration.Tests.Presenting;

/// <summary>Every licence of the sample population as a QR code, read back by an independent reader.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SamplePopulationTests
{
    /// <summary>About 500 licences of all types, the longest names among them.</summary>
    private const int Holders = 140;
    private const int FilesAtOnce = 50;

    /// <summary>What is read back.</summary>
    private const string Region = "110000";

    private static readonly string[] s_regions = ["110000", "120000", "130000"];
    private static readonly LicenceCatalogue s_catalogue = ReadCatalogue();
    private static readonly SoftwareSigner s_signer = SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2));
    private static readonly Lazy<IReadOnlyList<string>> s_codes = new(() => [.. Codes(Region, Holders)]);

    [OneTimeTearDown]
    public static void ForgetKey() => s_signer.Dispose();

    [TestCaseSource(nameof(s_regions))]
    public void Write_EverySampleLicence_StaysWithinVersion10(string region)
    {
        // Of texts of capitals and digits the length alone decides.
        var codes = Codes(region, holders: 400).ToList();
        Assert.That(codes, Has.Count.GreaterThan(1000).And.All.Matches("^[A-Z0-9]+$"));
        var versions = codes.DistinctBy(code => code.Length).Select(PresentationQr.Version).ToList();
        TestContext.Out.WriteLine($"{codes.Count} codes, versions {versions.Min()} to {versions.Max()}.");
        Assert.That(versions, Has.All.AtMost(PresentationQr.MaxVersion));
    }

    [Test]
    public void Png_EverySampleLicence_IsReadBack()
    {
        var codes = s_codes.Value;
        var files = codes.Select((code, i) => Tool.Write($"{i:D4}.png", PresentationQr.Png(code))).ToList();
        AssertSame(Scan(files), codes);
    }

    /// <summary>Four pixels a module, and each fourth licence, for each takes a process of its own.</summary>
    [Test]
    public void Svg_SampleLicences_AreReadBackAfterRasterising()
    {
        var codes = s_codes.Value.Where((_, i) => i % 4 == 0).ToList();
        var files = new string[codes.Count];
        Parallel.For(0, codes.Count, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            var svg = Path.ChangeExtension(PathOf(i), ".svg");
            File.WriteAllText(svg, PresentationQr.Svg(codes[i]));
            files[i] = PathOf(i);
            var (exitCode, _) = Tool.Run("rsvg-convert", "--zoom", "4", "--output", files[i], svg);
            Assert.That(exitCode, Is.Zero);
        });
        AssertSame(Scan(files), codes);
    }

    private static void AssertSame(List<string> read, IReadOnlyList<string> codes)
    {
        TestContext.Out.WriteLine($"{read.Count} of {codes.Count} codes read back.");
        Assert.That(read, Has.Count.EqualTo(codes.Count));
        Assert.That(read.Zip(codes).Count(pair => pair.First != pair.Second), Is.Zero);
    }

    private static string PathOf(int i)
    {
        var directory = Directory.CreateDirectory(Path.Combine(TestContext.CurrentContext.WorkDirectory, "files", "svg"));
        return Path.Combine(directory.FullName, string.Create(CultureInfo.InvariantCulture, $"{i:D4}.png"));
    }

    private static List<string> Scan(IReadOnlyList<string> files)
    {
        var read = new List<string>();
        foreach (var some in files.Chunk(FilesAtOnce))
        {
            // Only QR codes: among so many modules a reader of every kind now and then sees a bar code.
            var (exitCode, output) = Tool.Run("zbarimg", ["--nodbus", "--raw", "-q", "-Sdisable", "-Sqrcode.enable", .. some]);
            Assert.That(exitCode, Is.Zero, "zbarimg found a picture without a code.");
            read.AddRange(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }

        return read;
    }

    private static IEnumerable<string> Codes(string region, int holders)
    {
        var code = RegionCode.Parse(region);
        var lines = new LicenceLine(s_catalogue, code);
        var position = 0;
        foreach (var line in new SampleLicences(s_catalogue).Generate(holders, seed: 7, code))
        {
            var licence = lines.Read(line, today: 20_500);
            yield return PresentationText.Write(PresentationEncoder.Encode(
                new PresentationClaims
                {
                    Region = code,
                    IssuedAt = 1_790_000_000,
                    ExpiresAt = 1_790_000_090,
                    Showing = ShowingId.Create(),
                    CodeNumber = 0,
                    LicenceType = licence.TypeNumber,
                    Scenario = 1,
                    // The longest numbers that a licence's place can have.
                    List = ushort.MaxValue,
                    Index = (1 << 20) - 1 - position++,
                    Presenter = Presenter.Holder,
                },
                licence.Display,
                s_signer));
        }
    }

    private static LicenceCatalogue ReadCatalogue()
    {
        static CatalogueFile Read(string name) => new(name, File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "catalogue", name)));
        return LicenceCatalogue.Parse(Read("licence-types.json"), Read("scenarios.json"), Read("recognitions.json"));
    }
}
