using System.Diagnostics;

namespace CrossProvince.Core.Tests;

/// <summary>What something allocates, whichever test runs first.</summary>
internal static class Allocated
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    /// <summary>Bytes that a call allocates on this thread: the least of many, for types are loaded once, and code of the framework that was not yet compiled for good puts values into boxes.</summary>
    public static long Least(Action call)
    {
        var least = long.MaxValue;
        for (var start = Stopwatch.GetTimestamp(); least > 0 && Stopwatch.GetElapsedTime(start) < s_longest;)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            call();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
