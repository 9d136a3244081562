using System.Text.Json.Nodes;

namespace CrossProvince.Integration.Tests.Browser;

/// <summary>A keyboard-wedge scanner, which is told from a person by its speed, and how fast the answer comes.</summary>
[Category("Alone"), Parallelizable(ParallelScope.None)]
public sealed class ScannerTests : BrowserFixture
{
    private const double LimitMilliseconds = 300;

    [TestCase("genuineThenRevoked")]
    [TestCase("focusInAField")]
    [TestCase("typingIsNoScan")]
    [TestCase("damagedScans")]
    [TestCase("keyboardAlone")]
    public Task Page_InARealBrowser_Holds(string scenario) => PlayAsync(scenario);

    [Test]
    public async Task Scan_ToAnswerOnScreen_TakesLessThan300Milliseconds()
    {
        JsonNode? figures = null;
        await PlayAsync("fastEnough", measured => figures = measured);

        TestContext.Out.WriteLine($"Scan to answer on the screen, 20 scans, ms: {figures!.ToJsonString()}");
        Assert.That((double)figures!["p95"]!, Is.LessThan(LimitMilliseconds));
    }
}
