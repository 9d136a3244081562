using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Faults.Tests.History;

namespace CrossProvince.Faults.Tests.Judging;

/// <summary>The judge finds what it is there to find. The suspension of a licence is asked for at 10 s and answered at 10.1 s, its revocation at 20 s and 20.1 s.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class VerdictsTests
{
    private const int Partner = 2;

    private readonly LicenceLife _life = new("licence", 1_000);
    private readonly Book _book = new();

    [SetUp]
    public void Change()
    {
        _life.Ask(LicenceStatus.Suspended, 10_000);
        _life.Acknowledge(2, 10_100);
        _life.Ask(LicenceStatus.Revoked, 20_000);
        _life.Acknowledge(3, 20_100);
    }

    // Node, verdict; time signed in the head, asked, answered: milliseconds.
    [TestCase(0, Verdict.Valid, 9_800, 9_900, 9_950)]
    [TestCase(0, Verdict.Replayed, 9_800, 9_900, 9_950)]
    [TestCase(0, Verdict.Suspended, 9_800, 9_900, 10_020, Description = "Asked before, answered after it was asked for: either is right.")]
    [TestCase(0, Verdict.Valid, 10_050, 10_060, 10_200)]
    [TestCase(1, Verdict.Valid, 10_090, 11_000, 11_050, Description = "Within the second.")]
    [TestCase(Partner, Verdict.Valid, 10_090, 12_500, 12_550, Description = "Partners have longer.")]
    [TestCase(0, Verdict.Revoked, 20_500, 20_600, 20_700)]
    public void Judge_StatusThatCanHaveBeen_IsRight(int node, Verdict verdict, long asOf, long asked, long answered)
    {
        Answer(node, verdict, asOf, asked, answered);

        Assert.That(Judge(new Outages()), Is.Empty);
    }

    [TestCase(0, Verdict.Valid, 10_200, 10_300, 10_350, "status older than its own signed time")]
    [TestCase(0, Verdict.Revoked, 9_000, 9_100, 9_200, "status older than its own signed time", Description = "Before anybody asked for it.")]
    [TestCase(0, Verdict.Suspended, 20_200, 20_300, 20_400, "status older than its own signed time")]
    [TestCase(1, Verdict.Valid, 10_090, 11_200, 11_250, "status older than the bound")]
    [TestCase(Partner, Verdict.Valid, 10_090, 12_700, 12_750, "status older than the bound")]
    [TestCase(0, Verdict.LicenceUnknown, 9_800, 9_900, 9_950, "impossible verdict")]
    [TestCase(0, Verdict.CodeNotIssued, 9_800, 9_900, 9_950, "impossible verdict")]
    [TestCase(0, Verdict.Undetermined, 9_800, 9_900, 9_950, "undetermined without cause")]
    [TestCase(0, Verdict.Expired, 9_800, 9_900, 9_950, "expired too early")]
    public void Judge_WhatCannotBe_IsFound(int node, Verdict verdict, long asOf, long asked, long answered, string kind)
    {
        Answer(node, verdict, asOf, asked, answered);

        Assert.That(Judge(new Outages()), Does.Contain(kind));
    }

    [TestCase(8_000, 4_500, false, "stale mark")]
    [TestCase(8_000, 7_500, true, "stale mark")]
    [TestCase(9_500, 3_000, true, "past the hard limit")]
    public void Judge_AgeAgainstTheLimits_IsFound(long asked, long asOf, bool stale, string kind)
    {
        Answer(0, Verdict.Valid, asOf, asked, asked + 10, stale: stale);

        Assert.That(Judge(new Outages()), Does.Contain(kind));
    }

    [Test]
    public void Judge_TwoTerminalsUseOneShowing_IsFoundWithinARegionOnly()
    {
        var code = Code();
        Answer(0, Verdict.Valid, 9_000, 9_100, 9_200, code, terminal: "one");
        Answer(Partner, Verdict.Valid, 9_000, 9_100, 9_200, code, terminal: "elsewhere");
        Assert.That(Judge(new Outages()), Is.Empty);

        Answer(1, Verdict.Valid, 9_000, 9_100, 9_200, code, terminal: "two");
        Assert.That(Judge(new Outages()), Is.EqualTo(new[] { "two owners" }));
    }

    [Test]
    public void Judge_NodeCutOff_MayAnswerByAnOldHeadButNotAgainstIt()
    {
        var outages = new Outages();
        outages.Add(Part.Postgres, "killed", 10_000);
        Answer(0, Verdict.Valid, 10_090, 12_000, 12_050);
        Answer(0, Verdict.Undetermined, 10_090, 12_000, 12_050);
        Assert.That(Judge(outages), Is.Empty);

        Answer(0, Verdict.Valid, 10_200, 12_000, 12_050);
        Assert.That(Judge(outages), Is.EqualTo(new[] { "status older than its own signed time" }));
    }

    private void Answer(int node, Verdict verdict, long asOf, long asked, long answered, HeldCode? code = null, string terminal = "window", bool stale = false) =>
        _book.Answers.Enqueue(new Answer(node, "request", "verification", verdict, default, asOf, stale, asked, asked, answered, code ?? Code(), terminal, IsForwarded: false));

    private HeldCode Code() => new(_life, Guid.NewGuid().ToString(), "", ExpiresAt: 100_000, "counter-check", IsSingleUse: true);

    /// <summary>Kinds of what is wrong.</summary>
    private List<string> Judge(Outages outages)
    {
        var verdicts = new Verdicts(_book, outages, ownNodes: Partner);
        verdicts.Judge();
        return [.. verdicts.Wrong.Where(kind => kind.Value.Count > 0).Select(kind => kind.Key)];
    }
}
