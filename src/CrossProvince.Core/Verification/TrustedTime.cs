namespace CrossProvince.Core.Verification;

/// <summary>The time a verification is judged by.</summary>
/// <param name="UnixMilliseconds">max(system clock, floor), milliseconds since 1970-01-01T00:00:00Z.</param>
/// <param name="ClockBehind">Whether the system clock is behind the floor by more than the skew: no time may be trusted.</param>
public readonly record struct TrustedTime(long UnixMilliseconds, bool ClockBehind)
{
    /// <summary>The same in whole seconds.</summary>
    public long UnixSeconds => UnixMilliseconds / 1000;
}
