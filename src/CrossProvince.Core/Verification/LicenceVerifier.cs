using System.Buffers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Verification;

/// <summary>Judges scanned codes: steps 1 to 10 of docs/payload.md, "Order of checks and verdicts", in that order.</summary>
/// <param name="signatures">Checks the signatures of step 4, a batch at a time.</param>
/// <param name="rules">Limits.</param>
/// <remarks>No input, no output. Never throws for bad codes. Safe for concurrent calls.</remarks>
public sealed class LicenceVerifier(ISignatureVerifier signatures, VerifyingRules rules)
{
    /// <summary>China Standard Time is UTC+8, all year.</summary>
    private const long ChinaOffsetSeconds = 28_800;

    private const long SecondsPerDay = 86_400;

    /// <summary>How much newer than the index copy a code may claim to be before its licence is called unknown, milliseconds.</summary>
    private const long NewLicenceMilliseconds = 5_000;

    /// <summary>Longest life of any code, seconds.</summary>
    private const long LongestLifeSeconds = 600;

    /// <summary>Judges one scan.</summary>
    /// <param name="data">The view to judge by.</param>
    /// <param name="question">The scan.</param>
    /// <returns>The answer of steps 1 to 10; see <see cref="VerificationAnswer.UseRequired"/>.</returns>
    public VerificationAnswer Verify(VerificationData data, in VerificationQuestion question)
    {
        VerificationAnswer answer = default;
        VerifyMany(data, new ReadOnlySpan<VerificationQuestion>(in question), new Span<VerificationAnswer>(ref answer));
        return answer;
    }

    /// <summary>Judges a batch; all go through each step together.</summary>
    /// <param name="data">The view to judge by.</param>
    /// <param name="questions">The scans.</param>
    /// <param name="answers">One answer each, in order; at least as long as <paramref name="questions"/>.</param>
    public void VerifyMany(VerificationData data, ReadOnlySpan<VerificationQuestion> questions, Span<VerificationAnswer> answers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(answers.Length, questions.Length);
        var messages = new byte[questions.Length * PresentationMessage.MaxBytes];
        for (var i = 0; i < questions.Length; i++)
        {
            answers[i] = Read(data, questions[i], messages.AsMemory(i * PresentationMessage.MaxBytes, PresentationMessage.MaxBytes));
        }

        CheckSignatures(data, answers[..questions.Length]);

        for (var i = 0; i < questions.Length; i++)
        {
            if (answers[i].Verdict == Verdict.None)
            {
                answers[i] = CheckClaims(data, questions[i], answers[i]);
            }
        }
    }

    /// <summary>Steps 1 to 3. A verdict of None means: go on.</summary>
    private static VerificationAnswer Read(VerificationData data, in VerificationQuestion question, Memory<byte> buffer)
    {
        // 1 Reading
        var read = PresentationText.Read(question.Text.Span, buffer.Span, out var length);
        if (read != Verdict.Valid)
        {
            return new VerificationAnswer { Verdict = read };
        }

        // 2 Exact shape
        if (!PresentationMessage.TryDecode(buffer[..length], out var code))
        {
            return new VerificationAnswer { Verdict = Verdict.Malformed };
        }

        var answer = new VerificationAnswer { Code = code, TrustStale = data.TrustFreshness.Expired };

        // From here on time and trust matter: without them there is no answer.
        if (data.Time.ClockBehind)
        {
            return Undetermined(answer, UndeterminedReason.Clock);
        }

        if (data.TrustFreshness.TooOld)
        {
            return Undetermined(answer, UndeterminedReason.TrustStale);
        }

        // 3 A code key of that region, good for verifying now
        var keys = data.Trust.FindKeys(code.Claims.Region, code.KeyId, KeyUse.Code);
        if (keys.IsEmpty)
        {
            return data.TrustFreshness.ReReadOverdue
                ? Undetermined(answer, UndeterminedReason.TrustStale)
                : answer with { Verdict = Verdict.UnknownKey };
        }

        foreach (var key in keys)
        {
            if (key.MayVerifyAt(data.Time.UnixSeconds))
            {
                return answer;
            }
        }

        return answer with { Verdict = Verdict.KeyNotValid };
    }

