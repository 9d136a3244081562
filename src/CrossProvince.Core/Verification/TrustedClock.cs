namespace CrossProvince.Core.Verification;

/// <summary>A clock that signed times hold up: it never reads earlier than the latest of them.</summary>
/// <param name="system">The system clock.</param>
/// <param name="skewSeconds">How far the system clock may be behind before it is called wrong.</param>
/// <remarks>docs/payload.md, "Clock and trust". Only the trust list and the own region's head raise the floor, so that no
/// other region can push this one's clock. Safe for concurrent calls.</remarks>
public sealed class TrustedClock(TimeProvider system, int skewSeconds)
{
    private long _floorMilliseconds;

    /// <summary>Raises the floor; an earlier time changes nothing.</summary>
    /// <param name="unixMilliseconds">A time signed by the trust list's roots or by the own region's index key.</param>
    public void RaiseFloor(long unixMilliseconds)
    {
        var seen = Volatile.Read(ref _floorMilliseconds);
        while (unixMilliseconds > seen)
        {
            var found = Interlocked.CompareExchange(ref _floorMilliseconds, unixMilliseconds, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    /// <summary>Reads the time.</summary>
    public TrustedTime Now()
    {
        var clock = system.GetUtcNow().ToUnixTimeMilliseconds();
        var floor = Volatile.Read(ref _floorMilliseconds);
        return new TrustedTime(Math.Max(clock, floor), clock < floor - (skewSeconds * 1000L));
    }
}
