using System.Globalization;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>A province is to be cut off.</summary>
/// <param name="Province">Its number.</param>
/// <param name="Calm">How long everything is joined before that.</param>
/// <param name="Length">For how long.</param>
internal sealed record PlannedPartition(int Province, TimeSpan Calm, TimeSpan Length)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"after {Calm.TotalSeconds:F1} s of calm province {Province} for {Length.TotalSeconds:F1} s");
}

/// <summary>Which province is cut off when: drawn from a seed, each in every round once, longer than the hard limit.</summary>
internal static class PartitionPlan
{
    private const double LongestCalm = 3;
    private const double ShortestPastTheLimit = 5;
    private const double LongestPastTheLimit = 9;

    /// <summary>Draws partitions.</summary>
    /// <param name="seed">The same gives the same.</param>
    /// <param name="rounds">How often each province is cut off.</param>
    /// <param name="provinces">How many there are.</param>
    /// <param name="quiet">So long at least lies between two partitions.</param>
    /// <param name="hard">The hard limit.</param>
    public static IReadOnlyList<PlannedPartition> Draw(int seed, int rounds, int provinces, TimeSpan quiet, TimeSpan hard)
    {
        var random = new Random(seed);
        var drawn = new List<PlannedPartition>();
        for (var round = 0; round < rounds; round++)
        {
            var order = Enumerable.Range(0, provinces).ToArray();
            random.Shuffle(order);
            drawn.AddRange(order.Select(province => new PlannedPartition(
                province,
                quiet + TimeSpan.FromSeconds(1 + (LongestCalm * random.NextDouble())),
                hard + TimeSpan.FromSeconds(ShortestPastTheLimit + ((LongestPastTheLimit - ShortestPastTheLimit) * random.NextDouble())))));
        }

        return drawn;
    }
}
