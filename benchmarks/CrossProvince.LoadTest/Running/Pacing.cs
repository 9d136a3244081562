using System.Diagnostics;

namespace CrossProvince.LoadTest.Running;

/// <summary>When calls are sent, and how long each took.</summary>
internal static class Pacing
{
    /// <summary>Calls of an open loop that may wait for their answers; more means that the node does not keep up at all.</summary>
    private const int MostWaiting = 20_000;

    /// <summary>Closed loop: so many calls are in flight at any time.</summary>
    /// <param name="call">Makes the call of a number, from 0.</param>
    /// <param name="inFlight">How many at once.</param>
    /// <param name="count">How many in all.</param>
    /// <param name="longest">No call is begun later.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<Timings> ClosedAsync(Func<int, Task> call, int inFlight, int count, TimeSpan longest, CancellationToken cancellation)
    {
        var next = -1;
        var start = Stopwatch.GetTimestamp();
        var workers = Enumerable.Range(0, inFlight).Select(_ => Task.Run(
            async () =>
            {
                var ticks = new List<long>();
                while (!cancellation.IsCancellationRequested && Stopwatch.GetElapsedTime(start) < longest)
                {
                    var number = Interlocked.Increment(ref next);
                    if (number >= count)
                    {
                        break;
                    }

                    var sent = Stopwatch.GetTimestamp();
                    await call(number);
                    ticks.Add(Stopwatch.GetTimestamp() - sent);
                }

                return ticks;
            },
            CancellationToken.None)).ToArray();
        var all = await Task.WhenAll(workers);
        cancellation.ThrowIfCancellationRequested();
        return new Timings(all.SelectMany(ticks => ticks), Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Open loop: calls are sent at a constant rate, whatever becomes of those before.</summary>
    /// <remarks>
    /// Latency is measured from the moment at which a call should have been sent: a node that stops for a second delays every call that was due in
    /// it, and that is counted. The sender sleeps until each call is due, and sends it alone: calls that go together would wait for one another, and that would be counted too.
    /// </remarks>
    /// <param name="call">Makes the call of a number, from 0.</param>
    /// <param name="perSecond">Calls a second.</param>
    /// <param name="count">How many in all.</param>
    /// <param name="longest">No call is due later.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<Timings> OpenAsync(Func<int, Task> call, double perSecond, int count, TimeSpan longest, CancellationToken cancellation)
    {
        var most = (int)Math.Min(count, Math.Max(1, longest.TotalSeconds * perSecond));
        var ticks = new long[most];
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (sent, open) = (0, 1);
        var overrun = false;
        var start = Stopwatch.GetTimestamp();
        await Task.Factory.StartNew(
            () =>
            {
                while (sent < most && !overrun && !cancellation.IsCancellationRequested)
                {
                    var due = start + (long)(sent / perSecond * Stopwatch.Frequency);
                    Sleep.Until(due);
                    overrun = Interlocked.Increment(ref open) > MostWaiting;
                    _ = OneAsync(sent++, due);
                }

                End();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await ended.Task;
        cancellation.ThrowIfCancellationRequested();
        return new Timings(ticks.Take(sent), Stopwatch.GetElapsedTime(start), overrun);

        async Task OneAsync(int number, long due)
        {
            try
            {
                await call(number);
                ticks[number] = Stopwatch.GetTimestamp() - due;
                End();
            }
            catch (Exception e)
            {
                ended.TrySetException(e);
            }
        }

        void End()
        {
            if (Interlocked.Decrement(ref open) == 0)
            {
                ended.TrySetResult();
            }
        }
    }
}
