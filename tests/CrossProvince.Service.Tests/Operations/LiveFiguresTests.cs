using System.Diagnostics;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Operations;
using CrossProvince.Service.Telemetry;
using CrossProvince.Service.Tests.Verifying;
using CrossProvince.Service.Verifying;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace CrossProvince.Service.Tests.Operations;

/// <summary>What a node has answered in the last hour.</summary>
public sealed class LiveFiguresTests
{
    private const string Verify = "/crossprovince.verification.v1.VerificationService/Verify";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 3, 0, 0, TimeSpan.Zero));
    private OwnMeters _meters = null!;
    private VerifyingMetrics _verifying = null!;
    private RpcMetrics _rpcs = null!;
    private LiveFigures _live = null!;

    [SetUp]
    public void Listen()
    {
        _meters = new OwnMeters();
        (_verifying, _rpcs) = (new VerifyingMetrics(_meters), new RpcMetrics(_meters));
        _live = new LiveFigures(_verifying, _rpcs, _time);
    }

    [TearDown]
    public void Stop()
    {
        _live.Dispose();
        _meters.Dispose();
    }

    [Test]
    public void Read_VerdictsOfTwoSlots_AreInTheirs()
    {
        Count(Verdict.Valid, 3);
        Count(Verdict.Revoked, 2);
        Count(Verdict.Undetermined, 1);
        _time.Advance(TimeSpan.FromSeconds(25));
        Count(Verdict.Malformed, 4);

        Assert.That(
            _live.Read().Select(s => (s.Start - _live.StartedAt, s.Valid, s.Refused, s.Undetermined)),
            Is.EqualTo(new[] { (0L, 3, 2, 1), (10L, 0, 0, 0), (20L, 0, 4, 0) }));
    }

    [Test]
    public void Read_MoreThanAnHour_ForgetsWhatIsOlder()
    {
        Count(Verdict.Valid, 1);
        _time.Advance(TimeSpan.FromSeconds(3_590));
        Assert.That((_live.Read().Count, _live.Read().Sum(s => s.Valid)), Is.EqualTo((360, 1)));

        _time.Advance(TimeSpan.FromSeconds(10));
        Count(Verdict.Valid, 5);

        Assert.That((_live.Read().Count, _live.Read().Sum(s => s.Valid)), Is.EqualTo((360, 5)));
    }

    [Test]
    public void Read_CountedAtOnce_NothingIsLost()
    {
        Parallel.For(0, 20_000, _ => Count(Verdict.Valid, 1));

        Assert.That(_live.Read().Sum(s => s.Valid), Is.EqualTo(20_000));
    }

    [Test]
    public void Read_OtherNodesAndOtherRpcs_DoNotCount()
    {
        using var others = new OwnMeters();
        new VerifyingMetrics(others).Count(Verdict.Valid, UndeterminedReason.None, null);
        new RpcMetrics(others).Answered(Verify, Stopwatch.GetTimestamp());
        _rpcs.Answered("/crossprovince.verification.v1.VerificationService/VerifyBatch", Stopwatch.GetTimestamp());
        _rpcs.Refused("/crossprovince.verification.v1.VerificationService/Other", RpcErrors.Plain(StatusCode.Unavailable, "X", "x", "x"), Stopwatch.GetTimestamp());

        Assert.That(_live.Read().Select(s => (s.Valid, s.P50)), Is.EqualTo(new[] { (0, 0) }));
    }

    [Test]
    public void Read_TimesOfCalls_ArePercentilesAtMostAQuarterTooHigh()
    {
        var now = Stopwatch.GetTimestamp();
        for (var i = 1; i <= 100; i++)
        {
            // From 10 ms to 1 s, against which the moment that passes here does not count.
            _rpcs.Answered(Verify, now - (long)(i * 0.01 * Stopwatch.Frequency));
        }

        var slot = _live.Read().Single();
        foreach (var (percentile, exact) in new[] { (slot.P50, 500_000), (slot.P95, 950_000), (slot.P99, 990_000) })
        {
            Assert.That(percentile, Is.InRange(exact, exact * 1.4));
        }
    }

    [TestCase(0)]
    [TestCase(0.00005)]
    [TestCase(0.000051)]
    [TestCase(0.0123)]
    [TestCase(5)]
    [TestCase(1e6)]
    public void StepOf_ATime_EndsAtOrAfterItButForTheLast(double seconds)
    {
        var step = LatencyScale.StepOf(seconds);

        Assert.That(step, Is.InRange(0, LatencyScale.Steps - 1));
        Assert.That(step == LatencyScale.Steps - 1 || LatencyScale.EndOf(step) >= Math.Floor(seconds * 1e6), Is.True);
        Assert.That(step == 0 || LatencyScale.EndOf(step - 1) < seconds * 1e6, Is.True);
    }

    private void Count(Verdict verdict, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _verifying.Count(verdict, UndeterminedReason.None, null);
        }
    }
}
