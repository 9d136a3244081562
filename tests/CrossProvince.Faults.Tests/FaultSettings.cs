using System.Globalization;

namespace CrossProvince.Faults.Tests;

/// <summary>How large a run is; <c>eng/faults.sh</c> sets these.</summary>
internal static class FaultSettings
{
    public static int Seed { get; } = Read("FAULTS_SEED", 20260101);

    /// <summary>Changes of status to be answered.</summary>
    public static int Changes { get; } = Read("FAULTS_CHANGES", 400);

    /// <summary>Verifications to be answered.</summary>
    public static int Verifications { get; } = Read("FAULTS_VERIFICATIONS", 4_000);

    /// <summary>How many faults.</summary>
    public static int Count(int otherwise) => Read("FAULTS_COUNT", otherwise);

    /// <summary>How long what is stopped in its tracks stays so.</summary>
    public static TimeSpan Pause { get; } = TimeSpan.FromSeconds(Read("FAULTS_PAUSE", 1));

    private static int Read(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
