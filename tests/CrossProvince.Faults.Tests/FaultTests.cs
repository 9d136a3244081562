using System.Globalization;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Faults.Tests.Judging;
using CrossProvince.Faults.Tests.Load;
using CrossProvince.Faults.Tests.Plan;
using CrossProvince.Faults.Tests.Region;

namespace CrossProvince.Faults.Tests;

/// <summary>Nothing that was answered is lost, and nothing wrong is answered, whatever is killed, stopped or full (docs/adr/0046). <c>eng/faults.sh</c> makes the run as large as one likes.</summary>
[Category("Few"), Parallelizable(ParallelScope.All)]
public sealed class FaultTests
{
    private const int Cards = 60;
    private const int Others = 300;

    private static readonly FaultKind[] s_kinds = Enum.GetValues<FaultKind>();

    [Test]
    public Task Region_KilledAndHinderedUnderLoad_LosesNothingAndAnswersNothingWrong() => RunAsync(Store.Postgres, s_kinds, FaultSettings.Count(otherwise: 9));

    [Test]
    public Task Node_OnSqliteKilledUnderLoad_LosesNothingAndAnswersNothingWrong() => RunAsync(Store.Sqlite, [FaultKind.Node], FaultSettings.Count(otherwise: 4));

    private static async Task RunAsync(Store store, FaultKind[] kinds, int faults)
    {
        var seed = FaultSettings.Seed;
        var plan = FaultPlan.Draw(seed, faults, kinds, store == Store.Sqlite ? 1 : 2);
        await TestContext.Progress.WriteLineAsync($"{store}, seed {seed}: {FaultSettings.Changes} changes, {FaultSettings.Verifications} verifications, {plan.Faults.Count} faults\n{plan}");
        await using var region = await RegionUnderTest.StartAsync(store);
        var book = new Book();
        var load = new Workload(region, book, seed);
        await load.PrepareAsync(Cards, Others);

        var progress = new Progress(FaultSettings.Changes, FaultSettings.Verifications);
        var runner = new FaultRunner(region, book, load);
        await using (new Pulse(region.Outages))
        {
            await load.RunAsync(progress, () => runner.RunAsync(plan, progress));
        }

        var aftermath = new Aftermath();
        await aftermath.CompareAsync(region, book, load);
        await TestContext.Progress.WriteLineAsync($"{Describe(region, runner)}{aftermath.Table}\n{string.Join('\n', aftermath.Faults)}");
        Assert.That(aftermath.Faults, Is.Empty);
        Assert.That(runner.Done.Values.Sum(), Is.GreaterThanOrEqualTo(faults), "Every fault was done.");
    }

    private static long Total(RegionUnderTest region, Part part) => region.Outages.All.Where(outage => outage.Part == part).Sum(outage => outage.Until - outage.From) ?? 0;

    private static string Describe(RegionUnderTest region, FaultRunner runner)
    {
        var done = string.Join(", ", runner.Done.OrderBy(fault => fault.Key).Select(fault => $"{fault.Key} {fault.Value}"));
        var longest = string.Join(", ", region.Outages.All.GroupBy(outage => outage.Part).OrderBy(g => g.Key)
            .Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key} {g.Max(outage => outage.Until - outage.From)}")));
        var starts = region.Slots.SelectMany(slot => slot.StartTimes).Order().ToList();
        return $"""
            faults ({runner.Done.Values.Sum()}): {done}
            longest outages, ms: {longest}
            machine too busy: {Total(region, Part.Machine)} ms without a beat, {Total(region, Part.Processors)} ms crowded
            starts of nodes: p50 {starts[starts.Count / 2]} ms, {region.Slots.Sum(slot => slot.VainStarts)} in vain without PostgreSQL
            {string.Join('\n', runner.Notes)}

            """;
    }
}
