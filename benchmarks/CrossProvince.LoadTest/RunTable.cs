using System.Globalization;
using CrossProvince.LoadTest.Nodes;
using CrossProvince.LoadTest.Running;

namespace CrossProvince.LoadTest;

/// <summary>The runs as a table.</summary>
internal static class RunTable
{
    /// <summary>Writes the table, and what it must be read with.</summary>
    public static async Task WriteAsync(TextWriter output, Target target, IReadOnlyList<RunResult> results)
    {
        await output.WriteLineAsync($"On {target.Description}. {Environment.ProcessorCount} processors, shared by this driver, nodes, echo and whatever servers there are.");
        await output.WriteLineAsync($"{Counts(results)} distinct codes a run; every answer was compared with the one expected.");
        await output.WriteLineAsync();
        await output.WriteLineAsync("| run | codes | load | codes/s | p50 ms | p95 ms | p99 ms | max ms | echo/s | echo p99 ms | of the echo | µs of the node | driver | PostgreSQL | Redis | echo and driver | bytes | backlog | right | wrong | not answered |");
        await output.WriteLineAsync("|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var r in results)
        {
            await output.WriteLineAsync($"| {string.Join(" | ", Cells(r))} |");
        }

        await output.WriteLineAsync();
        await output.WriteLineAsync(
            "Times are of calls: a batch is one. Open loops count from the moment at which a call was due. µs: processor time for a code, of the node's process, of the driver, of "
            + "PostgreSQL and of Redis; of echo and driver together for a message of the echo. Bytes: what the node allocated for a code. Backlog: records that were not in the database "
            + "when the last answer came, and how long they took to get there; – where that can't be seen.");
        foreach (var overrun in results.Where(r => r.Node.Overrun))
        {
            await output.WriteLineAsync($"{overrun.Plan.Name}: given up, because the node answered too slowly for this rate.");
        }
    }

    private static IEnumerable<string> Cells(RunResult r)
    {
        yield return r.Plan.Name;
        yield return r.Plan.Mix.ToString();
        yield return r.Plan.Rate is { } rate ? $"{Number(rate)}/s, open" : $"{r.Plan.InFlight} in flight";
        yield return Number(r.CodesPerSecond);
        foreach (var percent in new[] { 50.0, 95, 99, 100 })
        {
            yield return Number(r.Node.Percentile(percent), "F2");
        }

        yield return Number(r.EchoesPerSecond);
        yield return Number(r.Echo.Percentile(99), "F2");

        // At a fixed rate both answer as many: only latencies can be compared.
        yield return r.Plan.Rate is null && r.EchoesPerSecond > 0 ? Number(r.OfEcho, "F3") : "–";
        foreach (var share in new Func<Cost, TimeSpan>[] { cost => cost.Server, cost => cost.Driver, cost => cost.Database, cost => cost.Cache })
        {
            yield return Seen(r.Microseconds(share), "F1");
        }

        yield return Seen(r.EchoMicroseconds, "F1");
        yield return Seen(r.AllocatedBytes, "N0");
        var backlogs = r.Turns.Select(turn => turn.Backlog).OfType<Backlog>().ToList();
        yield return backlogs.Count == 0 ? "–" : $"{Number(backlogs.Max(b => b.Records))}, {Number(backlogs.Max(b => b.Draining.TotalSeconds), "F1")} s";
        yield return Number(r.Tally.Right);
        yield return Number(r.Tally.Wrong);
        yield return Number(r.Tally.Missing);
    }

    private static string Counts(IReadOnlyList<RunResult> results)
    {
        var (least, most) = (results.Min(r => r.Codes), results.Max(r => r.Codes));
        return least == most ? Number(most) : $"{Number(least)} to {Number(most)}";
    }

    private static string Seen(double value, string format) => value > 0 ? Number(value, format) : "–";

    private static string Number(double value, string format = "N0") => value.ToString(format, CultureInfo.InvariantCulture);
}
