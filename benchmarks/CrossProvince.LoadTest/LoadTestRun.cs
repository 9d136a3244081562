using System.Globalization;
using CrossProvince.Cli.Trust;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.LoadTest.Codes;
using CrossProvince.LoadTest.Nodes;
using CrossProvince.LoadTest.Running;

namespace CrossProvince.LoadTest;

/// <summary>One start of the load driver: nodes, codes, runs, table.</summary>
/// <param name="nodes">What load is put on.</param>
/// <param name="output">Receives the table.</param>
/// <param name="progress">Receives everything else.</param>
internal sealed class LoadTestRun(NodesPlan nodes, TextWriter output, TextWriter progress)
{
    private const string Many = "hotel-checkin";
    private const string Once = "counter-check";
    private const int MostWarmUps = 2_000;
    private const int MostEchoes = 50_000_000;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(4);

    /// <summary>The last code must not die before its answer.</summary>
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(5);

    /// <summary>Runs.</summary>
    /// <returns>0 all as expected; 1 a wrong verdict; 3 an answer is missing.</returns>
    /// <exception cref="LoadTestException">The plan can't be followed.</exception>
    public async Task<int> RunAsync(RunPlan plan, bool series, CancellationToken cancellation)
    {
        var catalogue = CatalogueDirectory.Read(Path.Combine(AppContext.BaseDirectory, "catalogue"));
        var scenario = Find(plan, catalogue);
        await progress.WriteLineAsync("Nodes are started and licences registered; codes are made once these have stood in a head for 5 s ...");
        await using var target = await Target.PrepareAsync(nodes, catalogue, cancellation);
        var results = new List<RunResult>();
        foreach (var next in series ? Series(plan, results) : [plan])
        {
            results.Add(await RunAsync(next, Find(next, catalogue), target, cancellation));
        }

        var inProcess = await InProcessAsync(plan, scenario, target, catalogue, cancellation);
        await WriteAsync(target, results, inProcess);
        return inProcess?.Wrong is not null || results.Any(r => r.ExitCode == 1) ? 1 : results.Max(r => r.ExitCode);
    }

    private static Scenario Find(RunPlan plan, LicenceCatalogue catalogue)
    {
        var scenario = catalogue.FindScenario(plan.Scenario) ?? throw new LoadTestException($"--scenario {plan.Scenario} is not in the catalogue.");
        if (!scenario.Types.Contains("identity-card") || scenario.Requires.Count > 0)
        {
            throw new LoadTestException($"--scenario {plan.Scenario} is not for plain identity cards, which are what is shown here.");
        }

        return plan.Mix.Replayed > 0 && scenario.Use == UseRule.Many
            ? throw new LoadTestException($"--replayed needs a single-use scenario such as {Once}; {plan.Scenario} may be used many times.")
            : scenario;
    }

    /// <summary>The usual series: each step may use what those before have found.</summary>
    private static IEnumerable<RunPlan> Series(RunPlan plan, List<RunResult> results)
    {
        var many = plan with { Call = CallKind.Unary, Scenario = Many, Rate = null };
        yield return many;
        yield return many with { Scenario = Once };
        yield return many with { Rate = Math.Max(1, Math.Floor(results[0].CodesPerSecond / 2)) };
        yield return many with { Call = CallKind.Batch, InFlight = Math.Max(1, plan.InFlight / 16) };
        yield return many with { Call = CallKind.Stream };
    }

    private async Task<RunResult> RunAsync(RunPlan plan, Scenario scenario, Target target, CancellationToken cancellation)
    {
        await progress.WriteLineAsync($"{Name(plan)}: making {plan.Codes} codes ...");
        var warmUps = await target.Codes.MakeAsync(scenario, plan.Mix with { Replayed = 0 }, Math.Min(MostWarmUps, plan.Codes), cancellation);
        var scans = await target.Codes.MakeAsync(scenario, plan.Mix, plan.Codes, cancellation);
        var born = DateTime.UtcNow;
        await UseAsync(plan, scans, target, cancellation);

        // The warm-up measures how large messages are, and lets both sides' code be compiled; the echo gets the same.
        await progress.WriteLineAsync($"{Name(plan)}: warming up, then at most {plan.Seconds} s ...");
        var early = new Tally();
        await WarmUpAsync(plan, new VerifyCalls(target.Node, plan, warmUps, early), warmUps.Count, cancellation);
        if (early.Wrong + early.Missing > 0)
        {
            await ComplainAsync(plan, early);
            return new RunResult(plan, new Timings([], TimeSpan.Zero), new Timings([], TimeSpan.Zero), early);
        }

        var bytes = early.MeanBytes;
        await WarmUpAsync(plan, new EchoCalls(target.Echo, plan, bytes), warmUps.Count, cancellation);

        var half = TimeSpan.FromSeconds(Math.Max(0.5, plan.Seconds / 4.0));
        var before = await EchoAsync(plan, target, bytes, half, cancellation);
        var left = born + TimeSpan.FromSeconds(scenario.LifetimeSeconds) - s_margin - DateTime.UtcNow;
        if (left < TimeSpan.FromSeconds(1))
        {
            throw new LoadTestException($"{plan.Codes} codes took so long to make that they would die before they are sent: fewer --codes.");
        }

        var longest = TimeSpan.FromSeconds(Math.Min(plan.Seconds, left.TotalSeconds));
        var tally = new Tally();
        Timings timings;
        await using (var calls = new VerifyCalls(target.Node, plan, scans, tally))
        {
            // Where a showing may be used once, so may its code be sent; elsewhere the codes go round.
            timings = await PaceAsync(plan, calls, scenario.Use == UseRule.Many ? int.MaxValue : scans.Count / plan.CodesPerCall, longest, cancellation);
        }

        var after = await EchoAsync(plan, target, bytes, half, cancellation);
        await ComplainAsync(plan, tally);
        return new RunResult(plan, timings, Timings.Join(before, after), tally);
    }

