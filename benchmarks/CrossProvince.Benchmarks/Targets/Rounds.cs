using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using CrossProvince.Targets;

namespace CrossProvince.Benchmarks.Targets;

/// <summary>One thing to be timed.</summary>
/// <param name="Run">Does it once, or for a batch, and says how many it did; throws when something came out wrong.</param>
internal sealed record Case(Func<int> Run);

/// <summary>Times of one case, a number for each round.</summary>
/// <param name="Nanoseconds">For one operation.</param>
internal sealed record Times(double[] Nanoseconds)
{
    /// <summary>How long it took until nothing got faster any more, in words.</summary>
    public string WarmUp { get; init; } = "";

    /// <summary>The median of all rounds, nanoseconds.</summary>
    public double Median => Quantile(Nanoseconds, 0.5);

    /// <summary>Operations a second.</summary>
    public Figure Rate => new(1e9 / Median, "/s");

    /// <summary>One operation.</summary>
    public Figure Microseconds => new(Median / 1e3, "µs");

    /// <summary>How many times as fast as another case: the median of the ratios of each round.</summary>
    public double TimesAsFastAs(Times other) => Quantile(RatiosTo(other), 0.5);

    /// <summary>How many times as dear as another case: the median of the ratios of each round.</summary>
    public double TimesAsDearAs(Times other) => other.TimesAsFastAs(this);

    /// <summary>How far the middle half of those ratios lies from their median, as a share of it.</summary>
    public double SpreadAgainst(Times other)
    {
        var ratios = RatiosTo(other);
        return (Quantile(ratios, 0.75) - Quantile(ratios, 0.25)) / 2 / Quantile(ratios, 0.5);
    }

    private double[] RatiosTo(Times other) => [.. other.Nanoseconds.Zip(Nanoseconds, (theirs, mine) => theirs / mine)];

    private static double Quantile(double[] values, double share)
    {
        var sorted = values.Order().ToArray();
        var place = share * (sorted.Length - 1);
        var below = sorted[(int)place];
        return below + ((sorted[(int)Math.Ceiling(place)] - below) * (place - (int)place));
    }
}

/// <summary>Times cases in turns, so that whatever the machine does meanwhile hits all of them alike.</summary>
/// <remarks>Processor time of the whole process is counted, that of the collector and compiler included: what neighbours take away from it is not its own.</remarks>
internal static class Rounds
{
    // The runtime compiles code anew 100 ms after the last time that some was called for the first time.
    private static readonly TimeSpan s_tierUp = TimeSpan.FromMilliseconds(150);

    /// <summary>Warms up until steady, then runs every case in every round, each time beginning with another.</summary>
    /// <param name="plan">How long.</param>
    /// <param name="cases">What.</param>
    /// <returns>The times, in the order of the cases.</returns>
    public static Times[] Measure(Plan plan, params IReadOnlyList<Case> cases)
    {
        var warmUp = WarmUp(plan, cases, out var calls);
        Console.Error.WriteLine($"  {warmUp}");
        var times = cases.Select(_ => new double[plan.Rounds]).ToArray();
        for (var round = 0; round < plan.Rounds; round++)
        {
            for (var i = 0; i < cases.Count; i++)
            {
                var turn = (round + i) % cases.Count;
                times[turn][round] = Time(cases[turn], calls[turn]);
            }
        }

        return [.. times.Select(one => new Times(one) { WarmUp = warmUp })];
    }

    /// <summary>Runs all cases in turns until, several turns long, no method was compiled and none of them got faster.</summary>
    /// <remarks>A fixed time would not do: on a busy machine the compiler, which works in the background, gets to it many seconds later, and until then code runs several times as long.</remarks>
    /// <param name="plan">How long.</param>
    /// <param name="cases">What.</param>
    /// <param name="calls">Receives how many calls of each case a turn takes.</param>
    /// <returns>How long it took, in words.</returns>
    private static string WarmUp(Plan plan, IReadOnlyList<Case> cases, out int[] calls)
    {
        var start = Stopwatch.GetTimestamp();
        var best = cases.Select(_ => double.MaxValue).ToArray();
        var steady = 0;
        while (steady < plan.SteadyTurns && Stopwatch.GetElapsedTime(start) < plan.LongestWarmUp)
        {
            var compiled = JitInfo.GetCompiledMethodCount();
            var faster = false;
            for (var i = 0; i < cases.Count; i++)
            {
                var time = Time(cases[i], plan.Turn);
                faster |= time < best[i] * 0.97;
                best[i] = Math.Min(best[i], time);
            }

            Thread.Sleep(s_tierUp);
            steady = faster || JitInfo.GetCompiledMethodCount() != compiled ? 0 : steady + 1;
        }

        calls = [.. cases.Zip(best, (one, nanoseconds) => Math.Max(1, (int)(plan.Turn.TotalNanoseconds / nanoseconds / one.Run())))];
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
        return steady >= plan.SteadyTurns ? $"Steady after {seconds} s of warming up." : $"Not steady after {seconds} s of warming up.";
    }

    private static double Time(Case one, TimeSpan turn)
    {
        var done = 0L;
        var before = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        for (var calls = 0; calls < 40 || Stopwatch.GetElapsedTime(start) < turn; calls++)
        {
            done += one.Run();
        }

        return (Environment.CpuUsage.TotalTime - before).TotalNanoseconds / done;
    }

    private static double Time(Case one, int calls)
    {
        var done = 0L;
        var before = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < calls; i++)
        {
            done += one.Run();
        }

        return (Environment.CpuUsage.TotalTime - before).TotalNanoseconds / done;
    }
}
