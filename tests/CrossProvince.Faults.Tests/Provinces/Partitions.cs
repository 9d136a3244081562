using CrossProvince.Faults.Tests.History;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>A province was cut off. Times are Unix milliseconds.</summary>
/// <param name="Province">Its number.</param>
/// <param name="From">When its line was down.</param>
/// <param name="Until">When that was ended.</param>
/// <param name="UpToDate">When every node had a head of every region that was signed after that; null when that never came about.</param>
internal sealed record Partition(int Province, long From, long Until, long? UpToDate)
{
    /// <summary>Whether the line between two provinces leads to the one that was cut off.</summary>
    public bool Concerns(int at, int of) => at != of && (at == Province || of == Province);

    /// <summary>Whether it was felt at some moment of a time.</summary>
    public bool WasFelt(long from, long until) => From <= until && (UpToDate ?? long.MaxValue) >= from;
}

/// <summary>Cuts provinces off, one after the other, and waits each time until everything is up to date again by itself.</summary>
internal sealed class Partitions(IReadOnlyList<Province> provinces, HeadWatch heads)
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly List<Partition> _all = [];

    /// <summary>Those that are over.</summary>
    public IReadOnlyList<Partition> All => _all;

    /// <summary>Does what was planned.</summary>
    public async Task RunAsync(IEnumerable<PlannedPartition> plan)
    {
        foreach (var planned in plan)
        {
            await Task.Delay(planned.Calm);
            await TestContext.Progress.WriteLineAsync($"{provinces[planned.Province].Code} is cut off for {planned.Length.TotalSeconds:F1} s.");
            ProvinceNet.CutOff(planned.Province);
            var from = Outages.Now();
            await Task.Delay(planned.Length);
            var until = Outages.Now();
            ProvinceNet.Join(planned.Province);
            _all.Add(new Partition(planned.Province, from, until, await WaitAsync(until)));
        }
    }

    /// <returns>When all were up to date; null when one never was.</returns>
    private async Task<long?> WaitAsync(long since)
    {
        while (provinces.Any(at => provinces.Any(of => heads.Latest(at.Number, of.Number) <= since)))
        {
            if (Outages.Now() - since > s_patience.TotalMilliseconds)
            {
                return null;
            }

            await Task.Delay(s_poll);
        }

        return Outages.Now();
    }
}
