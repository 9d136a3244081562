using System.Diagnostics;
using CrossProvince.Core.Identifiers;
using CrossProvince.Integration.Tests.Processes;

namespace CrossProvince.Integration.Tests.Durability;

/// <summary>One node that is killed again and again under load.</summary>
internal sealed class KilledNode(RegionCode region, int seed)
{
    /// <summary>A kill strikes at a random moment of this long, counted from the first answer of that life.</summary>
    private const int LongestLifeMilliseconds = 200;

    /// <summary>One kill in so many strikes while the node starts, where it reads the chain and brings its tables up to date; these are counted apart.</summary>
    private const int StartsPerStartKill = 20;

    /// <summary>Long enough for the client to read what a frozen node has sent.</summary>
    private static readonly TimeSpan s_drain = TimeSpan.FromMilliseconds(30);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public Journal Journal { get; } = new();

    /// <summary>Kills under load.</summary>
    public int Kills { get; private set; }

    /// <summary>Kills during a start.</summary>
    public int StartKills { get; private set; }

    /// <summary>Times from start to listening, milliseconds.</summary>
    public List<long> StartTimes { get; } = [];

    /// <summary>What the lives of the node logged as error or worse.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Kills it, then compares.</summary>
    /// <param name="kills">How often under load.</param>
    public async Task<Aftermath> RunAsync(int kills)
    {
        var random = new Random(seed);
        using var federation = NodeFederation.Create(region);
        using var load = new Load(federation, region, Journal, seed);
        var node = await StartAsync(federation);
        await load.PrepareAsync(revocable: kills + (kills / 2));
        load.Resume();
        var work = load.RunAsync();
        while (Kills < kills)
        {
            await FirstAnswerAsync();
            await Task.Delay(random.Next(LongestLifeMilliseconds));
            load.Suspend();
            if (random.Next(2) == 0)
            {
                // Frozen first: every answer that had left the node at that moment is read, and nothing it had still to do is done.
                await node.FreezeAsync();
                await Task.Delay(s_drain);
            }

            await KillAsync(node);
            Kills++;
            if (random.Next(StartsPerStartKill) == 0)
            {
                var stillborn = NodeProcess.Start(federation, region);
                await Task.Delay(random.Next(1_500));
                await KillAsync(stillborn);
                StartKills++;
            }

            node = await StartAsync(federation);
            load.Resume();
        }

        await FirstAnswerAsync();
        load.Stop();
        await work;
        await load.AskInTheEndAsync(most: 100);

        var aftermath = new Aftermath(Journal);
        await aftermath.CompareAsync(federation.DatabaseFile(region));

        // Two heads are published in a second: the newest speaks of the last change then.
        await Task.Delay(TimeSpan.FromSeconds(2));
        await aftermath.CompareIndexAsync(federation.DatabaseFile(region), load.Verifier, region, federation.TrustList());
        await KillAsync(node);
        return aftermath;
    }

    private async Task<NodeProcess> StartAsync(NodeFederation federation)
    {
        var watch = Stopwatch.StartNew();
        var node = NodeProcess.Start(federation, region);
        await node.ReadyAsync();
        StartTimes.Add(watch.ElapsedMilliseconds);
        return node;
    }

    private async Task KillAsync(NodeProcess node)
    {
        await node.KillAsync();
        Complaints.AddRange(node.Complaints);
        await node.DisposeAsync();
    }

    /// <summary>Waits until this life of the node has answered something.</summary>
    private async Task FirstAnswerAsync()
    {
        var before = Journal.Answers;
        var watch = Stopwatch.StartNew();
        while (Journal.Answers == before)
        {
            if (watch.Elapsed > s_patience)
            {
                throw new InvalidOperationException($"The node answers nothing any more. {string.Join('\n', Complaints)} {string.Join('\n', Journal.Wrong)}");
            }

            await Task.Delay(1);
        }
    }
}
