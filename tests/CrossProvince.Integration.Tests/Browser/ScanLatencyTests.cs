using System.Text.Json.Nodes;

namespace CrossProvince.Integration.Tests.Browser;

/// <summary>How long a clerk waits: from the scanner's last key to the answer on the screen.</summary>
[Category("Alone"), Parallelizable(ParallelScope.None)]
public sealed class ScanLatencyTests : BrowserFixture
{
    private const double LimitMilliseconds = 300;

    private JsonNode? _measured;

    [Test]
    public async Task Scan_ToAnswerOnScreen_TakesLessThan300Milliseconds()
    {
        await PlayAsync("fastEnough");

        TestContext.Out.WriteLine($"Scan to answer on the screen, ms: {_measured!.ToJsonString()}");
        Assert.That((double)_measured["p95"]!, Is.LessThan(LimitMilliseconds));
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
