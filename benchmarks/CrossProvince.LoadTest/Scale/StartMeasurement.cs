using System.Globalization;
using CrossProvince.Targets;

namespace CrossProvince.LoadTest.Scale;

/// <summary>P9: how long a node takes from its start to being ready, with all lists in Redis.</summary>
internal sealed class StartMeasurement(ScalePlan plan, ScaleNodes nodes, TextWriter progress)
{
    private const int Limit = 10_000;

    /// <summary>Starts a node, and stops it again, as often as the plan says.</summary>
    /// <param name="ownSeq">The own region's last change.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="LoadTestException">A node was ready without all lists.</exception>
    public async Task<IReadOnlyList<TargetLine>> MeasureAsync(long ownSeq, CancellationToken cancellation)
    {
        var starts = new List<(double Milliseconds, double Processor, double Megabytes, double Peak)>();
        for (var i = 0; i < plan.Starts; i++)
        {
            await using var node = nodes.StartOwn(0);
            var took = await node.ReadyAsync(cancellation);
            var (own, rest) = (await node.SeqOfAsync(ScalePlan.Own, cancellation), await node.SeqOfAsync(ScalePlan.Rest, cancellation));
            if (own < ownSeq || rest != plan.Licences - plan.Rows)
            {
                throw new LoadTestException($"A node was ready with changes {own} and {rest} in its index; {ownSeq} and {plan.Licences - plan.Rows} were to be there.");
            }

            var process = node.Process;
            starts.Add((took.TotalMilliseconds, process.ProcessorTime.TotalMilliseconds, process.Memory / 1e6, process.PeakMemory / 1e6));
            await progress.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"A node was ready after {took.TotalSeconds:F2} s and {process.ProcessorTime.TotalSeconds:F2} s of processor time, with {process.Memory / 1e6:N0} MB, {process.PeakMemory / 1e6:N0} MB at most."));
        }

        var size = (plan.Licences / 1e6).ToString("0.## M", CultureInfo.InvariantCulture);
        var median = starts.OrderBy(start => start.Milliseconds).ElementAt(starts.Count / 2);
        return
        [
            new TargetLine
            {
                Target = "P9",
                What = new($"node start, {size} licences in Redis, to ready", $"节点启动至就绪，Redis 中有 {size} 个证照"),
                Measured = new(median.Milliseconds, "ms"),
                Goal = new Goal(GoalKind.Below, Limit),
                Note = string.Create(
                    CultureInfo.InvariantCulture,
                    $"The median of {starts.Count} starts, {starts.Min(s => s.Milliseconds):N0} to {starts.Max(s => s.Milliseconds):N0} ms; {median.Processor:N0} ms of processor time. {plan.Rows:N0} licences are the own region's, the rest a region's whose node is away."),
                IsHeadline = true,
            },
            new TargetLine { Target = "P9", What = new($"memory of that node, {size} licences", $"该节点的内存，{size} 个证照"), Measured = new(median.Megabytes, "MB") },
            new TargetLine { Target = "P9", What = new("at most, while it started", "启动过程中的最高内存"), Measured = new(starts.Max(s => s.Peak), "MB") },
        ];
    }
}
