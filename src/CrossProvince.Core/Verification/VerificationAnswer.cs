using System.Diagnostics.CodeAnalysis;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Verification;

/// <summary>What steps 1 to 10 found out about one scan: a value of about 200 bytes that refers to no buffer.</summary>
/// <remarks>The verifier fills it in step by step where it stands.</remarks>
public struct VerificationAnswer
{
    private PresentationContent _code;

    /// <summary>The first check that failed, or <see cref="Verdict.Valid"/> when all ten passed.</summary>
    public Verdict Verdict { get; set; }

    /// <summary>Why undetermined; None otherwise.</summary>
    public UndeterminedReason Reason { get; set; }

    /// <summary>What the code says; its claims and display are true only while <see cref="SignatureHolds"/>.</summary>
    [UnscopedRef]
    public readonly ref readonly PresentationContent Code => ref _code;

    /// <summary>Whether step 4 passed: only then may anything of the code be shown, stored or acted upon.</summary>
    public readonly bool SignatureHolds => SigningKey is not null;

    /// <summary>The key whose signature held; null when none did.</summary>
    public TrustedKey? SigningKey { get; set; }

    /// <summary>The code's scenario; null when the catalogue has no such number or the signature does not hold.</summary>
    public Scenario? Scenario { get; set; }

    /// <summary>As of when the index copy is true, Unix milliseconds; 0 when none was consulted.</summary>
    public long AsOfMilliseconds { get; set; }

    /// <summary>Whether that copy is past the soft limit.</summary>
    public bool Stale { get; set; }

    /// <summary>Whether the trust list has expired and is used within its grace.</summary>
    public bool TrustStale { get; set; }

    /// <summary>Whether the signature is good and the index's tag is another: a stolen code key or a misused front end. Raise an alarm.</summary>
    public bool TagMismatch { get; set; }

    /// <summary>Whether step 11 must still claim the showing before the answer may be VALID.</summary>
    public readonly bool UseRequired => Verdict == Verdict.Valid && Scenario is { Use: not UseRule.Many };

    /// <summary>Step 2: decodes the code into the answer.</summary>
    internal bool TryDecode(ReadOnlySpan<byte> message) => PresentationContent.TryDecode(message, out _code);
}