    /// <summary>Step 4: the first good key wins. Keys that share an id are tried in rounds, each round one batch.</summary>
    private void CheckSignatures(VerificationData data, Span<VerificationAnswer> answers)
    {
        var items = ArrayPool<SignedMessage>.Shared.Rent(answers.Length);
        var keys = ArrayPool<TrustedKey?>.Shared.Rent(answers.Length);
        var positions = ArrayPool<int>.Shared.Rent(answers.Length);
        var holds = ArrayPool<bool>.Shared.Rent(answers.Length);
        var signed = ArrayPool<byte>.Shared.Rent(answers.Length * PresentationMessage.MaxToBeSignedBytes);
        try
        {
            for (var round = 0; ; round++)
            {
                var count = 0;
                for (var i = 0; i < answers.Length; i++)
                {
                    if (answers[i].Verdict != Verdict.None || answers[i].SignatureHolds)
                    {
                        continue;
                    }

                    var code = answers[i].Code;
                    var key = FindCandidate(data, code, round);
                    if (key is null)
                    {
                        answers[i] = answers[i] with { Verdict = Verdict.BadSignature };
                        continue;
                    }

                    var offset = count * PresentationMessage.MaxToBeSignedBytes;
                    var length = code.WriteToBeSigned(signed.AsSpan(offset, PresentationMessage.MaxToBeSignedBytes));
                    items[count] = new SignedMessage(key.Key, signed.AsMemory(offset, length), code.Signature);
                    keys[count] = key;
                    positions[count++] = i;
                }

                if (count == 0)
                {
                    return;
                }

                signatures.VerifyMany(items.AsSpan(0, count), holds.AsSpan(0, count));
                for (var j = 0; j < count; j++)
                {
                    if (holds[j])
                    {
                        answers[positions[j]] = answers[positions[j]] with { SigningKey = keys[j] };
                    }
                }
            }
        }
        finally
        {
            ArrayPool<SignedMessage>.Shared.Return(items, clearArray: true);
            ArrayPool<TrustedKey?>.Shared.Return(keys, clearArray: true);
            ArrayPool<int>.Shared.Return(positions);
            ArrayPool<bool>.Shared.Return(holds);
            ArrayPool<byte>.Shared.Return(signed);
        }
    }

