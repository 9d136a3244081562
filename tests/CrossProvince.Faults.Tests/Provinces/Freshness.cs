using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Faults.Tests.History;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>What is known of the moment of a scan from outside the node that answered it.</summary>
/// <param name="HeldFrom">The node held a head of the issuing region that was signed then, or later; Unix milliseconds.</param>
/// <param name="HeldUntil">And none that was signed later than this.</param>
/// <param name="CutAt">Since when the line between the two has been down, if it was down from before the question until after the answer; Unix milliseconds.</param>
/// <param name="IsQuiet">Whether nothing has happened to the line for a while (<see cref="ProvinceSettings.Quiet"/>).</param>
/// <param name="IsBusy">Whether this machine had no time for its processes.</param>
/// <param name="IsOwn">Whether the code was of the answering node's own region.</param>
internal sealed record Circumstances(long HeldFrom, long HeldUntil, long? CutAt, bool IsQuiet, bool IsBusy, bool IsOwn);

/// <summary>The rules of freshness, worked out once more: what a counter must be told of a licence by a copy of a certain age.</summary>
/// <remarks>
/// By age of the copy, which is the time of the verification less the time signed in the head; both are of this machine's clock, and are compared to the millisecond, without slack:
/// up to the soft limit as the copy says; up to the hard limit the same, marked stale; past it REVOKED of what has ended, and UNDETERMINED (STALE) of all else.
/// </remarks>
internal sealed class Freshness(TimeSpan soft, TimeSpan hard)
{
    /// <summary>Over a line to which nothing happens: heads are signed twice a second and are under way for a moment; the rest is for the machine.</summary>
    public const long QuietMilliseconds = 3_000;

    /// <summary>Judges an answer.</summary>
    /// <returns>What is wrong with it; null when it is right.</returns>
    public string? Judge(Answer answer, Circumstances known)
    {
        if (answer.VerifiedAt < answer.Asked || answer.VerifiedAt > answer.Answered)
        {
            return "judged at no time between question and answer";
        }

        if (answer.AsOf == 0)
        {
            return "judged by no head";
        }

        if (known.CutAt is { } cut && (answer.IsForwarded || answer.AsOf > cut))
        {
            return "news through a line that was down";
        }

        if (!answer.IsForwarded && (answer.AsOf < known.HeldFrom || answer.AsOf > known.HeldUntil))
        {
            return "judged by a head that the node did not hold";
        }

        // Nobody else may decide it, and it must be asked in time: over a new connection it is not.
        var isAtTheIssuer = answer.Code.Scenario == HeldCode.OnceEverywhere && !known.IsOwn;
        if (isAtTheIssuer && answer.Verdict is Verdict.Valid or Verdict.Replayed && !answer.IsForwarded)
        {
            return "used without the issuer";
        }

        if (isAtTheIssuer && answer.Reason == UndeterminedReason.UseNotChecked)
        {
            return null;
        }

        if (known.IsQuiet && !known.IsBusy && (answer.Stale || answer.Verdict == Verdict.Undetermined || answer.AsOf < answer.Asked - QuietMilliseconds))
        {
            return "cut off from nothing, and yet old";
        }

        var age = TimeSpan.FromMilliseconds(answer.VerifiedAt - answer.AsOf);
        return answer.Verdict switch
        {
            Verdict.Valid or Verdict.Replayed => JudgeAge(answer, age) ?? JudgeStatus(answer, LicenceStatus.Valid, known),
            Verdict.Suspended => JudgeAge(answer, age) ?? JudgeStatus(answer, LicenceStatus.Suspended, known),
            Verdict.Revoked => JudgeStatus(answer, LicenceStatus.Revoked, known),
            Verdict.Undetermined => JudgeUndetermined(answer, age, known),
            Verdict.Expired => answer.VerifiedAt < answer.Code.ExpiresAt ? "expired too early" : null,
            _ => "impossible verdict",
        };
    }

    private string? JudgeAge(Answer answer, TimeSpan age) => age > hard ? "past the hard limit" : answer.Stale != age > soft ? "stale mark" : null;

    /// <summary>A head is signed over all that was answered before its time; batches of changes may come before the next head.</summary>
    private static string? JudgeStatus(Answer answer, LicenceStatus status, Circumstances known) =>
        CanHaveBeen(answer, status, known) ? null : "status that was not so at the head's time";

    private string? JudgeUndetermined(Answer answer, TimeSpan age, Circumstances known) => answer.Reason switch
    {
        UndeterminedReason.Stale when age <= hard => "undetermined within the hard limit",
        UndeterminedReason.Stale => CanHaveBeen(answer, LicenceStatus.Revoked, known) && !CanHaveBeen(answer, LicenceStatus.Valid, known) && !CanHaveBeen(answer, LicenceStatus.Suspended, known)
            ? "undetermined though it had ended"
            : null,
        UndeterminedReason.NotYetSeen when age > hard => "not yet seen past the hard limit",
        UndeterminedReason.NotYetSeen => answer.AsOf < answer.Code.Licence.Registered ? null : "not yet seen though it was there",

        // The database had two seconds to remember the use.
        UndeterminedReason.UseNotChecked when known.IsBusy => null,
        _ => "undetermined without cause",
    };

    private static bool CanHaveBeen(Answer answer, LicenceStatus status, Circumstances known) => answer.Code.Licence.CanHaveBeen(status, answer.AsOf, known.CutAt ?? answer.Answered);
}
