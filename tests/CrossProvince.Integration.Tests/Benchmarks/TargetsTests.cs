using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Targets;

namespace CrossProvince.Integration.Tests.Benchmarks;

/// <summary>The lines of <c>eng/bench.sh</c>: what they call held, and the tables made of them.</summary>
public sealed class TargetsTests
{
    private static readonly TargetLine s_line = new()
    {
        Target = "P1",
        What = new("one code", "一个码"),
        Measured = new(62_345, "/s"),
        Baseline = new("library", "程序库"),
        BaselineMeasured = new(11_234, "/s"),
        Ratio = 5.55,
        Goal = new Goal(GoalKind.RatioAtLeast, 5),
        IsHeadline = true,
    };

    private static readonly Results s_results = new()
    {
        Processor = "Intel(R) Xeon(R) 6 @ 2.0",
        Processors = 2,
        Date = new DateOnly(2026, 11, 23),
        Runtime = "10.0.0",
        Lines = [s_line, s_line with { What = new("slow", "慢"), Ratio = 0.333, Note = "said plainly" }, s_line with { What = new("aside", "旁注"), IsHeadline = false }],
    };

    [TestCase("RatioAtLeast", 5, 1, 5.0, true)]
    [TestCase("RatioAtLeast", 5, 1, 4.99, false)]
    [TestCase("RatioAtLeast", 5, 1, null, false)]
    [TestCase("RatioAtMost", 2, 1, 2.0, true)]
    [TestCase("RatioAtMost", 2, 1, 2.01, false)]
    [TestCase("RatioAtMost", 2, 1, null, false)]
    [TestCase("Below", 10, 9.99, null, true)]
    [TestCase("Below", 10, 10, null, false)]
    [TestCase("AtLeast", 10, 10, null, true)]
    [TestCase("AtLeast", 10, 9.99, null, false)]
    [TestCase("Zero", 0, 0, null, true)]
    [TestCase("Zero", 0, 1, null, false)]
    public void Goal_AtItsBound_IsHeldOrMissed(string kind, double bound, double figure, double? ratio, bool held)
    {
        Assert.That(new Goal(Enum.Parse<GoalKind>(kind), bound).IsHeldBy(new Figure(figure, "ms"), ratio), Is.EqualTo(held));
    }

    [TestCase("P1", 1, "P1 is required and missed: slow: 62,345 /s, 0.33 ×, ≥ 5 × required.")]
    [TestCase("P2", 1, "P2 is required and missed: it was not measured.")]
    [TestCase("", 0, "")]
    public void ExitCode_RequiredTarget_SaysWhatWasMissed(string required, int exit, string saying)
    {
        using var output = new StringWriter();

        Assert.That(TargetFile.ExitCode(s_results.Lines, required.Length > 0 ? [required] : [], output), Is.EqualTo(exit));
        Assert.That(output.ToString().Trim(), Is.EqualTo(saying));
    }

    [Test]
    public void PutInto_ReadmeWithOldTable_HasTheNewOneAndNothingElseChanged()
    {
        const string Readme = "before\n<!-- targets: -->\nold\n<!-- /targets -->\nafter\n";

        var english = Tables.PutInto(Tables.PutInto(Readme, s_results, chinese: true), s_results, chinese: false);

        Assert.That(english, Is.EqualTo("""
            before
            <!-- targets: benchmarks/results/intel-r-xeon-r-6-2-0.json -->
            | | target | measured | ratio | baseline | |
            |---|---:|---:|---:|---|---|
            | P1 one code | ≥ 5 × | 62,345 /s | 5.55 × | library 11,234 /s | held |
            | P1 slow | ≥ 5 × | 62,345 /s | 0.33 × | library 11,234 /s | **missed** |

            Intel(R) Xeon(R) 6 @ 2.0, 2 processors shared by everything that ran, 2026-11-23. [All figures](benchmarks/results/intel-r-xeon-r-6-2-0.md)
            <!-- /targets -->
            after

            """));
        Assert.That(Tables.PutInto(Readme, s_results, chinese: true), Does.Contain("| P1 慢 | ≥ 5 × | 62,345 /s | 0.33 × | 程序库 11,234 /s | **未达到** |"));
        Assert.That(() => Tables.PutInto("no marks", s_results, chinese: false), Throws.TypeOf<FormatException>());
    }

    [Test]
    public void Write_Results_AreReadAgain()
    {
        var file = Path.GetTempFileName();
        try
        {
            s_results.Write(file);

            Assert.That(Tables.Page(Results.Read(file)), Is.EqualTo(Tables.Page(s_results)));
            Assert.That(Results.Read(file).Lines, Is.EqualTo(s_results.Lines));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public void With_EarlierResults_KeepsWhatWasNotMeasuredNowAndItsDay()
    {
        var earlier = s_results with { Date = new DateOnly(2026, 1, 2), Lines = [.. s_results.Lines, s_results.Lines[0] with { Target = "P0", What = new("kept", "保留") }] };

        var merged = s_results.With(earlier);

        Assert.That(merged.Lines.Select(line => line.Target), Is.EqualTo(s_results.Lines.Select(line => line.Target).Prepend("P0")));
        Assert.That(merged.Lines.Select(line => line.On).Distinct(), Is.EqualTo(new DateOnly?[] { earlier.Date, null }));
        Assert.That(Tables.Notes(merged), Has.Some.Contains("2026-01-02: P0"));
    }

    /// <summary>What stands in the README files and on the page is what was measured, and nobody's edit.</summary>
    [TestCase("README.md", false)]
    [TestCase("README.zh-CN.md", true)]
    public void Readme_Table_IsThatOfTheResults(string name, bool chinese)
    {
        var readme = File.ReadAllText(Repository.PathOf(name));
        var source = Tables.FindSource(readme);

        if (source.Length == 0)
        {
            Assert.That(Directory.Exists(Repository.PathOf("benchmarks", "results")), Is.False, "there are results, but this README shows none: run eng/bench.sh");
            return;
        }

        var results = Results.Read(Repository.PathOf(source));
        Assert.That(readme, Is.EqualTo(Tables.PutInto(readme, results, chinese)));
        Assert.That(File.ReadAllText(Repository.PathOf(Path.ChangeExtension(source, ".md"))), Does.Contain(Tables.Page(results)));
    }
}
