using System.Collections.Concurrent;
using System.Diagnostics;
using CrossProvince.Core.Identifiers;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Integration.Tests.Processes;

namespace CrossProvince.Faults.Tests.Region;

/// <summary>The place of one node: its settings and its spool stay, its processes come and go. As under systemd, what ends is started again.</summary>
/// <param name="part">Which it is.</param>
/// <param name="federation">Where it belongs.</param>
/// <param name="region">Its region.</param>
/// <param name="settings">More of its command line.</param>
/// <param name="outages">Where its absences are written down.</param>
internal sealed class NodeSlot(Part part, NodeFederation federation, RegionCode region, string[] settings, Outages outages) : IAsyncDisposable
{
    /// <summary>Long enough for clients to read what a frozen node has sent.</summary>
    private static readonly TimeSpan s_reading = TimeSpan.FromMilliseconds(30);

    private static readonly TimeSpan s_restartPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private NodeProcess? _process;

    public Part Part => part;

    /// <summary>Number of its process; null while it has none.</summary>
    public int? ProcessId => _process?.Id;

    /// <summary>Times from start to listening, milliseconds.</summary>
    public ConcurrentQueue<long> StartTimes { get; } = new();

    /// <summary>Starts that ended by themselves, because PostgreSQL was away.</summary>
    public int VainStarts { get; private set; }

    /// <summary>What its lives logged as error or worse, or said on standard error.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    /// <summary>Its whole command line but for the verb.</summary>
    public string[] Arguments => [.. federation.Arguments(region), .. settings];

    /// <summary>Starts it until it listens.</summary>
    public async Task StartAsync()
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var watch = Stopwatch.StartNew();
            _process = NodeProcess.Start(federation, region, settings);
            try
            {
                await _process.ReadyAsync();
                StartTimes.Enqueue(watch.ElapsedMilliseconds);
                return;
            }
            catch (InvalidOperationException) when (patience.Elapsed < s_patience && outages.WasAway(Part.Postgres, Outages.Now() - watch.ElapsedMilliseconds, Outages.Now(), recovery: 1_000))
            {
                VainStarts++;
                KeepComplaints();
                await EndAsync();
                await Task.Delay(s_restartPause);
            }
        }
    }

    /// <summary>Starts it, and ends it with SIGKILL soon after.</summary>
    public async Task StartInVainAsync(TimeSpan life)
    {
        _process = NodeProcess.Start(federation, region, settings);
        await Task.Delay(life);
        await KillAsync(isFrozenFirst: false);
    }

    /// <summary>Ends it with SIGKILL.</summary>
    /// <param name="isFrozenFirst">Whether every answer that has left it is read first, while nothing that it had still to do is done.</param>
    public async Task KillAsync(bool isFrozenFirst)
    {
        if (isFrozenFirst)
        {
            await _process!.FreezeAsync();
            await Task.Delay(s_reading);
        }

        await _process!.KillAsync();
        KeepComplaints();
        await EndAsync();
    }

    /// <summary>Stops it where it stands.</summary>
    public Task FreezeAsync() => _process!.FreezeAsync();

    /// <summary>Lets it go on.</summary>
    public Task ResumeAsync() => _process!.ResumeAsync();

    /// <summary>Moves what its present life complained of to <see cref="Complaints"/>.</summary>
    public void KeepComplaints()
    {
        foreach (var line in _process?.Complaints ?? [])
        {
            Complaints.Enqueue(line);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await EndAsync();
        }
    }

    private async Task EndAsync()
    {
        await _process!.DisposeAsync();
        _process = null;
    }
}
