using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.LoadTest.Nodes;
using CrossProvince.LoadTest.Running;

namespace CrossProvince.LoadTest.Targets;

/// <summary>Has the issuing node make codes, over gRPC with the holders' tokens.</summary>
internal sealed class PresentCalls(IReadOnlyList<SampleHolder> holders, string scenario) : ICalls
{
    private int _failed;

    /// <summary>Calls that brought no code.</summary>
    public int Failed => _failed;

    public async Task CallAsync(int number)
    {
        var holder = holders[number % holders.Count];
        try
        {
            var response = await holder.Presentations.CreatePresentationAsync(new CreatePresentationRequest { LicenceId = holder.LicenceId, Scenario = scenario });
            if (response.Code.Length == 0)
            {
                Interlocked.Increment(ref _failed);
            }
        }
        catch (NodeException)
        {
            Interlocked.Increment(ref _failed);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
