using System.Diagnostics;

namespace CrossProvince.LoadTest.Running;

/// <summary>How long calls took.</summary>
internal sealed class Timings
{
    private readonly long[] _sorted;

    /// <param name="ticks">One entry a call, in ticks of <see cref="Stopwatch"/>.</param>
    /// <param name="elapsed">From the first call's sending to the last call's answer.</param>
    /// <param name="overrun">The open loop was given up, because too many calls were waiting.</param>
    public Timings(IEnumerable<long> ticks, TimeSpan elapsed, bool overrun = false)
    {
        _sorted = [.. ticks];
        Array.Sort(_sorted);
        (Elapsed, Overrun) = (elapsed, overrun);
    }

    /// <summary>Several measurements of the same as one.</summary>
    public static Timings Join(IEnumerable<Timings> parts)
    {
        var all = parts.ToList();
        return new(all.SelectMany(part => part._sorted), TimeSpan.FromTicks(all.Sum(part => part.Elapsed.Ticks)), all.Any(part => part.Overrun))
        {
            Cost = all.Aggregate(default(Cost), (sum, part) => sum + part.Cost),
        };
    }

    public int Calls => _sorted.Length;

    public TimeSpan Elapsed { get; }

    public bool Overrun { get; }

    /// <summary>What they took of the machine.</summary>
    public Cost Cost { get; set; }

    public double PerSecond => Elapsed > TimeSpan.Zero ? Calls / Elapsed.TotalSeconds : 0;

    /// <summary>The least time within which so many of the calls were answered, milliseconds.</summary>
    /// <param name="percent">Above 0, at most 100.</param>
    public double Percentile(double percent) => _sorted.Length == 0
        ? 0
        : _sorted[Math.Max(0, (int)Math.Ceiling(_sorted.Length * percent / 100) - 1)] * 1000.0 / Stopwatch.Frequency;
}
