namespace CrossProvince.Core.Verification;

/// <summary>The single answer of a verification (docs/payload.md, "Order of checks and verdicts").</summary>
/// <remarks>Values are persisted and on the wire: append only. 0 is never success.</remarks>
public enum Verdict
{
    /// <summary>No verdict; never answered.</summary>
    None = 0,

    /// <summary>All checks passed.</summary>
    Valid = 1,

    /// <summary>Step 1 or 2: not a presentation code.</summary>
    Malformed = 10,

    /// <summary>Step 1: a code of another version.</summary>
    UnsupportedVersion = 11,

    /// <summary>Step 1: the beginning of a code.</summary>
    Truncated = 12,

    /// <summary>Step 3: no such code key in the trust list.</summary>
    UnknownKey = 20,

    /// <summary>Step 3 or 6: the key must not be used for this time.</summary>
    KeyNotValid = 21,

    /// <summary>Step 4: the signature does not hold.</summary>
    BadSignature = 22,

    /// <summary>Step 5: the key may not sign for this licence type.</summary>
    KeyNotAllowed = 23,

    /// <summary>Step 6: issued in the future.</summary>
    NotYetValid = 30,

    /// <summary>Step 6: the code's life is over.</summary>
    Expired = 31,

    /// <summary>Step 6: the code claims a longer life than is allowed.</summary>
    LifetimeNotAllowed = 32,

    /// <summary>Step 7: the type of that region is not recognised here for the scenario.</summary>
    NotRecognised = 40,

    /// <summary>Step 8: made for another scenario.</summary>
    ScenarioMismatch = 41,

    /// <summary>Step 8: the verifier may not use the scenario.</summary>
    VerifierNotAllowed = 42,

    /// <summary>Step 7: a specimen outside Development.</summary>
    Specimen = 43,

    /// <summary>Step 10: revoked.</summary>
    Revoked = 50,

    /// <summary>Step 10: suspended.</summary>
    Suspended = 51,

    /// <summary>Step 10: not active.</summary>
    NotActive = 52,

    /// <summary>Step 11: the showing was used by another.</summary>
    Replayed = 53,

    /// <summary>Step 9: the licence's last valid day has passed.</summary>
    LicenceExpired = 54,

    /// <summary>Step 10: the index knows no such licence.</summary>
    LicenceUnknown = 55,

    /// <summary>Step 11: the issuing region made no such code.</summary>
    CodeNotIssued = 56,

    /// <summary>Step 11: the showing was withdrawn.</summary>
    CodeWithdrawn = 57,

    /// <summary>Step 10: ended for good, for another reason than revocation.</summary>
    Withdrawn = 58,

    /// <summary>No answer can be given; <see cref="UndeterminedReason"/> says why.</summary>
    Undetermined = 60,
}
