using CrossProvince.Benchmarks.Allocations;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Verification;
using CrossProvince.Targets;

namespace CrossProvince.Benchmarks.Targets;

/// <summary>P1: one code, from text to verdict, on one thread.</summary>
internal static class OneCode
{
    private const int Licences = 1_000_000;

    public static IEnumerable<TargetLine> Measure(Plan plan)
    {
        var verifier = new LicenceVerifier(new TableSignatureVerifier(), new VerifyingRules());
        var sm2 = new Scenery(SignatureAlgorithm.Sm2, keys: 1, Licences);
        var genuine = sm2.Sign(plan.Codes);
        var strange = sm2.Sign(plan.Codes, Scenery.NewSigner(SignatureAlgorithm.Sm2));
        var esp256 = new Scenery(SignatureAlgorithm.Esp256, keys: 1, Licences);
        var genuineEsp256 = esp256.Sign(plan.Codes);
        Case[] cases =
        [
            Baselines.BouncyCastle(genuine),
            Scans.Of(verifier, sm2, genuine, Verdict.Valid).OneByOne(),
            Scans.Of(verifier, sm2, genuine.Select(code => code.Forged()), Verdict.BadSignature).OneByOne(),
            Scans.Of(verifier, sm2, strange, Verdict.UnknownKey).OneByOne(),
            Baselines.Ecdsa(genuineEsp256),
            Scans.Of(verifier, esp256, genuineEsp256, Verdict.Valid).OneByOne(),
        ];
        var times = Rounds.Measure(plan, cases);
        var (bouncyCastle, valid, forged, unknown, ecdsa, validEsp256) = (times[0], times[1], times[2], times[3], times[4], times[5]);

        yield return new TargetLine
        {
            Target = "P1",
            What = new("one code, text to verdict, SM2", "一个码，从文本到结果，SM2"),
            Measured = valid.Rate,
            Baseline = Baselines.Sm2Verification,
            BaselineMeasured = bouncyCastle.Rate,
            Ratio = valid.TimesAsFastAs(bouncyCastle),
            Spread = valid.SpreadAgainst(bouncyCastle),
            Goal = new Goal(GoalKind.RatioAtLeast, 5),
            IsHeadline = true,
            Note = bouncyCastle.WarmUp,
        };
        yield return Allocated("one code, SM2: allocated", "一个码，SM2：内存分配", cases[1]) with { Goal = new Goal(GoalKind.Zero) };
        yield return new TargetLine
        {
            Target = "P1",
            What = new("one forged code, as a cost", "一个伪造码的代价"),
            Measured = forged.Microseconds,
            Baseline = new("a genuine one", "真码"),
            BaselineMeasured = valid.Microseconds,
            Ratio = forged.TimesAsDearAs(valid),
            Spread = valid.SpreadAgainst(forged),
            Goal = new Goal(GoalKind.RatioAtMost, 2),
        };
        yield return new TargetLine
        {
            Target = "P1",
            What = new("one code of an unknown key", "一个密钥未知的码"),
            Measured = unknown.Microseconds,
            Goal = new Goal(GoalKind.Below, 1),
        };
        yield return new TargetLine
        {
            Target = "P1",
            What = new("one code, text to verdict, ESP256", "一个码，从文本到结果，ESP256"),
            Measured = validEsp256.Rate,
            Baseline = Baselines.EcdsaVerification,
            BaselineMeasured = ecdsa.Rate,
            Ratio = validEsp256.TimesAsFastAs(ecdsa),
            Spread = validEsp256.SpreadAgainst(ecdsa),
        };
        yield return Allocated("one code, ESP256: allocated", "一个码，ESP256：内存分配", cases[5]);
    }

    private static TargetLine Allocated(string en, string zh, Case one) =>
        new() { Target = "P1", What = new(en, zh), Measured = new(AllocationMeter.MeasureCalls(one.Run), "B") };
}
