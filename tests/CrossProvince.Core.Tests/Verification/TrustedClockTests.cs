using CrossProvince.Core.Verification;
using Microsoft.Extensions.Time.Testing;

namespace CrossProvince.Core.Tests.Verification;

public sealed class TrustedClockTests
{
    private static readonly DateTimeOffset s_start = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly long s_startMilliseconds = s_start.ToUnixTimeMilliseconds();

    private static TrustedClock Clock() => new(new FakeTimeProvider(s_start), skewSeconds: 30);

    [Test]
    public void Now_NoFloor_IsTheSystemClock() => Assert.That(Clock().Now(), Is.EqualTo(new TrustedTime(s_startMilliseconds, false)));

    [TestCase(30_000, false)]
    [TestCase(30_001, true)]
    public void Now_FloorAhead_IsTheFloorAndBehindPastTheSkew(int ahead, bool behind)
    {
        var clock = Clock();
        clock.RaiseFloor(s_startMilliseconds + ahead);

        Assert.That(clock.Now(), Is.EqualTo(new TrustedTime(s_startMilliseconds + ahead, behind)));
    }

    [Test]
    public void RaiseFloor_EarlierTime_ChangesNothing()
    {
        var clock = Clock();
        clock.RaiseFloor(s_startMilliseconds + 10);
        clock.RaiseFloor(s_startMilliseconds + 5);

        Assert.That(clock.Now().UnixMilliseconds, Is.EqualTo(s_startMilliseconds + 10));
    }
}
