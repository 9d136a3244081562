using System.Globalization;
using CrossProvince.Cli.Trust;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.LoadTest.Nodes;
using CrossProvince.LoadTest.Running;

namespace CrossProvince.LoadTest;

/// <summary>One start of the load driver: nodes, codes, runs, table.</summary>
/// <param name="nodes">What load is put on.</param>
/// <param name="output">Receives the table.</param>
/// <param name="progress">Receives everything else.</param>
internal sealed class LoadTestRun(NodesPlan nodes, TextWriter output, TextWriter progress)
{
    // Grants no fields: another region would be asked for them, and what is measured is one node.
    private const string Many = "peer-check";
    private const string Once = "counter-check";

    /// <summary>Runs.</summary>
    /// <returns>0 all as expected; 1 a wrong verdict; 3 an answer is missing.</returns>
    /// <exception cref="LoadTestException">The plan can't be followed.</exception>
    public async Task<int> RunAsync(RunPlan plan, bool series, CancellationToken cancellation)
    {
        var catalogue = CatalogueDirectory.Read(Path.Combine(AppContext.BaseDirectory, "catalogue"));
        var scenario = Runner.Find(plan, catalogue);
        await progress.WriteLineAsync("Nodes are started and licences registered; codes are made once these have stood in a head for 5 s ...");
        await using var target = await Target.PrepareAsync(nodes, catalogue, cancellation);
        var runner = new Runner(target, catalogue, progress);
        var results = new List<RunResult>();
        foreach (var next in series ? Series(plan, results) : [plan])
        {
            results.Add(await runner.RunAsync(next, cancellation));
        }

        var inProcess = await InProcessAsync(plan, scenario, target, catalogue, cancellation);
        await RunTable.WriteAsync(output, target, results);
        if (inProcess is { } judged)
        {
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"The same codes judged in this process, {Environment.ProcessorCount} threads, no transport and no record: {judged.Wrong ?? $"{judged.CodesPerSecond:N0} codes/s"}."));
        }

        return inProcess?.Wrong is not null || results.Any(r => r.ExitCode == 1) ? 1 : results.Max(r => r.ExitCode);
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

    private static async Task<(double CodesPerSecond, string? Wrong)?> InProcessAsync(RunPlan plan, Scenario scenario, Target target, LicenceCatalogue catalogue, CancellationToken cancellation)
    {
        if (target.Known is not { } known)
        {
            return null;
        }

        var scans = await target.Codes.MakeAsync(scenario, plan.Mix, Math.Min(plan.Codes, 2_000), cancellation);
        return InProcess.Measure(scans, known.Licences, known.Trust, catalogue, new RegionCode(120000), Environment.ProcessorCount, TimeSpan.FromSeconds(Math.Min(2, plan.Seconds)));
    }
}
