using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Tests.Verification;

public sealed class TrustFreshnessTests
{
    private const long End = 1_800_000_000;

    [TestCase(-1, false, false)]
    [TestCase(0, true, false)]
    [TestCase(604_799, true, false)]
    [TestCase(604_800, true, true)]
    public void At_AroundTheListsEnd_IsExpiredThenTooOldAfterSevenDays(int afterEnd, bool expired, bool tooOld) =>
        Assert.That(TrustFreshness.At(End, End + afterEnd, 60, End + afterEnd), Is.EqualTo(new TrustFreshness(expired, tooOld, false)));

    [TestCase(300, false)]
    [TestCase(301, true)]
    public void At_AfterTheLastReading_IsOverdueAfterFiveIntervals(int sinceRead, bool overdue) =>
        Assert.That(TrustFreshness.At(End, End - 1_000, 60, End - 1_000 + sinceRead).ReReadOverdue, Is.EqualTo(overdue));
}
