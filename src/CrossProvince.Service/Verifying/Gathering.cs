using System.Diagnostics;
using CrossProvince.Service.Hosting;
using Grpc.Core;

namespace CrossProvince.Service.Verifying;

/// <summary>Gathers the scans of all calls into groups: what arrives while groups are under way forms the next.</summary>
/// <remarks>There is no timer. A scan that comes to an idle node is begun at once, alone.</remarks>
internal sealed class Gathering
{
    /// <summary>Enough for all lanes many times over, and short enough that nobody waits long behind others' scans.</summary>
    public const int LargestGroup = 256;

    /// <summary>Groups under way at the same time: while one is being recorded, another is judged.</summary>
    public const int GroupsAtOnce = 2;

    /// <summary>So many scans must wait for a second group to begin beside the first. Fewer gain nothing by it: they would wait for the same disk, and make small groups of what could be one.</summary>
    public const int SecondGroup = 64;

    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly ScanQueue _queue;
    private readonly Func<IReadOnlyList<Scan>, Task> _verify;
    private readonly VerifyingMetrics _metrics;
    private int _underWay;

    /// <summary>Gathers for a way of verifying.</summary>
    /// <param name="verify">Verifies a group and records it; throws when it could not be recorded, and then nothing of it is answered.</param>
    /// <param name="longestQueue">How many scans may wait.</param>
    /// <param name="metrics">Hears of groups and queue.</param>
    public Gathering(Func<IReadOnlyList<Scan>, Task> verify, int longestQueue, VerifyingMetrics metrics)
    {
        (_verify, _queue, _metrics) = (verify, new ScanQueue(longestQueue), metrics);
        metrics.Observe(() => Waiting);
    }

    /// <summary>How many scans wait.</summary>
    public int Waiting => _queue.Length;

    /// <summary>Has the scans of a call verified, in its order, together with those of others.</summary>
    /// <param name="call">At least one scan.</param>
    /// <param name="cancellation">Gives up what has not been begun; what has been begun is recorded.</param>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: too many scans wait; nothing was begun.</exception>
    /// <exception cref="OperationCanceledException">Some scans, or all, were given up.</exception>
    public async Task VerifyAsync(ScanCall call, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Add(call))
        {
            // On a thread of its own, away from the caller's log scope and span: the group is not the caller's alone.
            ThreadPool.UnsafeQueueUserWorkItem(static gathering => _ = gathering.WorkAsync(), this, preferLocal: false);
        }

        call.Gathering = this;
        using var given = cancellation.UnsafeRegister(
            static (state, token) =>
            {
                var call = (ScanCall)state!;
                call.Gathering!.GiveUp(call, new OperationCanceledException(token));
            },
            call);
        await call.Ended;
    }

    private bool MayBegin => _underWay == 0 || (_underWay < GroupsAtOnce && _queue.Length >= SecondGroup);

    /// <returns>Whether a group is to be begun.</returns>
    private bool Add(ScanCall call)
    {
        lock (_lock)
        {
            if (!_queue.TryAdd(call))
            {
                throw RpcErrors.ResourceExhausted(
                    "NODE_BUSY", "等待核验的码过多，未作处理，请稍后重试。", "Too many codes wait to be verified; nothing was done. Try again.", s_retryAfter);
            }

            var begins = MayBegin;
            _underWay += begins ? 1 : 0;
            return begins;
        }
    }

    /// <summary>One group after the other, while enough waits for it; each takes its turn among all work of the node.</summary>
    private async Task WorkAsync()
    {
        var group = new List<Scan>(LargestGroup);
        while (TryTake(group))
        {
            _metrics.Gathered(group.Count, Stopwatch.GetElapsedTime(group.Min(scan => scan.Call.Arrived)));
            Exception? failure = null;
            try
            {
                await _verify(group);
            }
            catch (Exception e)
            {
                failure = e;
            }

            foreach (var scan in group)
            {
                if (failure is not null)
                {
                    GiveUp(scan.Call, failure);
                }

                if (!scan.IsFollower && !scan.HasLeft)
                {
                    scan.End(failure);
                }
            }

            // Behind the answers, and behind requests that have come in: the next group is theirs, instead of the few that came before them.
            await Task.Yield();
        }
    }

    private bool TryTake(List<Scan> group)
    {
        group.Clear();
        lock (_lock)
        {
            _underWay--;
            if (MayBegin)
            {
                _queue.Take(group, LargestGroup);
            }

            _underWay += group.Count > 0 ? 1 : 0;
            return group.Count > 0;
        }
    }

    private void GiveUp(ScanCall call, Exception reason)
    {
        int given;
        lock (_lock)
        {
            given = _queue.GiveUp(call);
        }

        call.End(given, reason);
    }
}
