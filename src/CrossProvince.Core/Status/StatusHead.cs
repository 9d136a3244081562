using CrossProvince.Core.Identifiers;

namespace CrossProvince.Core.Status;

/// <summary>What a region signs every second about its licence index.</summary>
/// <param name="Region">The region.</param>
/// <param name="Seq">Number of the last change in it; 0 = none yet.</param>
/// <param name="Hash">Hash of the chain up to that change, 32 bytes.</param>
/// <param name="TimeMs">Unix milliseconds: the index is true as of then.</param>
/// <param name="Lists">The lists, by ascending number.</param>
public sealed record StatusHead(RegionCode Region, long Seq, ReadOnlyMemory<byte> Hash, long TimeMs, IReadOnlyList<ListHead> Lists);
