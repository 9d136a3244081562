using CrossProvince.Integration.Tests.Browser;

namespace CrossProvince.Integration.Tests;

/// <summary>What all fixtures share ends with the run.</summary>
[SetUpFixture]
public sealed class EndOfRun
{
    [OneTimeTearDown]
    public async Task CloseBrowserAsync() => await BrowserSession.CloseAsync();
}
