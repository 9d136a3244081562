using System.Globalization;
using System.Runtime.Intrinsics.X86;
using CrossProvince.Benchmarks.Allocations;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Verification;
using CrossProvince.Targets;

namespace CrossProvince.Benchmarks.Targets;

/// <summary>P2: batches of 64 codes, from texts to verdicts, on one thread, with the engine that this process has.</summary>
internal static class BatchOfCodes
{
    private const int Batch = 64;
    private const int Licences = 200_000;
    private const int Usual = 50;
    private static readonly int[] s_otherKeys = [1, 1_000];

    /// <summary>What the engine of this process is called: the verifier chooses it by the same questions.</summary>
    public static string Engine => Avx512DQ.IsSupported ? "AVX-512" : Avx2.IsSupported && Fma.IsSupported ? "AVX2" : "scalar";

    private static Goal? RatioGoal => Engine switch
    {
        "AVX-512" => new Goal(GoalKind.RatioAtLeast, 35),
        "AVX2" => new Goal(GoalKind.RatioAtLeast, 15),
        _ => null,
    };

    /// <summary>The batch itself.</summary>
    /// <param name="plan">How long.</param>
    /// <param name="thorough">Also by number of keys, by share of forgeries, and ESP256.</param>
    public static IEnumerable<TargetLine> Measure(Plan plan, bool thorough)
    {
        var verifier = NewVerifier();
        var usual = new Scenery(SignatureAlgorithm.Sm2, Usual, Licences);
        var genuine = usual.Sign(plan.Codes);
        List<Case> cases = [Baselines.BouncyCastle(genuine), Scans.Of(verifier, usual, genuine, Verdict.Valid).InBatches(Batch)];
        if (thorough)
        {
            foreach (var keys in s_otherKeys)
            {
                var scenery = new Scenery(SignatureAlgorithm.Sm2, keys, Licences);
                cases.Add(Scans.Of(NewVerifier(), scenery, scenery.Sign(plan.Codes), Verdict.Valid).InBatches(Batch));
            }

            cases.Add(new Scans(verifier, usual.Data, genuine.Select((code, i) => i % 2 == 0 ? (code, Verdict.Valid) : (code.Forged(), Verdict.BadSignature))).InBatches(Batch));
            cases.Add(Scans.Of(verifier, usual, genuine.Select(code => code.Forged()), Verdict.BadSignature).InBatches(Batch));
            var esp256 = new Scenery(SignatureAlgorithm.Esp256, keys: 1, Licences);
            var genuineEsp256 = esp256.Sign(plan.Codes);
            cases.Add(Baselines.Ecdsa(genuineEsp256));
            cases.Add(Scans.Of(verifier, esp256, genuineEsp256, Verdict.Valid).InBatches(Batch));
        }

        var times = Rounds.Measure(plan, cases);
        yield return new TargetLine
        {
            Target = "P2",
            What = new($"batches of {Batch}, SM2, {Engine}", $"{Batch} 个码一批，SM2，{Engine}"),
            Measured = times[1].Rate,
            Baseline = Baselines.Sm2Verification,
            BaselineMeasured = times[0].Rate,
            Ratio = times[1].TimesAsFastAs(times[0]),
            Spread = times[1].SpreadAgainst(times[0]),
            Goal = RatioGoal,
            IsHeadline = RatioGoal is not null,
            Note = string.Create(CultureInfo.InvariantCulture, $"{Usual} keys in random order. {times[0].WarmUp}"),
        };
        yield return new TargetLine
        {
            Target = "P2",
            What = new($"batches of {Batch}, SM2, {Engine}: allocated a batch", $"{Batch} 个码一批，SM2，{Engine}：每批内存分配"),
            Measured = new(AllocationMeter.MeasureCalls(cases[1].Run), "B"),
            Goal = new Goal(GoalKind.Zero),
        };
        if (!thorough)
        {
            yield break;
        }

        for (var i = 0; i < s_otherKeys.Length; i++)
        {
            var keys = s_otherKeys[i].ToString("N0", CultureInfo.InvariantCulture);
            yield return new TargetLine
            {
                Target = "P2",
                What = new($"batches of {Batch}, SM2, {Engine}, {keys} key{(s_otherKeys[i] == 1 ? "" : "s")}", $"{Batch} 个码一批，SM2，{Engine}，{keys} 把密钥"),
                Measured = times[2 + i].Rate,
                Baseline = Baselines.Sm2Verification,
                BaselineMeasured = times[0].Rate,
                Ratio = times[2 + i].TimesAsFastAs(times[0]),
                Spread = times[2 + i].SpreadAgainst(times[0]),
            };
        }

        yield return Forged("half of them forged", "其中一半伪造", times[4], times[1]);
        yield return Forged("all of them forged", "全部伪造", times[5], times[1]);
        yield return new TargetLine
        {
            Target = "P2",
            What = new($"batches of {Batch}, ESP256, {Engine}", $"{Batch} 个码一批，ESP256，{Engine}"),
            Measured = times[7].Rate,
            Baseline = Baselines.EcdsaVerification,
            BaselineMeasured = times[6].Rate,
            Ratio = times[7].TimesAsFastAs(times[6]),
            Spread = times[7].SpreadAgainst(times[6]),
        };
    }

    /// <summary>One with tables of its own: where many keys are measured beside few, theirs would displace the others' wide ones.</summary>
    private static LicenceVerifier NewVerifier() => new(new TableSignatureVerifier(), new VerifyingRules());

    private static TargetLine Forged(string en, string zh, Times forged, Times genuine) => new()
    {
        Target = "P2",
        What = new($"a code of batches of {Batch}, {en}", $"{Batch} 个码一批中的一个，{zh}"),
        Measured = forged.Microseconds,
        Baseline = new("a genuine one", "真码"),
        BaselineMeasured = genuine.Microseconds,
        Ratio = forged.TimesAsDearAs(genuine),
        Spread = genuine.SpreadAgainst(forged),
        Goal = new Goal(GoalKind.RatioAtMost, 2),
    };
}
