namespace CrossProvince.Core.Verification;

/// <summary>The limits that a verification keeps where neither the trust list nor the scenario sets its own.</summary>
/// <remarks>docs/payload.md, "Order of checks and verdicts" and "The licence index".</remarks>
public sealed record VerifyingRules
{
    /// <summary>Difference between clocks that is forgiven, seconds: 30 online, 120 offline.</summary>
    public int SkewSeconds { get; init; } = 30;

    /// <summary>Age of the index copy from which a valid answer is marked stale, seconds.</summary>
    public int SoftSeconds { get; init; } = 60;

    /// <summary>Age of the index copy from which only an ended status is still answered, seconds.</summary>
    public int HardSeconds { get; init; } = 600;

    /// <summary>Whether specimens pass; in Development only.</summary>
    public bool AllowSpecimens { get; init; }
}
