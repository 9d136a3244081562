namespace CrossProvince.Service.Operations;

/// <summary>Steps by which times are counted: each a quarter longer than the one before, from 50 µs to a minute. A percentile is at most a quarter too high, never too low.</summary>
internal static class LatencyScale
{
    /// <summary>How many there are; the last has no end.</summary>
    public const int Steps = 64;

    private const double First = 50;
    private const double Growth = 1.25;

    /// <summary>The step of a time.</summary>
    public static int StepOf(double seconds)
    {
        var microseconds = seconds * 1e6;
        return microseconds <= First ? 0 : Math.Min(Steps - 1, (int)Math.Ceiling(Math.Log(microseconds / First) / Math.Log(Growth)));
    }

    /// <summary>Where a step ends, microseconds.</summary>
    public static int EndOf(int step) => (int)Math.Round(First * Math.Pow(Growth, step));

    /// <summary>What so many in a hundred did not exceed, microseconds; 0 when nothing was counted.</summary>
    public static int Percentile(ReadOnlySpan<int> counts, int percent)
    {
        long total = 0;
        foreach (var count in counts)
        {
            total += count;
        }

        var needed = ((total * percent) + 99) / 100;
        for (var step = 0; total > 0 && step < counts.Length; step++)
        {
            needed -= counts[step];
            if (needed <= 0)
            {
                return EndOf(step);
            }
        }

        return 0;
    }
}
