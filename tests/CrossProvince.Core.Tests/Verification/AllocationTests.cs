using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Tests.Signatures;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Tests.Verification;

/// <summary>From text to verdict not a byte is allocated, whatever the verdict, one by one and in batches.</summary>
[Category("Engines")]
public sealed class AllocationTests
{
    private const int Batch = 64;

    private static readonly TableSignatureVerifier s_signatures = new();

    private static readonly Flaw[] s_flaws =
    [
        .. Flaw.InOrder,
        new("none", Verdict.Valid, s => s),
        new("longer than any scan", Verdict.Malformed, s => s with { Scanning = text => text.PadRight(PresentationText.MaxRawCharacters + 1) }),
        new("longer than it announces", Verdict.Malformed, s => s with { Scanning = text => text + "A" }),
        new("display not in normal form C", Verdict.Malformed, s => s with { Damage = Decomposed }),
        new("another version", Verdict.UnsupportedVersion, s => s with { Scanning = text => "ＣＰ２" + text[3..] }),
        new("key unknown to an old list", Verdict.Undetermined, s => s with { Keys = [], Freshness = new TrustFreshness(false, false, true) }, UndeterminedReason.TrustStale),
        new("revoked", Verdict.Revoked, s => s with { Status = LicenceStatus.Ended, Reason = StatusReason.Revoked }),
        new("cancelled", Verdict.Withdrawn, s => s with { Status = LicenceStatus.Ended, Reason = StatusReason.Cancelled }),
        new("not yet active", Verdict.NotActive, s => s with { Status = LicenceStatus.NotActive, Reason = StatusReason.NotYetActive }),
        new("source can't tell", Verdict.Undetermined, s => s with { Status = LicenceStatus.NotActive, Reason = StatusReason.SourceUnknown }, UndeterminedReason.SourceUnknown),
        new("not yet seen", Verdict.Undetermined, s => s with { Tag = EntryTag.None, AsOf = (Situation.Start - 60) * 1000 }, UndeterminedReason.NotYetSeen),
    ];

    // Algorithms whose signatures are verified by the engine.
    private static readonly SignatureAlgorithm[] s_algorithms = [SignatureAlgorithm.Sm2, SignatureAlgorithm.Esp256];

    private static IEnumerable<TestCaseData> Cases =>
        from algorithm in s_algorithms
        from flaw in s_flaws
        select new TestCaseData(algorithm, flaw).SetArgDisplayNames($"{algorithm}", flaw.Name);

    [TestCaseSource(nameof(Cases))]
    public void Verify_AnyVerdict_AllocatesNothing(SignatureAlgorithm algorithm, object flaw)
    {
        var expected = (Flaw)flaw;
        var situation = expected.Apply(new Situation { Signer = TestKeys.Of(algorithm) });
        var verifier = Verifier(situation);
        var (data, question) = (situation.Data(), situation.Question());

        VerificationAnswer answer = default;

        var allocated = Allocated.Least(() => answer = verifier.Verify(data, question));

        Assert.That((answer.Verdict, answer.Reason, allocated), Is.EqualTo((expected.Verdict, expected.Reason, 0)));
    }

    [TestCaseSource(nameof(Cases))]
    public void VerifyMany_AnyVerdict_AllocatesNothing(SignatureAlgorithm algorithm, object flaw)
    {
        var expected = (Flaw)flaw;
        var situation = expected.Apply(new Situation { Signer = TestKeys.Of(algorithm) });
        var verifier = Verifier(situation);
        var data = situation.Data();
        var questions = Enumerable.Repeat(situation.Question(), Batch).ToArray();
        var answers = new VerificationAnswer[Batch];

        var allocated = Allocated.Least(() => verifier.VerifyMany(data, questions, answers));

        Assert.That(answers.Select(a => (a.Verdict, a.Reason)).Distinct(), Is.EqualTo(new[] { (expected.Verdict, expected.Reason) }));
        Assert.That(allocated, Is.Zero);
    }

    [Test]
    public void Cases_Verdicts_AreAllThatCoreGives()
    {
        Verdict[] ofTheService = [Verdict.None, Verdict.Replayed, Verdict.CodeNotIssued, Verdict.CodeWithdrawn];
        UndeterminedReason[] otherReasons = [UndeterminedReason.None, UndeterminedReason.UseNotChecked];

        Assert.That(s_flaws.Select(f => f.Verdict).Distinct(), Is.EquivalentTo(Enum.GetValues<Verdict>().Except(ofTheService)));
        Assert.That(s_flaws.Select(f => f.Reason).Distinct().Except(otherReasons), Is.EquivalentTo(Enum.GetValues<UndeterminedReason>().Except(otherReasons)));
    }

    private static LicenceVerifier Verifier(Situation situation) => new(s_signatures, situation.Rules);

    /// <summary>The first character of the name becomes an e and a combining accent, of as many bytes.</summary>
    private static byte[] Decomposed(byte[] message)
    {
        "e\u0301"u8.CopyTo(message.AsSpan(message.AsSpan().IndexOf("王"u8)));
        return message;
    }
}
