using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Faults.Tests.History;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>The model finds what it is there to find. Limits of 10 s and 20 s; the licence was registered at 1 s, and is revoked between 30.0 s and 30.1 s. Times in milliseconds.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FreshnessTests
{
    private static readonly Freshness s_freshness = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20));

    private readonly LicenceLife _life = new("licence", 1_000);

    [SetUp]
    public void Change()
    {
        _life.Ask(LicenceStatus.Revoked, 30_000);
        _life.Acknowledge(2, 30_100);
    }

    [TestCase(Verdict.Valid, default(UndeterminedReason), 5_000, 15_000, false, Description = "At the soft limit.")]
    [TestCase(Verdict.Valid, default(UndeterminedReason), 5_000, 15_001, true)]
    [TestCase(Verdict.Replayed, default(UndeterminedReason), 5_000, 15_001, true)]
    [TestCase(Verdict.Valid, default(UndeterminedReason), 5_000, 25_000, true, Description = "At the hard limit.")]
    [TestCase(Verdict.Undetermined, UndeterminedReason.Stale, 5_000, 25_001, true)]
    [TestCase(Verdict.Revoked, default(UndeterminedReason), 30_200, 70_000, true, Description = "For good.")]
    [TestCase(Verdict.Valid, default(UndeterminedReason), 30_050, 31_000, false, Description = "Asked for, not yet answered at the head's time.")]
    [TestCase(Verdict.Undetermined, UndeterminedReason.NotYetSeen, 900, 9_000, false)]
    [TestCase(Verdict.Undetermined, UndeterminedReason.Stale, 900, 20_901, true, Description = "Past the hard limit that is said first.")]
    public void Judge_AsTheCopysAgeDemands_IsRight(Verdict verdict, UndeterminedReason reason, long asOf, long time, bool stale) =>
        Assert.That(s_freshness.Judge(Answer(verdict, reason, asOf, time, stale), Known()), Is.Null);

    [TestCase(Verdict.Valid, default(UndeterminedReason), 5_000, 15_000, true, "stale mark")]
    [TestCase(Verdict.Valid, default(UndeterminedReason), 5_000, 15_001, false, "stale mark")]
    [TestCase(Verdict.Valid, default(UndeterminedReason), 5_000, 25_001, true, "past the hard limit")]
    [TestCase(Verdict.Replayed, default(UndeterminedReason), 5_000, 25_001, true, "past the hard limit")]
    [TestCase(Verdict.Undetermined, UndeterminedReason.Stale, 5_000, 25_000, true, "undetermined within the hard limit")]
    [TestCase(Verdict.Undetermined, UndeterminedReason.Stale, 30_200, 70_000, true, "undetermined though it had ended")]
    [TestCase(Verdict.Undetermined, UndeterminedReason.NotYetSeen, 1_000, 9_000, false, "not yet seen though it was there")]
    [TestCase(Verdict.Undetermined, UndeterminedReason.NotYetSeen, 900, 21_000, false, "not yet seen past the hard limit")]
    [TestCase(Verdict.Undetermined, UndeterminedReason.UseNotChecked, 5_000, 6_000, false, "undetermined without cause")]
    [TestCase(Verdict.Undetermined, UndeterminedReason.NoStatus, 5_000, 6_000, false, "undetermined without cause")]
    [TestCase(Verdict.Valid, default(UndeterminedReason), 30_200, 31_000, false, "status that was not so at the head's time")]
    [TestCase(Verdict.Revoked, default(UndeterminedReason), 5_000, 6_000, false, "status that was not so at the head's time")]
    [TestCase(Verdict.LicenceUnknown, default(UndeterminedReason), 5_000, 6_000, false, "impossible verdict")]
    [TestCase(Verdict.Valid, default(UndeterminedReason), 0, 6_000, false, "judged by no head")]
    public void Judge_AnythingElse_IsFound(Verdict verdict, UndeterminedReason reason, long asOf, long time, bool stale, string wrong) =>
        Assert.That(s_freshness.Judge(Answer(verdict, reason, asOf, time, stale), Known()), Is.EqualTo(wrong));

    [Test]
    public void Judge_HeadThatTheNodeDidNotHold_IsFound()
    {
        var answer = Answer(Verdict.Valid, default, 5_000, 6_000, false);

        Assert.That(s_freshness.Judge(answer, Known() with { HeldFrom = 5_001 }), Is.EqualTo("judged by a head that the node did not hold"));
        Assert.That(s_freshness.Judge(answer, Known() with { HeldUntil = 4_999 }), Is.EqualTo("judged by a head that the node did not hold"));
        Assert.That(s_freshness.Judge(answer with { IsForwarded = true }, Known() with { HeldUntil = 4_999 }), Is.Null, "The issuer holds its own.");
    }

    [Test]
    public void Judge_NewsThroughALineThatWasDown_IsFound()
    {
        var answer = Answer(Verdict.Valid, default, 5_000, 6_000, false);

        Assert.That(s_freshness.Judge(answer, Known() with { CutAt = 5_000 }), Is.Null);
        Assert.That(s_freshness.Judge(answer, Known() with { CutAt = 4_999 }), Is.EqualTo("news through a line that was down"));
        Assert.That(s_freshness.Judge(answer with { IsForwarded = true }, Known() with { CutAt = 5_000 }), Is.EqualTo("news through a line that was down"));

        // A change that was asked for after the line was down cannot be known.
        Assert.That(s_freshness.Judge(Answer(Verdict.Revoked, default, 29_000, 31_000, false), Known() with { CutAt = 29_500 }), Is.EqualTo("status that was not so at the head's time"));
    }

    [Test]
    public void Judge_OldOverAQuietLine_IsFoundUnlessTheMachineIsBusy()
    {
        var quiet = Known() with { IsQuiet = true };

        Assert.That(s_freshness.Judge(Answer(Verdict.Valid, default, 5_000, 8_000, false), quiet), Is.Null);
        Assert.That(s_freshness.Judge(Answer(Verdict.Valid, default, 5_000, 8_001, false), quiet), Is.EqualTo("cut off from nothing, and yet old"));
        Assert.That(s_freshness.Judge(Answer(Verdict.Undetermined, UndeterminedReason.Stale, 5_000, 25_001, true), quiet), Is.EqualTo("cut off from nothing, and yet old"));
        Assert.That(s_freshness.Judge(Answer(Verdict.Valid, default, 5_000, 8_001, false), quiet with { IsBusy = true }), Is.Null);
    }

    [Test]
    public void Judge_UsedOnceEverywhere_OnlyTheIssuerDecides()
    {
        var valid = Answer(Verdict.Valid, default, 5_000, 6_000, false);
        valid = valid with { Code = valid.Code with { Scenario = HeldCode.OnceEverywhere } };

        Assert.That(s_freshness.Judge(valid, Known()), Is.EqualTo("used without the issuer"));
        Assert.That(s_freshness.Judge(valid with { Verdict = Verdict.Replayed }, Known()), Is.EqualTo("used without the issuer"));
        Assert.That(s_freshness.Judge(valid, Known() with { IsOwn = true }), Is.Null);
        Assert.That(s_freshness.Judge(valid with { IsForwarded = true }, Known()), Is.Null);
        Assert.That(s_freshness.Judge(valid with { Verdict = Verdict.Undetermined, Reason = UndeterminedReason.UseNotChecked }, Known() with { IsQuiet = true }), Is.Null);
        Assert.That(
            s_freshness.Judge(valid with { Verdict = Verdict.Undetermined, Reason = UndeterminedReason.UseNotChecked }, Known() with { IsOwn = true }), Is.EqualTo("undetermined without cause"));
    }

    [TestCase(6_000, 6_100, 6_050, true)]
    [TestCase(6_000, 6_100, 5_999, false)]
    [TestCase(6_000, 6_100, 6_101, false)]
    public void Judge_TimeOfTheVerification_MustLieBetweenQuestionAndAnswer(long asked, long answered, long time, bool isRight) => Assert.That(
        s_freshness.Judge(Answer(Verdict.Valid, default, 5_000, time, false) with { Asked = asked, Answered = answered }, Known()),
        Is.EqualTo(isRight ? null : "judged at no time between question and answer"));

    private Answer Answer(Verdict verdict, UndeterminedReason reason, long asOf, long time, bool stale) => new(
        0, "request", "verification", verdict, reason, asOf, stale, time, time, time, new HeldCode(_life, "showing", "", ExpiresAt: 100_000, "peer-check", IsSingleUse: false), "window", IsForwarded: false);

    private static Circumstances Known() => new(0, long.MaxValue, null, IsQuiet: false, IsBusy: false, IsOwn: false);
}
