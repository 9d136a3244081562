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

    /// <summary>Judges a batch; all go through each step together. Allocates nothing, however a scan is judged.</summary>
    /// <param name="data">The view to judge by.</param>
    /// <param name="questions">The scans, any number.</param>
    /// <param name="answers">One answer each, in order; at least as long as <paramref name="questions"/>. They are values: nothing they say refers to a buffer.</param>
    public void VerifyMany(VerificationData data, ReadOnlySpan<VerificationQuestion> questions, Span<VerificationAnswer> answers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(answers.Length, questions.Length);
        while (questions.Length > 0)
        {
            var count = Math.Min(questions.Length, VerificationBuffers.Capacity);
            VerifyGroup(data, questions[..count], answers[..count], VerificationBuffers.OfThisThread);
            questions = questions[count..];
            answers = answers[count..];
        }
    }

    /// <summary>Judges as many scans as the buffers hold. As long as an answer's verdict is None, the scan goes on to the next step.</summary>
    private void VerifyGroup(VerificationData data, ReadOnlySpan<VerificationQuestion> questions, Span<VerificationAnswer> answers, VerificationBuffers buffers)
    {
        for (var i = 0; i < questions.Length; i++)
        {
            answers[i] = default;
            answers[i].Verdict = Read(data, questions[i], ref answers[i], buffers.MessageAt(i).Span);
        }

        CheckSignatures(data, answers, buffers);

        for (var i = 0; i < questions.Length; i++)
        {
            if (answers[i].Verdict == Verdict.None)
            {
                answers[i].Verdict = CheckClaims(data, questions[i], ref answers[i]);
            }
        }

        CheckIndex(data, answers, buffers.Tags);
    }

    /// <summary>Steps 1 to 3.</summary>
    private static Verdict Read(VerificationData data, in VerificationQuestion question, ref VerificationAnswer answer, Span<byte> message)
    {
        // 1 Reading
        var read = PresentationText.Read(question.Text.Span, message, out var length);
        if (read != Verdict.Valid)
        {
            return read;
        }

        // 2 Exact shape
        if (!answer.TryDecode(message[..length]))
        {
            return Verdict.Malformed;
        }

        // From here on time and trust matter: without them there is no answer.
        answer.TrustStale = data.TrustFreshness.Expired;
        if (data.Time.ClockBehind)
        {
            return Undetermined(ref answer, UndeterminedReason.Clock);
        }

        if (data.TrustFreshness.TooOld)
        {
            return Undetermined(ref answer, UndeterminedReason.TrustStale);
        }

        // 3 A code key of that region, good for verifying now
        var keys = FindKeys(data, answer);
        if (keys.IsEmpty)
        {
            return data.TrustFreshness.ReReadOverdue ? Undetermined(ref answer, UndeterminedReason.TrustStale) : Verdict.UnknownKey;
        }

        foreach (var key in keys)
        {
            if (key.MayVerifyAt(data.Time.UnixSeconds))
            {
                return Verdict.None;
            }
        }

        return Verdict.KeyNotValid;
    }

    /// <summary>Step 4: the first good key wins. Keys that share an id are tried in rounds, each round one batch.</summary>
    private void CheckSignatures(VerificationData data, Span<VerificationAnswer> answers, VerificationBuffers buffers)
    {
        var round = buffers.Signatures;
        for (var n = 0; ; n++)
        {
            round.Begin();
            for (var i = 0; i < answers.Length; i++)
            {
                ref var answer = ref answers[i];
                if (answer.Verdict != Verdict.None || answer.SignatureHolds)
                {
                    continue;
                }

                if (FindCandidate(data, answer, n) is { } key)
                {
                    round.Add(i, answer.Code, buffers.MessageAt(i), key);
                }
                else
                {
                    answer.Verdict = Verdict.BadSignature;
                }
            }

            if (round.IsEmpty)
            {
                return;
            }

            round.Verify(signatures, answers);
        }
    }

    private static ReadOnlySpan<TrustedKey> FindKeys(VerificationData data, in VerificationAnswer answer) =>
        data.Trust.FindKeys(answer.Code.Claims.Region, answer.Code.KeyId, KeyUse.Code);

    /// <summary>The n-th key that may have made the code: same region and id, good now, of the algorithm in the header.</summary>
    private static TrustedKey? FindCandidate(VerificationData data, in VerificationAnswer answer, int n)
    {
        foreach (var key in FindKeys(data, answer))
        {
            if (key.MayVerifyAt(data.Time.UnixSeconds) && key.Key.Algorithm == answer.Code.Algorithm && n-- == 0)
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>Steps 5 to 9, under a good signature.</summary>
    private Verdict CheckClaims(VerificationData data, in VerificationQuestion question, ref VerificationAnswer answer)
    {
        var claims = answer.Code.Claims;
        var key = answer.SigningKey!;
        var now = data.Time.UnixSeconds;
        var scenario = data.Catalogue.FindScenario(claims.Scenario);
        answer.Scenario = scenario;

        // 5 The key may sign for this licence type (its region is how it was found)
        if (!key.MaySignType(claims.LicenceType))
        {
            return Verdict.KeyNotAllowed;
        }

        // 6 Times
        if (!key.MaySignAt(claims.IssuedAt))
        {
            return Verdict.KeyNotValid;
        }

        var life = claims.ExpiresAt - claims.IssuedAt;
        if (life <= 0 || life > Math.Min(LongestLifeSeconds, data.Catalogue.MaxLifetimeSeconds(claims.LicenceType, claims.Scenario)))
        {
            return Verdict.LifetimeNotAllowed;
        }

        if (claims.IssuedAt > now + rules.SkewSeconds)
        {
            return Verdict.NotYetValid;
        }

        if (now >= claims.ExpiresAt + rules.SkewSeconds)
        {
            return Verdict.Expired;
        }

        // 7 Recognition
        if (!data.Catalogue.Recognises(claims.Region, question.RecognisingRegion, claims.LicenceType, claims.Scenario))
        {
            return Verdict.NotRecognised;
        }

        if (claims.Specimen && !rules.AllowSpecimens)
        {
            return Verdict.Specimen;
        }

        // 8 Scenario
        var asked = question.Scenario ?? scenario;
        if (asked is not null && !(question.Verifier.MayUse(asked) && question.Verifier.MayVerify(claims.LicenceType)))
        {
            return Verdict.VerifierNotAllowed;
        }

        if (scenario is null || asked!.Number != scenario.Number)
        {
            return Verdict.ScenarioMismatch;
        }

        // 9 Last valid day, China Standard Time, inclusive
        if (answer.Code.LastValidDay is { } until && (now + ChinaOffsetSeconds) / SecondsPerDay > until)
        {
            return Verdict.LicenceExpired;
        }

        return Verdict.None;
    }

    /// <summary>Step 10 for all that have come so far.</summary>
    private void CheckIndex(VerificationData data, Span<VerificationAnswer> answers, EntryTagBatch tags)
    {
        tags.Begin();
        foreach (ref readonly var answer in answers)
        {
            if (answer.Verdict == Verdict.None)
            {
                var claims = answer.Code.Claims;
                tags.Add(claims.Region, claims.List, claims.Index, claims.LicenceType, answer.Code.DisplayBytes);
            }
        }

        tags.Compute();

        var next = 0;
        foreach (ref var answer in answers)
        {
            if (answer.Verdict == Verdict.None)
            {
                answer.Verdict = CheckEntry(data, ref answer, tags[next++]);
            }
        }
    }

    /// <summary>Step 10, docs/payload.md "The licence index".</summary>
    private Verdict CheckEntry(VerificationData data, ref VerificationAnswer answer, EntryTag tag)
    {
        var claims = answer.Code.Claims;
        var nowMilliseconds = data.Time.UnixMilliseconds;
        var index = data.Index.Find(claims.Region);
        if (index is null || index.AsOfMs == 0)
        {
            return Undetermined(ref answer, UndeterminedReason.NoStatus);
        }

        // The time is read before the entry: the entry is then at least as new as the answer says.
        var asOf = index.AsOfMs;
        var age = nowMilliseconds - asOf;
        var scenario = answer.Scenario!;
        answer.AsOfMilliseconds = asOf;
        answer.Stale = age > (scenario.SoftSeconds ?? rules.SoftSeconds) * 1000L;

        var entry = index.Find(claims.List, claims.Index);
        var known = entry.Tag == tag;

        // Cheap to ask where memory could have changed a verdict: one flipped bit makes another tag, or a reason without its status.
        if ((!known || !entry.IsConsistent) && (index.IsDamaged(claims.List, claims.Index, nowMilliseconds) || !entry.IsConsistent))
        {
            return Undetermined(ref answer, UndeterminedReason.NoStatus);
        }

        if (age > (scenario.HardSeconds ?? rules.HardSeconds) * 1000L && !(known && entry.Status == LicenceStatus.Ended))
        {
            return Undetermined(ref answer, UndeterminedReason.Stale);
        }

        if (!known)
        {
            if (asOf < Math.Min(claims.IssuedAt * 1000L, nowMilliseconds) - NewLicenceMilliseconds)
            {
                return Undetermined(ref answer, UndeterminedReason.NotYetSeen);
            }

            answer.TagMismatch = true;
            return Verdict.LicenceUnknown;
        }

        return entry.Status switch
        {
            LicenceStatus.InForce => Verdict.Valid,
            LicenceStatus.Ended => entry.Reason == StatusReason.Revoked ? Verdict.Revoked : Verdict.Withdrawn,
            LicenceStatus.Suspended => Verdict.Suspended,
            _ => entry.Reason == StatusReason.SourceUnknown ? Undetermined(ref answer, UndeterminedReason.SourceUnknown) : Verdict.NotActive,
        };
    }

    private static Verdict Undetermined(ref VerificationAnswer answer, UndeterminedReason reason)
    {
        answer.Reason = reason;
        return Verdict.Undetermined;
    }
}
