using System.Diagnostics;
using System.Globalization;

namespace CrossProvince.Faults.Tests.History;

/// <summary>Writes down when this machine had no time for its processes: then bounds in seconds say nothing of them.</summary>
internal sealed class Pulse : IAsyncDisposable
{
    private static readonly TimeSpan s_beat = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_late = TimeSpan.FromMilliseconds(250);

    /// <summary>The region under load brings about five of its own.</summary>
    private const int CrowdedPerProcessor = 8;

    /// <summary>Beats over which what runs is averaged.</summary>
    private const double Smoothing = 20;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;

    public Pulse(Outages outages) => _loop = Task.Factory.StartNew(() => Beat(outages), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
    }

    private void Beat(Outages outages)
    {
        Outages.Outage? crowd = null;
        var running = 0.0;
        for (var last = Stopwatch.GetTimestamp(); !_stopping.Token.WaitHandle.WaitOne(s_beat); last = Stopwatch.GetTimestamp())
        {
            var late = Stopwatch.GetElapsedTime(last) - s_beat;
            if (late > s_late)
            {
                outages.Add(Part.Machine, "busy", Outages.Now() - (long)late.TotalMilliseconds);
            }

            running += (Running() - running) / Smoothing;
            if (running > Environment.ProcessorCount * CrowdedPerProcessor)
            {
                crowd ??= outages.Begin(Part.Processors, "crowded");
            }
            else
            {
                crowd?.End();
                crowd = null;
            }
        }

        crowd?.End();
    }

    /// <summary>How many threads run or could: "LOAD LOAD LOAD RUNNING/ALL LAST".</summary>
    private static int Running() => int.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[3].Split('/')[0], CultureInfo.InvariantCulture);
}
