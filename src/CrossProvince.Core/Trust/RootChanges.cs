namespace CrossProvince.Core.Trust;

/// <summary>Leads from the roots that somebody knows to those that sign now, change by change (docs/adr/0058).</summary>
public static class RootChanges
{
    /// <summary>Most changes that a trust list carries.</summary>
    public const int Max = 32;

    /// <summary>Follows the changes that a trust list carries.</summary>
    /// <param name="known">The roots that are known: those that were configured, or those to which an accepted list has led.</param>
    /// <param name="changes">Documents of the changes, oldest first.</param>
    /// <returns>The roots whose signatures a list with these changes needs.</returns>
    /// <exception cref="TrustListException">A change is not signed by the roots before and after it, one is missing, or they lead to other roots than those that are known.</exception>
    public static TrustRoots Follow(TrustRoots known, IReadOnlyList<ReadOnlyMemory<byte>> changes)
    {
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(changes);
        var read = changes.Select(change => RootChangeDocument.Decode(change)).ToList();
        for (var i = 1; i < read.Count; i++)
        {
            Require(read[i].Generation == read[i - 1].Generation + 1, $"the change to generation {read[i].Generation} does not follow that to {read[i - 1].Generation}");
        }

        var (roots, next) = Begin(known, read);
        for (; next < read.Count; next++)
        {
            roots = RootChangeDocument.Open(changes[next], roots);
        }

        return roots;
    }

    /// <returns>The roots at which to begin, and the first change from there.</returns>
    private static (TrustRoots Roots, int Next) Begin(TrustRoots known, List<RootChange> changes)
    {
        if (known.Generation == 0)
        {
            // Configured: they may be any of those that the changes led to, or the first.
            var last = changes.FindLastIndex(change => change.Roots.HaveSameKeys(known));
            return last < 0 ? (known, 0) : (changes[last].Roots, last + 1);
        }

        var same = changes.FindIndex(change => change.Generation == known.Generation);
        if (same >= 0)
        {
            Require(changes[same].Roots.AreSame(known), $"it names other roots of generation {known.Generation} than those that were followed before");
            return (known, same + 1);
        }

        // A list may leave out changes that all have followed.
        Require(changes.Count == 0 || changes[0].Generation <= known.Generation + 1, $"the change to generation {known.Generation + 1} is missing");
        return (known, changes.Count == 0 || changes[^1].Generation < known.Generation ? changes.Count : 0);
    }

    private static void Require(bool holds, string reason)
    {
        if (!holds)
        {
            throw new TrustListException($"The changes of roots are refused: {reason}.");
        }
    }
}
