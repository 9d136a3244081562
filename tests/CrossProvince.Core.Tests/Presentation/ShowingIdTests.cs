using CrossProvince.Core.Presentation;

namespace CrossProvince.Core.Tests.Presentation;

public sealed class ShowingIdTests
{
    [Test]
    public void Create_Many_AreDistinctAndIn48Bits()
    {
        var showings = Enumerable.Range(0, 1000).Select(_ => ShowingId.Create()).ToHashSet();
        Assert.That(showings, Has.Count.EqualTo(1000));
        Assert.That(showings.Select(s => s.Value), Has.All.LessThanOrEqualTo(ShowingId.MaxValue));
        Assert.That(showings.Max(s => s.Value), Is.GreaterThan(ShowingId.MaxValue / 2));
        Assert.That(showings.Aggregate(0UL, (bits, s) => bits | s.Value), Is.EqualTo(ShowingId.MaxValue));
    }

    [TestCase("000000000000", 0UL)]
    [TestCase("0123456789ab", 0x0123456789ABUL)]
    [TestCase("ffffffffffff", 0xFFFFFFFFFFFFUL)]
    public void TryParse_TwelveDigits_RoundTrips(string text, ulong value)
    {
        Assert.That(ShowingId.TryParse(text, out var showing), Is.True);
        Assert.That(showing.Value, Is.EqualTo(value));
        Assert.That(showing.ToString(), Is.EqualTo(text));
    }

    [TestCase("")]
    [TestCase("12345678901")]
    [TestCase("1234567890123")]
    [TestCase("12345678901g")]
    [TestCase(" 12345678901")]
    [TestCase("+12345678901")]
    [TestCase("0x1234567890")]
    public void TryParse_OtherText_IsRefused(string text)
    {
        Assert.That(ShowingId.TryParse(text, out var showing), Is.False);
        Assert.That(showing, Is.EqualTo(default(ShowingId)));
    }
}
