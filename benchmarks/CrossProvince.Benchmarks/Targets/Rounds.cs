using System.Diagnostics;
using CrossProvince.Targets;

namespace CrossProvince.Benchmarks.Targets;

/// <summary>One thing to be timed.</summary>
/// <param name="Run">Does it once, or for a batch, and says how many it did; throws when something came out wrong.</param>
internal sealed record Case(Func<int> Run);

/// <summary>Times of one case, a number for each round.</summary>
/// <param name="Nanoseconds">For one operation.</param>
internal sealed record Times(double[] Nanoseconds)
{
    /// <summary>The median of all rounds, nanoseconds.</summary>
    public double Median => MedianOf(Nanoseconds);

    /// <summary>Operations a second.</summary>
    public Figure Rate => new(1e9 / Median, "/s");

    /// <summary>One operation.</summary>
    public Figure Microseconds => new(Median / 1e3, "µs");

    /// <summary>How many times as fast as another case: the median of the ratios of each round.</summary>
    public double TimesAsFastAs(Times other) => MedianOf([.. other.Nanoseconds.Zip(Nanoseconds, (theirs, mine) => theirs / mine)]);

    /// <summary>How many times as dear as another case: the median of the ratios of each round.</summary>
    public double TimesAsDearAs(Times other) => other.TimesAsFastAs(this);

    private static double MedianOf(double[] values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>Times cases in turns, so that whatever the machine does meanwhile hits all of them alike.</summary>
internal static class Rounds
{
    // So long code takes to reach its last tier once it has been called often enough.
    private static readonly TimeSpan s_tierUp = TimeSpan.FromMilliseconds(150);

    /// <summary>Warms up, then runs every case in every round, each time beginning with another.</summary>
    /// <param name="plan">How long.</param>
    /// <param name="cases">What.</param>
    /// <returns>The times, in the order of the cases.</returns>
    public static Times[] Measure(Plan plan, params IReadOnlyList<Case> cases)
    {
        var calls = cases.Select(one => WarmUp(one, plan.Turn)).ToArray();
        var times = cases.Select(_ => new double[plan.Rounds]).ToArray();
        for (var round = 0; round < plan.Rounds; round++)
        {
            for (var i = 0; i < cases.Count; i++)
            {
                var turn = (round + i) % cases.Count;
                times[turn][round] = Time(cases[turn], calls[turn]);
            }
        }

        return [.. times.Select(one => new Times(one))];
    }

    /// <returns>How many calls a turn takes.</returns>
    private static int WarmUp(Case one, TimeSpan turn)
    {
        var calls = 0;
        var nanoseconds = 0.0;
        for (var again = 0; again < 4; again++)
        {
            var start = Stopwatch.GetTimestamp();
            calls = 0;
            while (calls < 40 || Stopwatch.GetElapsedTime(start) < turn)
            {
                one.Run();
                calls++;
            }

            nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            Thread.Sleep(s_tierUp);
        }

        return Math.Max(1, (int)(turn.TotalNanoseconds / (nanoseconds / calls)));
    }

    private static double Time(Case one, int calls)
    {
        var done = 0L;
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++)
        {
            done += one.Run();
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / done;
    }
}
