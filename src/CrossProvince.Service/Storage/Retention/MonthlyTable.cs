namespace CrossProvince.Service.Storage.Retention;

/// <summary>A table whose rows are kept by months (UTC) and forgotten by months.</summary>
/// <param name="Name">The table.</param>
/// <param name="TimeColumn">The column that says when a row began: whole units since 1970-01-01T00:00:00Z.</param>
/// <param name="UnitsASecond">1 for seconds, 1,000 for milliseconds.</param>
internal sealed record MonthlyTable(string Name, string TimeColumn, long UnitsASecond)
{
    /// <summary>Records of verifications.</summary>
    public static readonly MonthlyTable Verifications = new("verifications", "time", 1_000);

    /// <summary>Showings of licences (presentations).</summary>
    public static readonly MonthlyTable Showings = new("showings", "first_issued_at", 1);

    /// <summary>What other regions have reported.</summary>
    public static readonly MonthlyTable ReportedUses = new("reported_uses", "time", 1_000);

    /// <summary>Every such table.</summary>
    public static readonly IReadOnlyList<MonthlyTable> All = [Verifications, Showings, ReportedUses];

    /// <summary>Where a month begins, in units of the column.</summary>
    public long Begin(DateOnly month) => new DateTimeOffset(month, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds() * UnitsASecond;
}

/// <summary>Months are named by their first day.</summary>
internal static class Month
{
    /// <summary>The month of a moment.</summary>
    /// <param name="unixMilliseconds">The moment; beyond what a calendar has it counts as the nearest month that there is.</param>
    public static DateOnly Of(long unixMilliseconds)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(unixMilliseconds, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
        return new DateOnly(time.Year, time.Month, 1);
    }

    /// <summary>Months since year 0, to be kept as a number.</summary>
    public static long Number(DateOnly month) => (month.Year * 12) + month.Month - 1;
}
