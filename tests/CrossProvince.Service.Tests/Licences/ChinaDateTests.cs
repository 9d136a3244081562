using System.Globalization;
using CrossProvince.Service.Licences;

namespace CrossProvince.Service.Tests.Licences;

public sealed class ChinaDateTests
{
    // A day of China begins at 16:00 UTC of the day before.
    [TestCase("1970-01-01T00:00:00Z", "1970-01-01")]
    [TestCase("2026-02-28T15:59:59Z", "2026-02-28")]
    [TestCase("2026-02-28T16:00:00Z", "2026-03-01")]
    [TestCase("2025-12-31T16:00:00Z", "2026-01-01")]
    public void Today_AnyMoment_IsTheDayOfChina(string moment, string day) =>
        Assert.That(ChinaDate.ToText(ChinaDate.Today(DateTimeOffset.Parse(moment, CultureInfo.InvariantCulture).ToUnixTimeSeconds())), Is.EqualTo(day));

    [TestCase("1970-01-01", 0)]
    [TestCase("1969-12-31", -1)]
    [TestCase("2024-02-29", 19_782)]
    public void TryParse_Date_CountsDays(string text, int expected)
    {
        Assert.That(ChinaDate.TryParse(text, out var day), Is.True);
        Assert.That(day, Is.EqualTo(expected));
        Assert.That(ChinaDate.ToText(day), Is.EqualTo(text));
    }

    [TestCase("")]
    [TestCase("2026-2-1")]
    [TestCase("2026-02-30")]
    [TestCase("2026/02/01")]
    [TestCase("2026-02-01T00:00:00")]
    [TestCase(" 2026-02-01")]
    public void TryParse_NotADate_IsRefused(string text) => Assert.That(ChinaDate.TryParse(text, out _), Is.False);

    [Test]
    public void ToText_NoDay_IsEmpty() => Assert.That(ChinaDate.ToText(null), Is.Empty);
}
