using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Trust;

/// <summary>The root keys that sign trust lists.</summary>
/// <param name="Keys">The keys, each once.</param>
/// <param name="Threshold">How many different ones must have signed.</param>
public sealed record TrustRoots(IReadOnlyList<PublicKey> Keys, int Threshold = 2)
{
    /// <summary>Number of the change that made them the roots; 0 for those that were configured, whose number nobody says.</summary>
    public int Generation { get; init; }

    /// <summary>Whether others are the same keys with the same threshold, in whatever order.</summary>
    public bool AreSame(TrustRoots others) => others is not null && Threshold == others.Threshold && HaveSameKeys(others);

    /// <summary>Whether others are the same keys, in whatever order.</summary>
    internal bool HaveSameKeys(TrustRoots others) => Keys.ToHashSet().SetEquals(others.Keys);
}
