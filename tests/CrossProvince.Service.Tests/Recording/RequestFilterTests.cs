using CrossProvince.Service.Recording;
using Microsoft.Extensions.Time.Testing;

namespace CrossProvince.Service.Tests.Recording;

/// <summary>What the filter denies must never have been added.</summary>
public sealed class RequestFilterTests
{
    // Through several layers of one generation.
    private const int Keys = 200_000;

    private readonly FakeTimeProvider _time = new();

    [TestCase(0, 0)]
    [TestCase(0, 719)]
    [TestCase(239, 719)]
    [TestCase(100, 719)]
    public void MayContain_AddedInTheLastTwelveMinutes_IsTrue(int secondsBefore, int secondsAfter)
    {
        var filter = new RequestFilter(_time);
        _time.Advance(TimeSpan.FromSeconds(secondsBefore));
        var keys = Draw(1);
        Array.ForEach(keys, filter.Add);
        _time.Advance(TimeSpan.FromSeconds(secondsAfter));

        Assert.That(keys.Count(key => !filter.MayContain(key)), Is.Zero);
    }

    [Test]
    public void MayContain_NotAdded_IsSeldomTrue()
    {
        var filter = new RequestFilter(_time);
        Array.ForEach(Draw(1), filter.Add);

        Assert.That(Draw(2).Count(filter.MayContain), Is.LessThan(Keys / 100));
    }

    [Test]
    public void MayContain_AddedLongAgo_IsForgotten()
    {
        var filter = new RequestFilter(_time);
        var keys = Draw(1);
        Array.ForEach(keys, filter.Add);

        _time.Advance(RequestFilter.Kept + TimeSpan.FromMinutes(4));

        Assert.That(keys.Count(filter.MayContain), Is.Zero);
    }

    [Test]
    public void Add_AfterALongSilence_IsKept()
    {
        var filter = new RequestFilter(_time);
        _time.Advance(TimeSpan.FromDays(1));
        filter.Add(7);

        _time.Advance(RequestFilter.Kept - TimeSpan.FromSeconds(1));

        Assert.That(filter.MayContain(7), Is.True);
    }

    private static ulong[] Draw(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Keys).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))];
    }
}
