using CrossProvince.Service.Federation.Trusting;

namespace CrossProvince.Service.Tests.Federation;

public sealed class TrustRefreshTests
{
    [TestCase(0, 54, 66)]
    [TestCase(1, 108, 132)]
    [TestCase(4, 810, 990)]
    [TestCase(40, 810, 990)]
    public void PauseAfter_SoManyFailures_GrowsUpToAQuarterOfAnHour(int failures, int atLeast, int atMost) =>
        Assert.That(TrustRefresh.PauseAfter(failures, TimeSpan.FromSeconds(60)).TotalSeconds, Is.InRange(atLeast, atMost));

    [Test]
    public void PauseAfter_LongInterval_IsNotShortened() => Assert.That(TrustRefresh.PauseAfter(3, TimeSpan.FromHours(2)).TotalMinutes, Is.InRange(108, 132));
}
