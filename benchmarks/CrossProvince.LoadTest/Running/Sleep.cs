using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CrossProvince.LoadTest.Running;

/// <summary>Sleeping until a moment, to some tens of microseconds: .NET's own sleep knows whole milliseconds only, in which several calls are due.</summary>
internal static class Sleep
{
    private const int MonotonicClock = 1;
    private const int Absolute = 1;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Returns at a moment, or a little later; at once when it has passed.</summary>
    /// <param name="moment">As <see cref="Stopwatch.GetTimestamp"/> counts.</param>
    public static void Until(long moment)
    {
        if (!OperatingSystem.IsLinux() || Stopwatch.Frequency != NanosecondsPerSecond)
        {
            while (Stopwatch.GetTimestamp() < moment)
            {
                Thread.Sleep(1);
            }

            return;
        }

        // There, Stopwatch counts nanoseconds of this clock. A signal may wake it before.
        var until = new Timespec { Seconds = (nint)(moment / NanosecondsPerSecond), Nanoseconds = (nint)(moment % NanosecondsPerSecond) };
        while (Stopwatch.GetTimestamp() < moment)
        {
            _ = ClockNanosleep(MonotonicClock, Absolute, until, nint.Zero);
        }
    }

    [DllImport("libc", EntryPoint = "clock_nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ClockNanosleep(int clock, int flags, in Timespec until, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