    /// <summary>The n-th key that may have made the code: same region and id, good now, of the algorithm in the header.</summary>
    private static TrustedKey? FindCandidate(VerificationData data, in PresentationMessage code, int n)
    {
        foreach (var key in data.Trust.FindKeys(code.Claims.Region, code.KeyId, KeyUse.Code))
        {
            if (key.MayVerifyAt(data.Time.UnixSeconds) && key.Key.Algorithm == code.Algorithm && n-- == 0)
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>Steps 5 to 10, under a good signature.</summary>
    private VerificationAnswer CheckClaims(VerificationData data, in VerificationQuestion question, VerificationAnswer answer)
    {
        var claims = answer.Code.Claims;
        var key = answer.SigningKey!;
        var now = data.Time.UnixSeconds;
        var scenario = data.Catalogue.FindScenario(claims.Scenario);
        answer = answer with { Scenario = scenario };

        // 5 The key may sign for this licence type (its region is how it was found)
        if (!key.MaySignType(claims.LicenceType))
        {
            return answer with { Verdict = Verdict.KeyNotAllowed };
        }

        // 6 Times
        if (!key.MaySignAt(claims.IssuedAt))
        {
            return answer with { Verdict = Verdict.KeyNotValid };
        }

        var life = claims.ExpiresAt - claims.IssuedAt;
        if (life <= 0 || life > Math.Min(LongestLifeSeconds, data.Catalogue.MaxLifetimeSeconds(claims.LicenceType, claims.Scenario)))
        {
            return answer with { Verdict = Verdict.LifetimeNotAllowed };
        }

        if (claims.IssuedAt > now + rules.SkewSeconds)
        {
            return answer with { Verdict = Verdict.NotYetValid };
        }

        if (now >= claims.ExpiresAt + rules.SkewSeconds)
        {
            return answer with { Verdict = Verdict.Expired };
        }

        // 7 Recognition
        if (!data.Catalogue.Recognises(claims.Region, question.RecognisingRegion, claims.LicenceType, claims.Scenario))
        {
            return answer with { Verdict = Verdict.NotRecognised };
        }

        if (claims.Specimen && !rules.AllowSpecimens)
        {
            return answer with { Verdict = Verdict.Specimen };
        }

        // 8 Scenario
        var asked = question.Scenario ?? scenario;
        if (asked is not null && !question.Verifier.MayUse(asked))
        {
            return answer with { Verdict = Verdict.VerifierNotAllowed };
        }

        if (scenario is null || asked!.Number != scenario.Number)
        {
            return answer with { Verdict = Verdict.ScenarioMismatch };
        }

        // 9 Last valid day, China Standard Time, inclusive
        if (answer.Code.LastValidDay is { } until && (now + ChinaOffsetSeconds) / SecondsPerDay > until)
        {
            return answer with { Verdict = Verdict.LicenceExpired };
        }

        // 10 Licence index
        return CheckIndex(data, answer, softSeconds: scenario.SoftSeconds ?? rules.SoftSeconds, hardSeconds: scenario.HardSeconds ?? rules.HardSeconds);
    }

    /// <summary>Step 10, docs/payload.md "The licence index".</summary>
    private static VerificationAnswer CheckIndex(VerificationData data, VerificationAnswer answer, int softSeconds, int hardSeconds)
    {
        var claims = answer.Code.Claims;
        var nowMilliseconds = data.Time.UnixMilliseconds;
        var index = data.Index.Find(claims.Region);
        if (index is null || index.AsOfMs == 0)
        {
            return Undetermined(answer, UndeterminedReason.NoStatus);
        }

        // The time is read before the entry: the entry is then at least as new as the answer says.
        var asOf = index.AsOfMs;
        var age = nowMilliseconds - asOf;
        answer = answer with { AsOfMilliseconds = asOf, Stale = age > softSeconds * 1000L };

        var entry = index.Find(claims.List, claims.Index);
        var tag = EntryTag.Compute(claims.Region, claims.List, claims.Index, claims.LicenceType, answer.Code.DisplayBytes.Span);
        var known = entry.Tag == tag;

        if (age > hardSeconds * 1000L && !(known && entry.Status == LicenceStatus.Ended))
        {
            return Undetermined(answer, UndeterminedReason.Stale);
        }

        if (!known)
        {
            return asOf >= Math.Min(claims.IssuedAt * 1000L, nowMilliseconds) - NewLicenceMilliseconds
                ? answer with { Verdict = Verdict.LicenceUnknown, TagMismatch = true }
                : Undetermined(answer, UndeterminedReason.NotYetSeen);
        }

        return entry.Status switch
        {
            LicenceStatus.InForce => answer with { Verdict = Verdict.Valid },
            LicenceStatus.Ended => answer with { Verdict = entry.Reason == StatusReason.Revoked ? Verdict.Revoked : Verdict.Withdrawn },
            LicenceStatus.Suspended => answer with { Verdict = Verdict.Suspended },
            _ => entry.Reason == StatusReason.SourceUnknown
                ? Undetermined(answer, UndeterminedReason.SourceUnknown)
                : answer with { Verdict = Verdict.NotActive },
        };
    }

    private static VerificationAnswer Undetermined(in VerificationAnswer answer, UndeterminedReason reason) =>
        answer with { Verdict = Verdict.Undetermined, Reason = reason };
}
