using System.Diagnostics;
using CrossProvince.Core.Catalogue;
using CrossProvince.LoadTest.Codes;
using CrossProvince.LoadTest.Nodes;

namespace CrossProvince.LoadTest.Running;

/// <summary>Makes one run: codes, warm-up, then echo and node in turns.</summary>
/// <param name="target">What load is put on.</param>
/// <param name="catalogue">What scenarios there are.</param>
/// <param name="progress">Hears what goes on.</param>
internal sealed class Runner(Target target, LicenceCatalogue catalogue, TextWriter progress)
{
    private const int MostEchoes = 50_000_000;
    private const int CodesAtOnce = 2_000;

    /// <summary>The least that a round of warming up must have made a code cheaper for another to follow.</summary>
    private const double Gain = 0.03;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(2);

    /// <summary>The last code must not die before its answer.</summary>
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(5);

    /// <summary>A scenario that identity cards can be shown for.</summary>
    /// <exception cref="LoadTestException">The plan's is not.</exception>
    public static Scenario Find(RunPlan plan, LicenceCatalogue catalogue)
    {
        var scenario = catalogue.FindScenario(plan.Scenario) ?? throw new LoadTestException($"--scenario {plan.Scenario} is not in the catalogue.");
        if (!scenario.Types.Contains("identity-card") || scenario.Requires.Count > 0)
        {
            throw new LoadTestException($"--scenario {plan.Scenario} is not for plain identity cards, which are what is shown here.");
        }

        return plan.Mix.Replayed > 0 && scenario.Use == UseRule.Many
            ? throw new LoadTestException($"--replayed needs a single-use scenario such as counter-check; {plan.Scenario} may be used many times.")
            : scenario;
    }

    /// <summary>Runs.</summary>
    /// <exception cref="LoadTestException">The plan can't be followed.</exception>
    public async Task<RunResult> RunAsync(RunPlan plan, CancellationToken cancellation)
    {
        var scenario = Find(plan, catalogue);
        // The warm-up measures how large messages are, and lets both sides' code be compiled; the echo gets the same. Codes are made afterwards, for they live a minute and a half.
        await progress.WriteLineAsync($"{plan.Name}: warming up ...");
        var warmUps = await target.Codes.MakeAsync(scenario, plan.Mix with { Replayed = 0 }, Math.Min(plan.WarmUps, plan.Codes), cancellation);
        var early = new Tally();
        await WarmUpAsync(plan, new VerifyCalls(target.Node, plan, warmUps, early), warmUps.Count, cancellation);
        await SettleAsync(plan, () => new VerifyCalls(target.Node, plan, warmUps, early), target.NodeCostAsync, cancellation);
        var bytes = early.MeanBytes;
        if (early.Wrong + early.Missing > 0)
        {
            await ComplainAsync(plan, early);
            return new RunResult(plan, warmUps.Count, bytes, [], early);
        }

        await WarmUpAsync(plan, new EchoCalls(target.Echo, plan, bytes), warmUps.Count, cancellation);
        await SettleAsync(plan, () => new EchoCalls(target.Echo, plan, bytes), target.EchoCostAsync, cancellation);

        await progress.WriteLineAsync($"{plan.Name}: making {plan.Codes} codes ...");
        var scans = await MakeAsync(plan, scenario, cancellation);
        var born = DateTime.UtcNow;
        await UseAsync(plan, scans, cancellation);
        await progress.WriteLineAsync($"{plan.Name}: {scans.Count} codes, at most {plan.Seconds} s ...");
        var dead = born + TimeSpan.FromSeconds(scenario.LifetimeSeconds) - s_margin;
        var tally = new Tally();
        var turns = await TakeTurnsAsync(plan, scenario, scans, tally, bytes, dead, cancellation);
        await ComplainAsync(plan, tally);
        return new RunResult(plan, scans.Count, bytes, turns, tally);
    }

    /// <summary>As many codes as the plan wants, or as can be made in the time that it gives.</summary>
    private async Task<IReadOnlyList<Scan>> MakeAsync(RunPlan plan, Scenario scenario, CancellationToken cancellation)
    {
        var until = plan.Making is { } making ? DateTime.UtcNow + making : DateTime.MaxValue;
        var scans = new List<Scan>(plan.Codes);
        do
        {
            var some = plan.Making is null ? plan.Codes : Math.Min(CodesAtOnce, plan.Codes - scans.Count);
            scans.AddRange(await target.Codes.MakeAsync(scenario, plan.Mix, some, cancellation));
        }
        while (scans.Count < plan.Codes && DateTime.UtcNow < until);
        return scans;
    }

