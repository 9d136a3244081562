using System.Diagnostics;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.LoadTest.Codes;
using CrossProvince.LoadTest.Running;

namespace CrossProvince.Integration.Tests.LoadDriver;

[Category("Alone")]
public sealed class PacingTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);

    [Test]
    public async Task Open_ServerStopsForAWhile_DelaysOfCallsThatWereDueAreCounted()
    {
        // One call at a time, and the first takes 300 ms: those due meanwhile wait, though each is quick by itself.
        using var server = new SemaphoreSlim(1, 1);
        async Task Call(int number)
        {
            await server.WaitAsync();
            await Task.Delay(number == 0 ? 300 : 0);
            server.Release();
        }

        var times = await Pacing.OpenAsync(Call, perSecond: 100, count: 20, s_long, CancellationToken.None);

        Assert.That(times.Calls, Is.EqualTo(20));
        Assert.That(times.Percentile(100), Is.GreaterThanOrEqualTo(290));
        Assert.That(times.Percentile(50), Is.GreaterThanOrEqualTo(150), "calls that were due while the server stood still");
    }

    [Test]
    public async Task Open_FastServer_KeepsTheRate()
    {
        var times = await Pacing.OpenAsync(_ => Task.CompletedTask, perSecond: 200, count: 100, s_long, CancellationToken.None);

        Assert.That(times.Calls, Is.EqualTo(100));
        Assert.That(times.Elapsed, Is.GreaterThanOrEqualTo(TimeSpan.FromMilliseconds(490)), "sent faster than asked for");
    }

    [Test]
    public async Task Open_SlowRate_SendsNothingBeforeItIsDue()
    {
        var times = await Pacing.OpenAsync(_ => Task.CompletedTask, perSecond: 40, count: 8, s_long, CancellationToken.None);

        Assert.That(times.Percentile(1), Is.GreaterThanOrEqualTo(0), "the least time is measured from a moment after the call");
    }

    /// <summary>A sender that sleeps whole milliseconds sends four together, which on the average are half a millisecond late, and seven of ten a third of one.</summary>
    [Test]
    public async Task Open_SeveralCallsAMillisecond_EachIsSentWhenItIsDue()
    {
        var times = await Pacing.OpenAsync(_ => Task.CompletedTask, perSecond: 4_000, count: 1_600, s_long, CancellationToken.None);

        Assert.That(times.Calls, Is.EqualTo(1_600));
        Assert.That(times.Percentile(30), Is.LessThan(0.2), "milliseconds late");
    }

    [Test]
    public void Open_CallThrows_IsThrown() =>
        Assert.That(
            () => Pacing.OpenAsync(number => number == 3 ? throw new IOException("broken") : Task.CompletedTask, perSecond: 1_000, count: 10, s_long, CancellationToken.None),
            Throws.TypeOf<IOException>());

    [Test]
    public async Task Open_ServerNeverKeepsUp_IsGivenUp()
    {
        var stop = new TaskCompletionSource();
        var running = Pacing.OpenAsync(_ => stop.Task, perSecond: 1_000_000, count: 1_000_000, s_long, CancellationToken.None);
        await Task.WhenAny(running, Task.Delay(TimeSpan.FromSeconds(1)));
        stop.SetResult();

        var times = await running;
        Assert.That(times.Overrun, Is.True);
        Assert.That(times.Calls, Is.LessThan(1_000_000));
    }

    [Test]
    public async Task Closed_ManyCalls_AreMadeOnceEachAndNoMoreAtOnceThanAsked()
    {
        var (now, most) = (0, 0);
        var made = new int[50];
        async Task Call(int number)
        {
            var current = Interlocked.Increment(ref now);
            InterlockedMax(ref most, current);
            await Task.Delay(2);
            Interlocked.Increment(ref made[number]);
            Interlocked.Decrement(ref now);
        }

        var times = await Pacing.ClosedAsync(Call, inFlight: 4, count: 50, s_long, CancellationToken.None);

        Assert.That(made, Has.All.EqualTo(1));
        Assert.That(most, Is.InRange(1, 4));
        Assert.That(times.Calls, Is.EqualTo(50));
    }

    [TestCase(50, 50)]
    [TestCase(99, 99)]
    [TestCase(100, 100)]
    [TestCase(0.1, 1)]
    public void Percentile_OneToHundredMilliseconds_IsTheSmallestThatCoversSoMany(double percent, double expected)
    {
        var times = new Timings(Enumerable.Range(1, 100).Reverse().Select(ms => ms * Stopwatch.Frequency / 1000), TimeSpan.FromSeconds(1));

        Assert.That(times.Percentile(percent), Is.EqualTo(expected).Within(0.001));
        Assert.That(times.PerSecond, Is.EqualTo(100));
    }

    [Test]
    public void Tally_WrongAndMissingAnswers_AreToldApart()
    {
        var tally = new Tally();
        var (scan, request) = (new Scan("CP1", Verdict.Valid), new VerifyRequest { Code = "CP1" });
        void Count(Verdict verdict) => tally.Count(scan, request, new VerifyResponse(), new Verification { Verdict = verdict }, null);
        Count(Verdict.Valid);
        Count(Verdict.Revoked);
        tally.Count(scan, request, new VerifyResult(), null, new RequestError { Code = 3, Field = "code", Message = "is empty" });
        tally.Miss("cut off", 2);

        Assert.That((tally.Right, tally.Wrong, tally.Missing, tally.Answered), Is.EqualTo((1L, 1, 3, 2L)));
        Assert.That(tally.Complaints.ToList(), Has.Count.EqualTo(3).And.Some.Contain("Revoked answered"));
    }

    [Test]
    public void Spread_Shares_AreExact()
    {
        var counts = new Mix(Forged: 20, Expired: 5, UnknownKey: 1, Replayed: 4).Spread(1_000).CountBy(v => v).ToDictionary();

        Assert.That(counts, Is.EquivalentTo(new Dictionary<Verdict, int>
        {
            [Verdict.BadSignature] = 200,
            [Verdict.Expired] = 50,
            [Verdict.UnknownKey] = 10,
            [Verdict.Replayed] = 40,
            [Verdict.Valid] = 700,
        }));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
