using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Verification;

/// <summary>What steps 1 to 10 found out about one scan.</summary>
public readonly record struct VerificationAnswer
{
    /// <summary>The first check that failed, or <see cref="Verdict.Valid"/> when all ten passed.</summary>
    public Verdict Verdict { get; init; }

    /// <summary>Why undetermined; None otherwise.</summary>
    public UndeterminedReason Reason { get; init; }

    /// <summary>The decoded code; its claims and display are true only while <see cref="SignatureHolds"/>.</summary>
    public PresentationMessage Code { get; init; }

    /// <summary>Whether step 4 passed: only then may anything of the code be shown, stored or acted upon.</summary>
    public bool SignatureHolds => SigningKey is not null;

    /// <summary>The key whose signature held; null when none did.</summary>
    public TrustedKey? SigningKey { get; init; }

    /// <summary>The code's scenario; null when the catalogue has no such number or the signature does not hold.</summary>
    public Scenario? Scenario { get; init; }

    /// <summary>As of when the index copy is true, Unix milliseconds; 0 when none was consulted.</summary>
    public long AsOfMilliseconds { get; init; }

    /// <summary>Whether that copy is past the soft limit.</summary>
    public bool Stale { get; init; }

    /// <summary>Whether the trust list has expired and is used within its grace.</summary>
    public bool TrustStale { get; init; }

    /// <summary>Whether the signature is good and the index's tag is another: a stolen code key or a misused front end. Raise an alarm.</summary>
    public bool TagMismatch { get; init; }

    /// <summary>Whether step 11 must still claim the showing before the answer may be VALID.</summary>
    public bool UseRequired => Verdict == Verdict.Valid && Scenario is { Use: not UseRule.Many };
}
