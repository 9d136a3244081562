using CrossProvince.Service.Tests.Backends;

namespace CrossProvince.Service.Tests;

/// <summary>Stops the servers of the run after its last test.</summary>
[SetUpFixture]
public sealed class StopServers
{
    [OneTimeTearDown]
    public void Stop() => Servers.Stop();
}
