using System.Globalization;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Faults.Tests.History;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>Three provinces survive one another's absence: each is cut off in turn for longer than the hard limit, over lines that are slow and drop connections, while all issue, revoke and scan (docs/adr/0063).</summary>
[Explicit("eng/provinces.sh runs it, in a network namespace of its own.")]
public sealed class ProvinceTests
{
    private const int ShownWrong = 5;

    [Test]
    public async Task Provinces_CutOffInTurn_KeepTheRulesOfFreshnessAndConverge()
    {
        var seed = ProvinceSettings.Seed;
        var (soft, hard) = (ProvinceSettings.Soft, ProvinceSettings.Hard);
        var plan = PartitionPlan.Draw(seed, ProvinceSettings.Rounds, provinces: 3, ProvinceSettings.Quiet, hard);
        await TestContext.Progress.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed}; soft limit {soft.TotalSeconds:F0} s, hard limit {hard.TotalSeconds:F0} s; between provinces {ProvinceSettings.Delay.TotalMilliseconds:F0} ms each way, connections live {ProvinceSettings.MeanLife.TotalSeconds:F0} s on average\n{string.Join('\n', plan)}"));
        await using var country = await Country.StartAsync(new RelayWeather(seed, ProvinceSettings.Delay, ProvinceSettings.MeanLife));
        var loads = country.Provinces.Select(province => new ProvinceLoad(province, seed + (100 * province.Number))).ToList();
        await Task.WhenAll(loads.Select(load => load.PrepareAsync()));

        var counters = country.Provinces.SelectMany(at => country.Provinces.Select(of => new ProvinceCounter(at, of, loads[of.Number], seed + (1_000 * at.Number) + (10 * of.Number)))).ToList();
        var outages = new Outages();
        await using var heads = new HeadWatch(country.Provinces);
        var partitions = new Partitions(country.Provinces, heads);
        await using (new Pulse(outages))
        {
            using var stopping = new CancellationTokenSource();
            var work = Task.WhenAll([.. loads.Select(load => load.RunAsync(stopping.Token)), .. counters.Select(counter => counter.RunAsync(stopping.Token))]);
            try
            {
                await partitions.RunAsync(plan);
                await Task.Delay(ProvinceSettings.Quiet);
            }
            finally
            {
                await stopping.CancelAsync();
                await work;
            }
        }

        var verdicts = new ProvinceVerdicts(counters, heads, partitions.All, country.Weather, outages);
        verdicts.Judge();
        var aftermath = new ProvinceAftermath();
        await aftermath.CompareAsync(country, loads, counters);

        await TestContext.Progress.WriteLineAsync($"{PartitionTable.Write(verdicts, partitions.All, country.Provinces)}\n{Describe(country, verdicts, outages)}\n{aftermath.Table}");
        string[] wrong =
        [
            .. verdicts.Wrong.GroupBy(found => found.Kind).SelectMany(kind => kind.Take(ShownWrong).Select(found => $"{kind.Key} ({kind.Count()}): {found.Answer}")),
            .. PartitionTable.Lacking(verdicts, partitions.All),
            .. partitions.All.Where(partition => partition.UpToDate is null).Select(partition => $"After province {partition.Province} had been joined again, not all copies came up to date."),
            .. aftermath.Faults,
        ];
        await TestContext.Progress.WriteLineAsync(wrong.Length == 0 ? "Nothing was lost or wrong." : string.Join('\n', wrong));
        Assert.That(wrong, Is.Empty);
    }

    private static string Describe(Country country, ProvinceVerdicts verdicts, Outages outages)
    {
        var ends = string.Join(", ", country.Weather.Ended.GroupBy(ended => ended.End).OrderBy(kind => kind.Key).Select(kind => $"{kind.Key} {kind.Count()}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            answers judged, all lines: {verdicts.Judged.All:N0}, of them over quiet lines: {verdicts.Judged.Quiet:N0}; wrong: {verdicts.Wrong.Count:N0}
            showings that may be used once everywhere: {Count(Verdict.Valid)} VALID, {Count(Verdict.Replayed)} REPLAYED, {Count(Verdict.Undetermined)} UNDETERMINED
            connections between provinces that were dropped ({country.Weather.Ended.Count}): {ends}
            machine too busy: {Total(Part.Machine)} ms without a beat, {Total(Part.Processors)} ms crowded
            """);

        int Count(Verdict verdict) => verdicts.OnceEverywhere.Count(answer => answer.Verdict == verdict);

        long Total(Part part) => outages.All.Where(outage => outage.Part == part).Sum(outage => outage.Until - outage.From) ?? 0;
    }
}