    private async Task ComplainAsync(RunPlan plan, Tally tally)
    {
        foreach (var complaint in tally.Complaints.Take(10))
        {
            await progress.WriteLineAsync($"{Name(plan)}: {complaint}");
        }
    }

    /// <summary>Another terminal uses the codes that are to be found used.</summary>
    private static async Task UseAsync(RunPlan plan, IReadOnlyList<Scan> scans, Target target, CancellationToken cancellation)
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
            await Pacing.ClosedAsync(calls.CallAsync, plan.InFlight, Math.Max(1, codes / plan.CodesPerCall), s_warmUp, cancellation);
        }
    }

    private static async Task<Timings> EchoAsync(RunPlan plan, Target target, (int Request, int Answer) bytes, TimeSpan longest, CancellationToken cancellation)
    {
        await using var calls = new EchoCalls(target.Echo, plan, bytes);
        return await PaceAsync(plan, calls, MostEchoes, longest, cancellation);
    }

    private static Task<Timings> PaceAsync(RunPlan plan, ICalls calls, int count, TimeSpan longest, CancellationToken cancellation) => plan.Rate is { } rate
        ? Pacing.OpenAsync(calls.CallAsync, rate / plan.CodesPerCall, count, longest, cancellation)
        : Pacing.ClosedAsync(calls.CallAsync, plan.InFlight, count, longest, cancellation);

    private static async Task<(double CodesPerSecond, string? Wrong)?> InProcessAsync(RunPlan plan, Scenario scenario, Target target, LicenceCatalogue catalogue, CancellationToken cancellation)
    {
        if (target.Known is not { } known)
        {
            return null;
        }

        var scans = await target.Codes.MakeAsync(scenario, plan.Mix, Math.Min(plan.Codes, 2_000), cancellation);
        return InProcess.Measure(scans, known.Licences, known.Trust, catalogue, new RegionCode(120000), TimeSpan.FromSeconds(Math.Min(2, plan.Seconds)));
    }

    private static string Name(RunPlan plan) => $"{plan.Call.ToString().ToLowerInvariant()}{(plan.Call == CallKind.Batch ? $" of {plan.BatchSize}" : "")}, {plan.Scenario}";

    private async Task WriteAsync(Target target, List<RunResult> results, (double CodesPerSecond, string? Wrong)? inProcess)
    {
        string Number(double value, string format = "N0") => value.ToString(format, CultureInfo.InvariantCulture);
        var plan = results[0].Plan;
        await output.WriteLineAsync($"On {target.Description}. {Environment.ProcessorCount} processors, shared by this driver, nodes and echo.");
        await output.WriteLineAsync($"{Number(plan.Codes)} distinct codes a run, {plan.Mix}; every answer was compared with the one expected.");
        await output.WriteLineAsync();
        await output.WriteLineAsync("| run | load | codes/s | p50 ms | p95 ms | p99 ms | max ms | echo/s | echo p99 ms | of the echo | right | wrong | not answered |");
        await output.WriteLineAsync("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var r in results)
        {
            var load = r.Plan.Rate is { } rate ? $"{Number(rate)}/s, open" : $"{r.Plan.InFlight} in flight";

            // At a fixed rate both answer as many: only latencies can be compared.
            var ratio = r.Plan.Rate is null && r.EchoesPerSecond > 0 ? Number(r.CodesPerSecond / r.EchoesPerSecond, "F3") : "–";
            await output.WriteLineAsync(string.Join(" | ", [
                $"| {Name(r.Plan)}", load, Number(r.CodesPerSecond), .. new[] { 50.0, 95, 99, 100 }.Select(p => Number(r.Node.Percentile(p), "F2")),
                Number(r.EchoesPerSecond), Number(r.Echo.Percentile(99), "F2"), ratio, Number(r.Tally.Right), Number(r.Tally.Wrong), $"{Number(r.Tally.Missing)} |"]));
        }

        await output.WriteLineAsync();
        await output.WriteLineAsync("Times are of calls: a batch is one. Open loops count from the moment at which a call was due.");
        if (inProcess is { } judged)
        {
            await output.WriteLineAsync($"The same codes judged in this process, {Environment.ProcessorCount} threads, no transport and no record: {judged.Wrong ?? $"{Number(judged.CodesPerSecond)} codes/s"}.");
        }

        foreach (var overrun in results.Where(r => r.Node.Overrun))
        {
            await output.WriteLineAsync($"{Name(overrun.Plan)}: given up, because the node answered too slowly for this rate.");
        }
    }
}
