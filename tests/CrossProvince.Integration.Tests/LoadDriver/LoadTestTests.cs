using System.CommandLine;
using CrossProvince.Cli.Samples;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Integration.Tests.Processes;
using CrossProvince.LoadTest;
using CrossProvince.LoadTest.Nodes;
using CrossProvince.Tests;

namespace CrossProvince.Integration.Tests.LoadDriver;

/// <summary>The load driver as its users start it, on nodes of its own, for seconds.</summary>
[Category("Few"), Parallelizable(ParallelScope.All)]
public sealed class LoadTestTests
{
    [OneTimeSetUp]
    public void RememberPersons() => CapturedLogs.Remember(new SampleLicences(TestFederation.Catalogue).Generate(100, SampleHolder.Seed, TestFederation.Beijing));

    [Test]
    public async Task Series_AllKindsOfCodes_EveryAnswerIsRightAndEchoIsMeasured()
    {
        var (exit, output, error) = await RunAsync(
            "--series", "--codes", "200", "--seconds", "1", "--licences", "10", "--batch", "20", "--forged", "10", "--expired", "5", "--unknown-key", "5", "--logs", CapturedLogs.Folder, "--program", DeployedProgram.File);

        Assert.That(exit, Is.Zero, output + error);
        var rows = Rows(output);
        Assert.That(rows.Select(row => row[0]), Is.EqualTo(new[]
        {
            "unary, peer-check", "unary, counter-check", "unary, peer-check", "batch of 20, peer-check", "stream, peer-check",
        }));
        foreach (var row in rows)
        {
            Assert.That(Number(row[3]), Is.Positive, "codes a second");
            Assert.That(Number(row[7]), Is.GreaterThanOrEqualTo(Number(row[6])).And.GreaterThanOrEqualTo(Number(row[4])), "the longest time is not the longest");
            Assert.That(Number(row[8]), Is.Positive, "echoes a second");
            Assert.That((row[13], row[14]), Is.EqualTo(("–", "–")), "there is no PostgreSQL and no Redis");
            Assert.That((row[17], row[19], row[20]), Is.EqualTo(("–", "0", "0")), "SQLite is not looked into; wrong, not answered");
        }

        // Counted in hundredths of a second, and as often as the node's metrics are made: a run of a second may see none of it.
        foreach (var (column, what) in new[] { (11, "processor time of the node"), (12, "of the driver"), (15, "of echo and driver"), (16, "bytes that the node allocated") })
        {
            Assert.That(rows.Max(row => row[column] == "–" ? 0 : Number(row[column])), Is.Positive, what);
        }

        Assert.That(Number(rows[1][18]), Is.InRange(1, 200), "a single-use code is sent once at most, however slow the machine is");
        Assert.That(rows[2][2], Does.EndWith("/s, open"));
    }

    /// <summary>A node that must not tell whether a showing was used answers UNDETERMINED, which is not what the driver expects.</summary>
    [Test]
    public async Task Run_NodeAnswersOtherwise_IsCountedAndExitsWithOne()
    {
        var (exit, output, error) = await RunAsync(
            "--scenario", "counter-check", "--codes", "40", "--seconds", "1", "--licences", "5", "--forged", "25", "--setting", "SingleUse:Store=Cache", "--logs", CapturedLogs.Folder, "--program", DeployedProgram.File);

        Assert.That(exit, Is.EqualTo(1), output + error);
        Assert.That(Rows(output)[0][18..], Is.EqualTo(new[] { "10", "30", "0" }));
        Assert.That(error, Does.Contain("WRONG: 30 × Valid expected, Undetermined (UseNotChecked) answered"));
    }

    [TestCase("--node https://192.0.2.1:7443", "192.0.2.1")]
    [TestCase("--node http://127.0.0.1:7443", "not an https address of loopback")]
    [TestCase("--node nonsense", "not an https address of loopback")]
    [TestCase("--node https://127.0.0.1:7443 --redis 127.0.0.1:6379", "a running node has its own")]
    [TestCase("--database Host=db.example;Database=x", "db.example")]
    [TestCase("--database Host=127.0.0.1,198.51.100.7;Database=x", "198.51.100.7")]
    [TestCase("--redis 127.0.0.1:6379,cache.example:6379,ssl=true", "cache.example:6379")]
    [TestCase("--database nonsense", "not a connection string")]
    [TestCase("--setting =1", "not NAME=VALUE")]
    [TestCase("--region 11", "not a region code")]
    [TestCase("--program /nowhere/crossprovince.dll", "does not exist")]
    [TestCase("--targets nowhere.json", "--targets needs --database")]
    [TestCase("--rate 0", "not from 1 to 1000000")]
    [TestCase("--codes 0", "not from 1 to 2000000")]
    [TestCase("--seconds 81", "not from 1 to 80")]
    [TestCase("--call twice", "twice")]
    [TestCase("--forged 60 --expired 41", "more than 100 percent")]
    [TestCase("--scenario nonsense", "not in the catalogue")]
    [TestCase("--scenario traffic-stop", "not for plain identity cards")]
    [TestCase("--replayed 5", "needs a single-use scenario")]
    public async Task Run_BadUsage_IsRefusedBeforeAnythingStarts(string arguments, string saying)
    {
        var (exit, output, error) = await RunAsync(arguments.Split(' '));

        Assert.That(exit, Is.EqualTo(2), error);
        Assert.That(error, Does.Contain(saying));
        Assert.That(output, Is.Empty);
    }

    private static async Task<(int Exit, string Out, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exit = await LoadTestCommand.RunAsync(arguments, new InvocationConfiguration { Output = output, Error = error });
        return (exit, output.ToString(), error.ToString());
    }

    private static List<string[]> Rows(string output) =>
        [.. output.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).Select(line => line.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries))];

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
