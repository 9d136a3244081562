using System.Globalization;

namespace CrossProvince.Targets;

/// <summary>What a goal is about, and which way.</summary>
internal enum GoalKind
{
    /// <summary>The ratio to the baseline is at least so much.</summary>
    RatioAtLeast,

    /// <summary>The ratio to the baseline is at most so much.</summary>
    RatioAtMost,

    /// <summary>The figure itself is below.</summary>
    Below,

    /// <summary>The figure itself is nothing.</summary>
    Zero,

    /// <summary>The figure itself is at least so much.</summary>
    AtLeast,
}

/// <summary>What a line must reach.</summary>
internal sealed record Goal(GoalKind Kind, double Bound = 0)
{
    /// <summary>Whether it is reached.</summary>
    /// <param name="figure">What was measured.</param>
    /// <param name="ratio">To the baseline; null when there is none, which reaches no ratio.</param>
    public bool IsHeldBy(Figure figure, double? ratio) => Kind switch
    {
        GoalKind.RatioAtLeast => ratio >= Bound,
        GoalKind.RatioAtMost => ratio <= Bound,
        GoalKind.Below => figure.Value < Bound,
        GoalKind.AtLeast => figure.Value >= Bound,
        _ => figure.Value == 0,
    };

    /// <summary>As a table shows it.</summary>
    /// <param name="unit">Unit of the figure.</param>
    public string Describe(string unit) => Kind switch
    {
        GoalKind.RatioAtLeast => string.Create(CultureInfo.InvariantCulture, $"≥ {Bound:0.##} ×"),
        GoalKind.RatioAtMost => string.Create(CultureInfo.InvariantCulture, $"≤ {Bound:0.##} ×"),
        GoalKind.AtLeast => string.Create(CultureInfo.InvariantCulture, $"≥ {Bound:N0} {unit}"),
        GoalKind.Below => string.Create(CultureInfo.InvariantCulture, $"< {Bound:0.##} {unit}"),
        _ => $"0 {unit}",
    };
}