    /// <summary>Echo, node, echo, node, …, echo.</summary>
    private async Task<List<Turn>> TakeTurnsAsync(
        RunPlan plan, Scenario scenario, IReadOnlyList<Scan> scans, Tally tally, (int Request, int Answer) bytes, DateTime dead, CancellationToken cancellation)
    {
        var turns = new List<Turn>(plan.Turns);
        var each = TimeSpan.FromSeconds((double)plan.Seconds / plan.Turns);
        var half = TimeSpan.FromSeconds(Math.Max(0.5, each.TotalSeconds / 4));
        var sent = 0;

        // Where a showing may be used once, so may its code be sent; elsewhere the codes go round.
        var most = scenario.Use == UseRule.Many ? int.MaxValue : scans.Count / plan.CodesPerCall;
        await target.SettleAsync(cancellation);
        var before = await EchoAsync(plan, bytes, half, cancellation);
        for (var turn = 0; turn < plan.Turns; turn++)
        {
            var left = dead - DateTime.UtcNow;
            if (left < TimeSpan.FromSeconds(1))
            {
                throw new LoadTestException($"{scans.Count} codes took so long to make that they would die before they are sent: fewer --codes.");
            }

            var answered = tally.Answered;
            Timings timings;
            await using (var calls = new VerifyCalls(target.Node, plan, scans, tally))
            {
                var first = sent;
                var share = most == int.MaxValue ? most : (most - sent) / (plan.Turns - turn);
                timings = await PaceAsync(plan, number => calls.CallAsync(first + number), share, each < left ? each : left, target.NodeCostAsync, cancellation);
                sent += timings.Calls;
            }

            var backlog = await target.DrainAsync(tally.Answered - answered, cancellation);
            var after = await EchoAsync(plan, bytes, half, cancellation);
            turns.Add(new Turn(timings, before, after, backlog));
            before = after;
        }

        return turns;
    }

    private async Task ComplainAsync(RunPlan plan, Tally tally)
    {
        foreach (var complaint in tally.Complaints.Take(10))
        {
            await progress.WriteLineAsync($"{plan.Name}: {complaint}");
        }
    }

    /// <summary>Another terminal uses the codes that are to be found used.</summary>
    private async Task UseAsync(RunPlan plan, IReadOnlyList<Scan> scans, CancellationToken cancellation)
    {
        var used = scans.Where(s => s.Expected == Contracts.Verification.V1.Verdict.Replayed).Select(s => s with { Expected = Contracts.Verification.V1.Verdict.Valid }).ToList();
        if (used.Count == 0)
        {
            return;
        }

        var tally = new Tally();
        await using var calls = new VerifyCalls(target.Node, plan with { Call = CallKind.Unary }, used, tally, "elsewhere");
        await Pacing.ClosedAsync(calls.CallAsync, plan.InFlight, used.Count, TimeSpan.FromSeconds(60), cancellation);
        if (tally.Right < used.Count)
        {
            throw new LoadTestException($"The codes could not be used beforehand: {string.Join("; ", tally.Complaints)}");
        }
    }

    private static async Task WarmUpAsync(RunPlan plan, ICalls calls, int codes, CancellationToken cancellation)
    {
        await using (calls)
        {
            await ClosedAsync(plan, calls.CallAsync, Math.Max(1, codes / plan.CodesPerCall), s_warmUp, cancellation);
        }
    }

    /// <summary>Goes on until the runtime has compiled what is called often, which takes longer than the first calls: a node runs for months, and its first half minute is not what is measured.</summary>
    private static async Task SettleAsync(RunPlan plan, Func<ICalls> make, Func<CancellationToken, Task<Cost>> cost, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        var (before, last) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        while (plan.Settling is { } longest && Stopwatch.GetElapsedTime(start) < longest)
        {
            await using var calls = make();
            var busy = await cost(cancellation);
            var timings = await ClosedAsync(plan, calls.CallAsync, int.MaxValue, s_round, cancellation);
            var each = (await cost(cancellation) - busy).Server / Math.Max(1, timings.Calls);
            if (before < TimeSpan.MaxValue && each > (before < last ? before : last) * (1 - Gain))
            {
                break;
            }

            (before, last) = (last, each);
        }
    }

    private async Task<Timings> EchoAsync(RunPlan plan, (int Request, int Answer) bytes, TimeSpan longest, CancellationToken cancellation)
    {
        await using var calls = new EchoCalls(target.Echo, plan, bytes);
        return await PaceAsync(plan, calls.CallAsync, MostEchoes, longest, target.EchoCostAsync, cancellation);
    }

    private static async Task<Timings> PaceAsync(
        RunPlan plan, Func<int, Task> call, int count, TimeSpan longest, Func<CancellationToken, Task<Cost>> cost, CancellationToken cancellation)
    {
        // What was made for the run is not to be moved about while it is measured.
        GC.Collect();
        var before = await cost(cancellation);
        var timings = await (plan.Rate is { } rate
            ? Pacing.OpenAsync(call, rate / plan.CodesPerCall, count, longest, cancellation)
            : ClosedAsync(plan, call, count, longest, cancellation));
        timings.Cost = await cost(cancellation) - before;
        return timings;
    }

    private static Task<Timings> ClosedAsync(RunPlan plan, Func<int, Task> call, int count, TimeSpan longest, CancellationToken cancellation) =>
        Pacing.ClosedAsync(call, plan.InFlight, count, longest, cancellation);
}
