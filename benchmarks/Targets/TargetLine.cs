using System.Text.Json.Serialization;

namespace CrossProvince.Targets;

/// <summary>One measurement beside its baseline, both taken in the same run.</summary>
internal sealed record TargetLine
{
    /// <summary>The target that it belongs to, <c>P1</c> to <c>P9</c>; several lines may share one.</summary>
    public required string Target { get; init; }

    /// <summary>What was measured.</summary>
    public required Words What { get; init; }

    /// <summary>What came out.</summary>
    public required Figure Measured { get; init; }

    /// <summary>What it is compared with; null when the figure stands alone.</summary>
    public Words? Baseline { get; init; }

    /// <summary>What the baseline came to.</summary>
    public Figure? BaselineMeasured { get; init; }

    /// <summary>How many times the baseline: of rates the more the better, of costs the less.</summary>
    public double? Ratio { get; init; }

    /// <summary>How far the middle half of the rounds' ratios lies from their median, as a share of it; null where there were no rounds.</summary>
    public double? Spread { get; init; }

    /// <summary>What must be reached; null for information.</summary>
    public Goal? Goal { get; init; }

    /// <summary>What the figure must be read with.</summary>
    public string? Note { get; init; }

    /// <summary>The day, where it is not that of the results.</summary>
    public DateOnly? On { get; init; }

    /// <summary>Whether the README shows it.</summary>
    public bool IsHeadline { get; init; }

    /// <summary>Whether the goal was reached; null without one.</summary>
    [JsonIgnore]
    public bool? IsHeld => Goal?.IsHeldBy(Measured, Ratio);
}
