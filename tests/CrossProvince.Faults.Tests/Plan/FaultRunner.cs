using System.Collections.Concurrent;
using System.Globalization;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Faults.Tests.Load;
using CrossProvince.Faults.Tests.Region;

namespace CrossProvince.Faults.Tests.Plan;

/// <summary>Does the faults of a plan to a region, and brings back what it took away.</summary>
internal sealed class FaultRunner(RegionUnderTest region, Book book, Workload load)
{
    private readonly Hindrances _hindrances = new(region, book, load);
    private readonly ConcurrentDictionary<Part, SemaphoreSlim> _parts = new();
    private readonly string _olderFile = Path.Combine(Directory.CreateTempSubdirectory("crossprovince-older-").FullName, "older");

    /// <summary>What was killed or hindered, and how often.</summary>
    public ConcurrentDictionary<string, int> Done { get; } = new(StringComparer.Ordinal);

    /// <summary>What was measured, and what could not be done as planned.</summary>
    public ConcurrentQueue<string> Notes => _hindrances.Notes;

    /// <summary>Does all faults, each at its time. Several killed parts may be away at once; what is measured during a fault is measured during that one alone.</summary>
    public async Task RunAsync(FaultPlan plan, Progress progress)
    {
        var ends = new List<Task>();
        var (planned, struck) = (0.0, 0.0);
        foreach (var fault in plan.Faults)
        {
            // As much work lies between two faults as was planned, however much was done while the first lasted.
            await progress.ReachAsync(struck + fault.At - planned);
            await TestContext.Progress.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{progress.Share:P1}: {fault.Kind} {fault.Node}"));
            if (Hindrances.Includes(fault.Kind))
            {
                await Task.WhenAll(ends);
                await _hindrances.DoAsync(fault);
                Count(fault.Kind.ToString());
            }
            else
            {
                ends.AddRange(await BeginAsync(fault));
            }

            (planned, struck) = (fault.At, progress.Share);
        }

        await Task.WhenAll(ends);
        progress.EndFaults();
        Directory.Delete(Path.GetDirectoryName(_olderFile)!, recursive: true);
    }

    /// <returns>When what was taken away is back.</returns>
    private async Task<IReadOnlyList<Task>> BeginAsync(Fault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.Node:
                return [await KillNodeAsync(fault.Node, fault, "node")];
            case FaultKind.IndexWriter:
                var writer = await IndexWriter.FindAsync(region);
                if (writer is null)
                {
                    Notes.Enqueue($"{fault}: nobody wrote the index; node {fault.Node} was killed.");
                }

                return [await KillNodeAsync(writer ?? fault.Node, fault, writer is null ? "node" : "index writer")];
            case FaultKind.Partner:
                return [await KillNodeAsync(region.OwnNodes, fault, "partner")];
            case FaultKind.Postgres:
                return [await KillPostgresAsync(fault)];
            case FaultKind.NodeAndPostgres:
                return [await KillNodeAsync(fault.Node, fault, "node"), await KillPostgresAsync(fault)];
            case FaultKind.BothNodes:
                return [await KillNodeAsync(0, fault, "node"), await KillNodeAsync(1, fault, "node")];
            default:
                return [await KillRedisAsync(fault)];
        }
    }

    private async Task<Task> KillNodeAsync(int node, Fault fault, string name)
    {
        var slot = region.Slots[node];
        return await TakeAsync(slot.Part, name, fault, () => slot.KillAsync(fault.IsFrozenFirst), async () =>
        {
            if (fault.Stillborn is { } life)
            {
                await slot.StartInVainAsync(life);
                Count($"{name} at its start");
            }

            await slot.StartAsync();
        });
    }

    private Task<Task> KillPostgresAsync(Fault fault) =>
        TakeAsync(Part.Postgres, "PostgreSQL", fault, () => Task.Run(region.Postgres!.KillHard), () => Task.Run(region.Postgres!.Start));

    private Task<Task> KillRedisAsync(Fault fault) => TakeAsync(Part.Redis, "Redis", fault, () => Task.Run(region.Redis!.Kill), () => Task.Run(() =>
    {
        var (file, older) = (region.Redis!.KeptFolder, $"{_olderFile}-{Guid.NewGuid():N}");
        CopyFolder(file, older);
        if (fault.Kind == FaultKind.RedisEmpty || (fault.Kind == FaultKind.RedisOlder && !Directory.Exists(_olderFile)))
        {
            Directory.Delete(file, recursive: true);
        }
        else if (fault.Kind == FaultKind.RedisOlder)
        {
            Directory.Delete(file, recursive: true);
            CopyFolder(_olderFile, file);
        }

        if (Directory.Exists(_olderFile))
        {
            Directory.Delete(_olderFile, recursive: true);
        }

        Directory.Move(older, _olderFile);
        region.Redis.Start();
    }));

    /// <summary>Takes a part away now, and brings it back later. One that is away already is waited for first.</summary>
    /// <returns>When it is back.</returns>
    private async Task<Task> TakeAsync(Part part, string name, Fault fault, Func<Task> kill, Func<Task> start)
    {
        var turn = _parts.GetOrAdd(part, _ => new SemaphoreSlim(1));
        await turn.WaitAsync();
        var absence = Absence.Begin(region, part, fault.Kind.ToString());
        await kill();
        Count(name);
        return BringBackAsync();

        async Task BringBackAsync()
        {
            await Task.Delay(fault.Away);
            await start();
            var caughtUp = absence.EndAsync();
            turn.Release();
            await caughtUp;
        }
    }

    private void Count(string what) => Done.AddOrUpdate(what, 1, (_, count) => count + 1);

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
