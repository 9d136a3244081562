namespace CrossProvince.Service.Presenting;

/// <summary>When a showing that matters now may have begun. Showings lie in the database by the month of their beginning, and are looked for in one or two of them.</summary>
/// <param name="Since">Unix seconds; it began later.</param>
/// <param name="Until">Unix seconds; it began earlier.</param>
internal readonly record struct ShowingLife(long Since, long Until)
{
    /// <summary>A showing lives this long from its first iat, seconds.</summary>
    public const int Seconds = 600;

    /// <summary>Far more than a showing's life, the life of its last code and what clocks may differ by; still withdrawn by then, for whoever asks late.</summary>
    private const int DaySeconds = 86_400;

    /// <summary>Around a moment.</summary>
    /// <param name="nowUnixSeconds">The moment, Unix seconds.</param>
    public static ShowingLife Around(long nowUnixSeconds) => new(nowUnixSeconds - DaySeconds, nowUnixSeconds + DaySeconds);
}
