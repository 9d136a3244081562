namespace CrossProvince.Integration.Tests.Browser;

/// <summary>What clerks do at the counter console, and who reads the help page.</summary>
public sealed class BrowserTests : BrowserFixture
{
    [TestCase("genuineThenRevoked")]
    [TestCase("focusInAField")]
    [TestCase("inputMethodOn")]
    [TestCase("typingIsNoScan")]
    [TestCase("damagedScans")]
    [TestCase("focusOnTheScenario")]
    [TestCase("camera")]
    [TestCase("noCamera")]
    [TestCase("everyVerdict")]
    [TestCase("noNetwork")]
    [TestCase("demandedFields")]
    [TestCase("keyboardAlone")]
    [TestCase("printedRecord")]
    [TestCase("history")]
    [TestCase("terminalNotInTheToken")]
    [TestCase("settingsStay")]
    [TestCase("kiosk")]
    [TestCase("everyWidth", Category = "Pictures")]
    [TestCase("helpPage", Category = "Pictures")]
    [TestCase("twoTabs")]
    [TestCase("sessionEnds")]
    public Task Page_InARealBrowser_Holds(string scenario) => PlayAsync(scenario);
}
