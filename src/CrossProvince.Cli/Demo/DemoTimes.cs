namespace CrossProvince.Cli.Demo;

/// <summary>The nodes' limits: short, so that a run is, yet longer than a busy machine delays a head.</summary>
/// <param name="Soft">Age from which a valid answer is marked stale.</param>
/// <param name="Hard">Age from which there is no valid answer.</param>
internal sealed record DemoTimes(TimeSpan Soft, TimeSpan Hard)
{
    internal static DemoTimes Short { get; } = new(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8));
}
