using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Faults.Tests.Load;
using CrossProvince.Faults.Tests.Region;
using Grpc.Core;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;

namespace CrossProvince.Faults.Tests.Plan;

/// <summary>What kills nothing but keeps a part from its work for a while; each looks whether the nodes meanwhile do what docs/operations.md says.</summary>
internal sealed class Hindrances(RegionUnderTest region, Book book, Workload load)
{
    /// <summary>An answer of Redis may take 1 s, and is given up 0.3 s later at the latest.</summary>
    private const double RedisLimitMilliseconds = 1_300;

    /// <summary>A scan waits for two seconds at most for each of three questions to the database.</summary>
    private const double DatabaseLimitMilliseconds = 6_000;

    /// <summary>A puller finds out within three seconds that a node hangs, may try it twice more for two seconds each, and then has to fetch what has changed.</summary>
    private const long PullMilliseconds = 12_000;

    /// <summary>A group may have to wait for the one before it, and the machine is busy.</summary>
    private const double SlackMilliseconds = 2_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);

    /// <summary>What was measured.</summary>
    public ConcurrentQueue<string> Notes { get; } = new();

    /// <summary>Whether a kind is one of these.</summary>
    public static bool Includes(FaultKind kind) => kind >= FaultKind.RedisFlushed;

    /// <summary>Hinders, looks, and ends it.</summary>
    public Task DoAsync(Fault fault) => fault.Kind switch
    {
        FaultKind.RedisFlushed => FlushAsync(),
        FaultKind.RedisPaused => PauseAsync(Part.Redis, region.Redis!.Freeze, region.Redis!.Resume, RedisLimitMilliseconds),
        FaultKind.PostgresPaused => PauseAsync(Part.Postgres, region.Postgres!.Freeze, region.Postgres!.Resume, DatabaseLimitMilliseconds),
        FaultKind.NodePaused => PauseNodeAsync(fault.Node),
        FaultKind.DatabaseReadOnly => RefuseWritesAsync(fault.Kind, () => SetReadOnly("on"), () => SetReadOnly("off")),
        FaultKind.DatabaseFull => FillDatabaseAsync(),
        _ => FillSpoolAsync(),
    };

    private async Task FlushAsync()
    {
        var before = Outages.Now();
        var start = Stopwatch.GetTimestamp();
        region.Redis!.Flush();
        while (!RegionUnderTest.IsClean(await region.AuditAsync(0, 1), withRedis: true))
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                book.Wrong.Enqueue("After FLUSHALL Redis does not hold the index of Beijing as the database says it.");
                return;
            }

            await Task.Delay(s_poll);
        }

        Notes.Enqueue(string.Create(CultureInfo.InvariantCulture, $"FLUSHALL: Redis holds everything again after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms; scans meanwhile {Describe(before)}"));
    }

    /// <summary>Stops a server, and looks how long scans take meanwhile.</summary>
    private async Task PauseAsync(Part part, Action freeze, Action resume, double limitMilliseconds)
    {
        var calm = Outages.Now();
        await Task.Delay(FaultSettings.Pause / 2);
        var usual = Describe(calm, out var longestBefore);
        var absence = Absence.Begin(region, part, "paused");
        var outage = absence.Outage;
        await Task.Run(freeze);
        await Task.Delay(FaultSettings.Pause);
        await Task.Run(resume);
        await absence.EndAsync();
        await Task.Delay(FaultSettings.Pause / 2);
        var meanwhile = Describe(outage.From, out var longest);
        Notes.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{part} paused for {outage.Until - outage.From} ms: scans before {usual}; from then on {meanwhile}"));
        if (longest > longestBefore + limitMilliseconds + SlackMilliseconds)
        {
            book.Wrong.Enqueue(string.Create(CultureInfo.InvariantCulture, $"A call took {longest:F0} ms while {part} was paused; the longest before took {longestBefore:F0}."));
        }
    }

    /// <summary>Stops a node, and looks how old the partner's copy becomes meanwhile, which the other node could keep fresh.</summary>
    private async Task PauseNodeAsync(int node)
    {
        var absence = Absence.Begin(region, (Part)node, "paused");
        var outage = absence.Outage;
        await region.Slots[node].FreezeAsync();
        var oldest = 0L;
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < FaultSettings.Pause;)
        {
            oldest = Math.Max(oldest, await region.FindHeadTimeAsync(region.OwnNodes) is > 0 and var time ? Outages.Now() - time : 0);
            await Task.Delay(s_poll);
        }

        await region.Slots[node].ResumeAsync();
        await absence.EndAsync();
        Notes.Enqueue($"Node {node} paused for {outage.Until - outage.From} ms: the partner's copy became {oldest} ms old");
        if (oldest > PullMilliseconds && !region.Outages.WasAway(Part.Processors, outage.From, Outages.Now(), recovery: 0))
        {
            book.Wrong.Enqueue($"While node {node} was paused the partner's copy became {oldest} ms old, though the other node was there.");
        }
    }

    /// <summary>The database takes no writes: the authority is told so, counters go on, and afterwards so does the authority.</summary>
    private async Task RefuseWritesAsync(FaultKind kind, Action begin, Action end)
    {
        var absence = Absence.Begin(region, Part.Postgres, kind.ToString());
        await Task.Run(begin);
        try
        {
            await RefusedAsync(kind);
            await VerifiedAsync(kind);
            await Task.Delay(FaultSettings.Pause);
        }
        finally
        {
            await Task.Run(end);
        }

        await TakenAsync(kind);
        await absence.EndAsync();
    }

    private Task FillDatabaseAsync()
    {
        if (region.PostgresDisk is not { } disk)
        {
            Notes.Enqueue("DatabaseFull: left out; only root can make a disk of its own.");
            return Task.CompletedTask;
        }

        return RefuseWritesAsync(FaultKind.DatabaseFull, disk.Fill, () =>
        {
            disk.Free();

            // Without room for its log PostgreSQL stops; its operator starts it again.
            if (!region.Postgres!.IsRunning)
            {
                Notes.Enqueue("DatabaseFull: PostgreSQL had stopped, and was started again.");
                region.Postgres.Start();
            }
        });
    }

    private async Task FillSpoolAsync()
    {
        if (region.SpoolDisk is not { } disk)
        {
            Notes.Enqueue("SpoolFull: left out; only root can make a disk of its own.");
            return;
        }

        var outage = region.Outages.Begin(Part.FirstNode, nameof(FaultKind.SpoolFull));
        disk.Fill();
        await UntilAsync("the node whose spool has no room refuses to verify", async () => await FailureOfAsync(AskOnceAsync) is { StatusCode: StatusCode.Unavailable, Reason: "RECORDING_UNAVAILABLE" or "RECORDING_FULL" });
        await Task.Delay(FaultSettings.Pause);
        disk.Free();
        await UntilAsync("the node verifies again once its spool has room", async () => await FailureOfAsync(AskOnceAsync) is null);
        outage.End();
    }

    private async Task AskOnceAsync() => await region.Verifier(0).Verifications.VerifyAsync(new VerifyRequest { Code = "CP1NOTACODE", TerminalId = "watch" });

    /// <summary>Sooner or later: what fits into what PostgreSQL has already may still be written.</summary>
    private Task RefusedAsync(FaultKind kind) => UntilAsync($"{kind}: changes are refused as UNAVAILABLE", async () =>
        await FailureOfAsync(ChangeOnceAsync) is { StatusCode: StatusCode.Unavailable, Reason: "DATABASE_READ_ONLY" or "DATABASE_FULL" or "DATABASE_UNAVAILABLE" });

    private Task TakenAsync(FaultKind kind) => UntilAsync($"{kind}: changes are taken again", async () => await FailureOfAsync(ChangeOnceAsync) is null);

    /// <summary>The partner's counters hear nothing of it but that Beijing's news stay out, and codes of one use only are the one thing that Beijing's own cannot tell.</summary>
    private async Task VerifiedAsync(FaultKind kind)
    {
        var card = load.Cards.Cards.First(c => c.Fate == Fate.Stays);
        var answers = await load.Counter.VerifyAsync([region.OwnNodes], [(load.MakeForPartner(card), "watch-2")]);
        if (answers[0] is not { Verdict: Verdict.Valid } and not { Verdict: Verdict.Undetermined, Reason: UndeterminedReason.Stale })
        {
            book.Wrong.Enqueue($"{kind}: the partner answered {answers[0].Verdict} {answers[0].Reason}.");
        }

        if (card.Lasting is { } code && (await load.Counter.VerifyAsync(region.OwnFrom(0), [(code, "watch-0")]))[0] is var own
            && own is not { Verdict: Verdict.Valid } and not { Verdict: Verdict.Undetermined, Reason: UndeterminedReason.Stale or UndeterminedReason.UseNotChecked })
        {
            book.Wrong.Enqueue($"{kind}: Beijing answered {own.Verdict} {own.Reason}.");
        }
    }

    /// <summary>Suspends or reinstates a licence that nobody else changes meanwhile.</summary>
    private async Task ChangeOnceAsync()
    {
        if (!load.Cards.Others.TryDequeue(out var life))
        {
            return;
        }

        try
        {
            var status = life.IsSettled ? (life.Newest == LicenceStatus.Valid ? LicenceStatus.Suspended : LicenceStatus.Valid) : life.Newest;
            life.Ask(status, Outages.Now());
            var answer = await region.Authority(0).Licences.ChangeStatusAsync(new ChangeStatusRequest { LicenceId = life.LicenceId, Status = status, Reason = "fault test" });
            life.Acknowledge(answer.Seq, Outages.Now());
            book.CountChanges(1);
        }
        finally
        {
            load.Cards.Others.Enqueue(life);
        }
    }

    private void SetReadOnly(string value)
    {
        region.Postgres!.Execute($"ALTER SYSTEM SET default_transaction_read_only = {value}");
        region.Postgres.Execute("SELECT pg_reload_conf()");
    }

    private static async Task<NodeException?> FailureOfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (NodeException e)
        {
            return e;
        }
    }

    private async Task UntilAsync(string what, Func<Task<bool>> holds)
    {
        for (var start = Stopwatch.GetTimestamp(); !await holds();)
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                book.Wrong.Enqueue($"It never came about that {what}.");
                return;
            }

            await Task.Delay(s_poll);
        }
    }

    private string Describe(long since) => Describe(since, out _);

    /// <summary>How long calls took that began since.</summary>
    private string Describe(long since, out double longest)
    {
        var times = book.Times.Where(call => call.Began >= since).Select(call => call.Took).Order().ToList();
        longest = times.Count == 0 ? 0 : times[^1];
        return times.Count == 0 ? "none" : string.Create(CultureInfo.InvariantCulture, $"p50 {times[times.Count / 2]:F0} ms, p99 {times[times.Count * 99 / 100]:F0} ms, longest {longest:F0} ms of {times.Count}");
    }
}
