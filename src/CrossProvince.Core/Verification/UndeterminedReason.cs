namespace CrossProvince.Core.Verification;

/// <summary>Why a verdict is <see cref="Verdict.Undetermined"/>.</summary>
/// <remarks>Values are persisted and on the wire: append only.</remarks>
public enum UndeterminedReason
{
    /// <summary>The verdict is another.</summary>
    None = 0,

    /// <summary>No copy of the issuing region's index.</summary>
    NoStatus = 1,

    /// <summary>The copy is past the hard limit.</summary>
    Stale = 2,

    /// <summary>Whether the showing has been used can't be told.</summary>
    UseNotChecked = 3,

    /// <summary>The trust list is too old.</summary>
    TrustStale = 4,

    /// <summary>The system clock is behind signed times.</summary>
    Clock = 5,

    /// <summary>The licence may be newer than the copy.</summary>
    NotYetSeen = 6,

    /// <summary>The source of the licence can't tell its status.</summary>
    SourceUnknown = 7,
}
