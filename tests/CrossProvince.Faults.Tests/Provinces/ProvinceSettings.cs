using System.Globalization;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>How long and how hard provinces are tried; <c>eng/provinces.sh</c> sets these.</summary>
internal static class ProvinceSettings
{
    public static int Seed { get; } = (int)Read("PROVINCES_SEED", 20260101);

    /// <summary>How often each province is cut off.</summary>
    public static int Rounds { get; } = (int)Read("PROVINCES_ROUNDS", 1);

    /// <summary>Age of a copy from which on VALID is marked stale.</summary>
    public static TimeSpan Soft { get; } = TimeSpan.FromSeconds(Read("PROVINCES_SOFT", 10));

    /// <summary>Age of a copy from which on nothing but an ended licence is answered.</summary>
    public static TimeSpan Hard { get; } = TimeSpan.FromSeconds(Read("PROVINCES_HARD", 20));

    /// <summary>After so long without anything happening to a line, what follows over it is up to date: a dead stream is found out within 5 s, and opened again within a few more.</summary>
    public static TimeSpan Quiet { get; } = TimeSpan.FromSeconds(12);

    /// <summary>How long everything between provinces is under way, each way.</summary>
    public static TimeSpan Delay { get; } = TimeSpan.FromMilliseconds(Read("PROVINCES_DELAY", 200));

    /// <summary>How long a connection between provinces lives on average.</summary>
    public static TimeSpan MeanLife { get; } = TimeSpan.FromSeconds(Read("PROVINCES_LIFE", 20));

    private static double Read(string name, double otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
