namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>Tests that share one running federation; an error in a node's log that the test did not declare fails it.</summary>
/// <remarks>Such fixtures run side by side. One that measures time, or what the whole process does, says that it is not parallelizable.</remarks>
[Parallelizable(ParallelScope.Self)]
public abstract class FederationFixture
{
    private TestFederation? _federation;

    internal TestFederation Federation => _federation!;

    internal TestNode Beijing => Federation[TestFederation.Beijing];

    internal TestNode Tianjin => Federation[TestFederation.Tianjin];

    internal virtual FederationPlan Plan { get; } = new();

    [OneTimeSetUp]
    public async Task StartFederation()
    {
        _federation = await TestFederation.StartAsync(Plan);
        await PrepareAsync();
    }

    [TearDown]
    public void CheckLogs() => _federation?.CheckLogs();

    [OneTimeTearDown]
    public async Task StopFederation()
    {
        if (_federation is not null)
        {
            await _federation.DisposeAsync();
        }
    }

    /// <summary>What the fixture needs once, such as licences.</summary>
    protected virtual Task PrepareAsync() => Task.CompletedTask;
}
