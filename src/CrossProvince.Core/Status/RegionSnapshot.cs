namespace CrossProvince.Core.Status;

/// <summary>A region's licence index at one moment: the head to sign, and the lists it speaks of.</summary>
/// <param name="Head">The head.</param>
/// <param name="Lists">The lists, by ascending number.</param>
public sealed record RegionSnapshot(StatusHead Head, IReadOnlyList<StatusListSnapshot> Lists);
