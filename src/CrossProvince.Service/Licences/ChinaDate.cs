using System.Globalization;

namespace CrossProvince.Service.Licences;

/// <summary>Days of China Standard Time (UTC+8), counted from 1970-01-01.</summary>
internal static class ChinaDate
{
    private static readonly int s_epoch = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    public static int Today(long nowUnixSeconds) => (int)((nowUnixSeconds + 28_800) / 86_400);

    public static bool TryParse(string text, out int day)
    {
        var ok = DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date);
        day = date.DayNumber - s_epoch;
        return ok;
    }

    public static DateOnly ToDate(int day) => DateOnly.FromDayNumber(day + s_epoch);

    public static string ToText(int day) => ToDate(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string ToText(int? day) => day is { } d ? ToText(d) : "";
}
