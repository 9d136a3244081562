using System.Globalization;

namespace CrossProvince.Faults.Tests.Plan;

/// <summary>One fault.</summary>
/// <param name="At">When so much of the load is done, 0 to 1.</param>
/// <param name="Kind">What is done.</param>
/// <param name="Node">To which node, where it is done to one.</param>
/// <param name="IsFrozenFirst">Whether a node is stopped for a moment before it is killed, so that all it has sent is read.</param>
/// <param name="Away">How long the part stays away before it is started again.</param>
/// <param name="Stillborn">How long after the next start of the node it is killed once more, often before it listens; null when it is left alone.</param>
internal sealed record Fault(double At, FaultKind Kind, int Node, bool IsFrozenFirst, TimeSpan Away, TimeSpan? Stillborn)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At:P1} {Kind} {Node}{(IsFrozenFirst ? " frozen" : "")} {Away.TotalMilliseconds:F0} ms{(Stillborn is { } life ? $", again after {life.TotalMilliseconds:F0} ms" : "")}");
}

/// <summary>The faults of one run, all drawn from its seed.</summary>
internal sealed class FaultPlan
{
    private const int LongestAwayMilliseconds = 1_500;

    /// <summary>One kill of a node in so many is followed by one during its start, where it reads the chain and brings its tables up to date.</summary>
    private const int KillsPerStillborn = 5;

    private FaultPlan(IReadOnlyList<Fault> faults) => Faults = faults;

    /// <summary>By the moment at which they strike.</summary>
    public IReadOnlyList<Fault> Faults { get; }

    /// <summary>Draws faults; every kind comes before one comes again.</summary>
    /// <param name="seed">The same gives the same.</param>
    /// <param name="count">How many.</param>
    /// <param name="kinds">Of which kinds.</param>
    /// <param name="nodes">How many nodes the region has.</param>
    public static FaultPlan Draw(int seed, int count, IReadOnlyList<FaultKind> kinds, int nodes)
    {
        var random = new Random(seed);
        var drawn = new List<FaultKind>();
        while (drawn.Count < count)
        {
            var round = kinds.ToArray();
            random.Shuffle(round);
            drawn.AddRange(round.Take(count - drawn.Count));
        }

        // Apart enough that a part is back before it goes again, on a machine that keeps up.
        return new FaultPlan([.. drawn.Select((kind, i) => Draw(random, kind, 0.03 + (0.92 * (i + random.NextDouble()) / count), nodes))]);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join("\n", Faults);

    private static Fault Draw(Random random, FaultKind kind, double at, int nodes)
    {
        var (node, isFrozenFirst, away) = (random.Next(nodes), random.Next(2) == 0, TimeSpan.FromMilliseconds(random.Next(LongestAwayMilliseconds)));
        return new Fault(at, kind, node, isFrozenFirst, away, random.Next(KillsPerStillborn) == 0 ? TimeSpan.FromMilliseconds(random.Next(LongestAwayMilliseconds)) : null);
    }
}
