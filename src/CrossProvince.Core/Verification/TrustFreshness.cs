namespace CrossProvince.Core.Verification;

/// <summary>How far the trust list in use can be relied on (docs/payload.md, "Clock and trust").</summary>
/// <param name="Expired">Its end has passed: used, and said to be stale.</param>
/// <param name="TooOld">Its end passed more than seven days ago: no answer may rest on it.</param>
/// <param name="ReReadOverdue">The last successful re-read is older than five refresh intervals: an unknown key may only be unknown to this copy.</param>
public readonly record struct TrustFreshness(bool Expired, bool TooOld, bool ReReadOverdue)
{
    /// <summary>Seconds after its expiry during which a trust list is still used: 7 days.</summary>
    public const long GraceSeconds = 7 * 24 * 3600;

    /// <summary>Refresh intervals without a successful re-read after which an unknown key is no longer called unknown.</summary>
    public const int ReReadIntervals = 5;

    /// <summary>Judges a trust list.</summary>
    /// <param name="expiresAt">Its signed end, Unix seconds.</param>
    /// <param name="readAt">Last successful re-read, Unix seconds.</param>
    /// <param name="refreshSeconds">The refresh interval.</param>
    /// <param name="now">Unix seconds.</param>
    public static TrustFreshness At(long expiresAt, long readAt, double refreshSeconds, long now) => new(
        Expired: now >= expiresAt,
        TooOld: now >= expiresAt + GraceSeconds,
        ReReadOverdue: now - readAt > ReReadIntervals * refreshSeconds);
}
