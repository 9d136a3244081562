using CrossProvince.Core.Status;

namespace CrossProvince.Service.StatusIndex;

/// <summary>How fast indexes in memory are held against their hashes: all of it within ten minutes, which is the hard limit of a copy's age.</summary>
internal static class MemoryRound
{
    private static readonly TimeSpan s_round = TimeSpan.FromMinutes(10);

    /// <summary>How many chunks to look at.</summary>
    /// <param name="index">The index.</param>
    /// <param name="interval">How long it is until this is asked again.</param>
    public static int Chunks(RegionIndex index, TimeSpan interval) => (int)Math.Ceiling(index.Lists.Sum(list => list.ChunkCount) * (interval / s_round));
}
