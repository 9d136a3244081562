using System.Globalization;

namespace CrossProvince.Targets;

/// <summary>A measured number.</summary>
/// <param name="Value">The number.</param>
/// <param name="Unit">What it counts: <c>/s</c>, <c>µs</c>, <c>ms</c>, <c>ns</c>, <c>B</c>, <c>MB</c>.</param>
internal readonly record struct Figure(double Value, string Unit)
{
    /// <summary>With as many digits as mean something.</summary>
    public override string ToString() => $"{Digits(Value)} {Unit}";

    /// <summary>Three digits at least, all of those before the point.</summary>
    public static string Digits(double value) => value.ToString(Math.Abs(value) >= 99.95 || value == 0 ? "N0" : Math.Abs(value) >= 9.995 ? "N1" : "N2", CultureInfo.InvariantCulture);
}
