namespace CrossProvince.Benchmarks.Targets;

/// <summary>How thoroughly to measure.</summary>
/// <param name="Rounds">Turns of each case.</param>
/// <param name="Turn">How long a turn takes.</param>
/// <param name="Codes">Distinct codes of a pool.</param>
/// <param name="Licences">Sizes of the licence index, ascending.</param>
/// <param name="SteadyTurns">So many turns long nothing may have got faster before anything is measured.</param>
internal sealed record Plan(int Rounds, TimeSpan Turn, int Codes, IReadOnlyList<int> Licences, int SteadyTurns)
{
    /// <summary>After so long it is measured all the same, and said.</summary>
    public TimeSpan LongestWarmUp { get; } = TimeSpan.FromSeconds(30);

    /// <summary>For figures that are quoted: about two minutes in all.</summary>
    public static Plan Full { get; } = new(25, TimeSpan.FromMilliseconds(40), 2_048, [1_000_000, 10_000_000, 100_000_000], SteadyTurns: 5);

    /// <summary>For trying it out: half a minute, and no figure to be quoted.</summary>
    public static Plan Quick { get; } = new(5, TimeSpan.FromMilliseconds(10), 1_024, [1_000_000, 10_000_000], SteadyTurns: 2);
}
