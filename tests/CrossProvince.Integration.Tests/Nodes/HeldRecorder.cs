using System.Collections.Concurrent;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Verifying;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>Stands before a node's spool: holds groups of verifications until the test lets them go, and can fail.</summary>
internal sealed class HeldRecorder(VerificationSpool spool) : IVerificationRecorder
{
    private readonly ConcurrentQueue<IReadOnlyList<VerificationRecord>> _groups = new();
    private TaskCompletionSource? _gate;
    private int _held;

    /// <summary>What was to be recorded together, since the last hold.</summary>
    internal IEnumerable<IReadOnlyList<VerificationRecord>> Groups => _groups;

    /// <summary>Whether groups are refused from now on.</summary>
    internal bool IsBroken { get; set; }

    /// <summary>To be put into a node.</summary>
    internal static void Install(IServiceCollection services) =>
        services.AddSingleton<HeldRecorder>().AddSingleton<IVerificationRecorder>(s => s.GetRequiredService<HeldRecorder>());

    /// <summary>Of a node into which it was put.</summary>
    internal static HeldRecorder Of(TestNode node) => node.Services.GetRequiredService<HeldRecorder>();

    public async Task AppendAsync(IReadOnlyList<VerificationRecord> records, CancellationToken cancellation)
    {
        _groups.Enqueue(records);
        if (Volatile.Read(ref _gate) is { } gate)
        {
            Interlocked.Increment(ref _held);
            await gate.Task;
        }

        if (IsBroken)
        {
            throw new SpoolException(SpoolFault.Unwritable);
        }

        await spool.AppendAsync(records, cancellation);
    }

    public PendingAnswer? TryFind(string caller, string requestId, long since) => spool.TryFind(caller, requestId, since);

    public bool MayBeInDatabase(string caller, string requestId) => spool.MayBeInDatabase(caller, requestId);

    /// <summary>Fills the places for groups with scans that nobody waits for; what comes now forms the next group.</summary>
    internal async Task<IAsyncDisposable> HoldAsync(TestNode node, int places = Gathering.GroupsAtOnce)
    {
        var hold = new Hold(this);
        (_gate, _held) = (hold.Opened, 0);
        for (var n = 1; n <= places; n++)
        {
            var scans = Enumerable.Repeat(new VerifyRequest { Code = "x", TerminalId = "held" }, n == 1 ? 1 : Gathering.SecondGroup);
            hold.Scans.Add(node.Verifications.VerifyBatchAsync(new VerifyBatchRequest { Requests = { scans } }).ResponseAsync);
            await Eventually.HoldsAsync(() => Volatile.Read(ref _held) == n, $"{n} groups are held");
        }

        _groups.Clear();
        return hold;
    }

    /// <summary>Waits until so many scans wait behind the held groups.</summary>
    internal static Task WaitingAsync(TestNode node, int scans) =>
        Eventually.HoldsAsync(() => node.Services.GetRequiredService<Gathering>().Waiting == scans, $"{scans} scans wait");

    private sealed class Hold(HeldRecorder recorder) : IAsyncDisposable
    {
        public TaskCompletionSource Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<Task> Scans { get; } = [];

        public async ValueTask DisposeAsync()
        {
            recorder._gate = null;
            Opened.TrySetResult();
            await Task.WhenAll(Scans).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
