namespace CrossProvince.Integration.Tests.Browser;

/// <summary>What does not look at the clock.</summary>
public sealed class BrowserTests : BrowserFixture
{
    [TestCase("inputMethodOn")]
    [TestCase("everyVerdict")]
    [TestCase("noNetwork")]
    [TestCase("demandedFields")]
    [TestCase("helpPage")]
    [TestCase("sessionEnds")]
    public Task Page_InARealBrowser_Holds(string scenario) => PlayAsync(scenario);

    [Test]
    public async Task Camera_ShowingACode_ReadsIt() => await Run.With("video", await FilmAsync()).PlayAsync("camera", AnswerAsync);
}
