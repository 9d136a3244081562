using CrossProvince.Contracts.Verification.V1;

namespace CrossProvince.Faults.Tests.History;

/// <summary>One verification as a counter was answered. Times are Unix milliseconds of this machine, whose clock the nodes share.</summary>
/// <param name="Node">Who answered.</param>
/// <param name="RequestId">What it was asked with; the same when it was asked again.</param>
/// <param name="VerificationId">Its record.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Reason">Why undetermined.</param>
/// <param name="AsOf">The time signed in the head that it was judged by; 0 when there was none.</param>
/// <param name="Stale">Whether it was marked stale.</param>
/// <param name="VerifiedAt">When the node judged it.</param>
/// <param name="Asked">When it was first asked.</param>
/// <param name="Answered">When the answer came.</param>
/// <param name="Code">What was scanned.</param>
/// <param name="Terminal">Where: with the caller, the owner of a use.</param>
/// <param name="IsForwarded">Whether the issuing region was asked for the verdict.</param>
internal sealed record Answer(
    int Node, string RequestId, string VerificationId, Verdict Verdict, UndeterminedReason Reason, long AsOf, bool Stale, long VerifiedAt, long Asked, long Answered, HeldCode Code, string Terminal, bool IsForwarded)
{
    /// <summary>Whether the licence was found in force: REPLAYED is said after that.</summary>
    public bool SaysInForce => Verdict is Verdict.Valid or Verdict.Replayed;
}

/// <summary>A code that somebody shows.</summary>
/// <param name="Licence">Of what.</param>
/// <param name="ShowingId">Its showing: unique.</param>
/// <param name="Text">What is scanned.</param>
/// <param name="ExpiresAt">Unix milliseconds.</param>
/// <param name="Scenario">What it is shown for.</param>
/// <param name="IsSingleUse">Whether one owner only may use it.</param>
internal sealed record HeldCode(LicenceLife Licence, string ShowingId, string Text, long ExpiresAt, string Scenario, bool IsSingleUse)
{
    /// <summary>The scenario whose showings are consumed at the issuer, which gives fields of them as well.</summary>
    public const string OnceEverywhere = "enterprise-registration";
}
