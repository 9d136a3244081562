using System.Globalization;

namespace CrossProvince.Service.Licences;

/// <summary>Days of China Standard Time (UTC+8), counted from 1970-01-01.</summary>
internal static class ChinaDate
{
    private static readonly int s_epoch = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    public static int Today(long nowUnixSeconds) => (int)((nowUnixSeconds + 28_800) / 86_400);

    public static bool TryParse(string text, out int day)
    {
        day = 0;
        if (text is not [var y1, var y2, var y3, var y4, '-', var m1, var m2, '-', var d1, var d2]
            || !(char.IsAsciiDigit(y1) && char.IsAsciiDigit(y2) && char.IsAsciiDigit(y3) && char.IsAsciiDigit(y4)
                && char.IsAsciiDigit(m1) && char.IsAsciiDigit(m2) && char.IsAsciiDigit(d1) && char.IsAsciiDigit(d2)))
        {
            return false;
        }

        var (year, month, ofMonth) = (((((y1 - '0') * 10) + y2 - '0') * 100) + ((y3 - '0') * 10) + y4 - '0', ((m1 - '0') * 10) + m2 - '0', ((d1 - '0') * 10) + d2 - '0');
        if (year < 1 || month is < 1 or > 12 || ofMonth < 1 || ofMonth > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        day = new DateOnly(year, month, ofMonth).DayNumber - s_epoch;
        return true;
    }

    public static DateOnly ToDate(int day) => DateOnly.FromDayNumber(day + s_epoch);

    public static string ToText(int day) => ToDate(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string ToText(int? day) => day is { } d ? ToText(d) : "";
}
