using CrossProvince.Core.Status;

namespace CrossProvince.Service.StatusIndex;

/// <summary>The own region's last changes, for partners that are a moment behind. Safe for concurrent calls.</summary>
internal sealed class RecentChanges
{
    /// <summary>As many as two batches, and a minute's at a thousand a second.</summary>
    private const int Kept = 65_536;

    private readonly Lock _lock = new();
    private readonly StoredChange?[] _changes = new StoredChange?[Kept];

    /// <summary>Adds the newest.</summary>
    public void Add(StoredChange change)
    {
        lock (_lock)
        {
            _changes[Place(change.Change.Seq)] = change;
        }
    }

    /// <summary>The changes from one to another, both included.</summary>
    /// <returns>Null when they are no longer or not yet all here, or are too many for a batch.</returns>
    public IReadOnlyList<StoredChange>? Find(long from, long to)
    {
        if (from < 1 || to < from || to - from >= StatusFeedDocument.MaxChanges)
        {
            return null;
        }

        var found = new StoredChange[to - from + 1];
        lock (_lock)
        {
            for (var i = 0; i < found.Length; i++)
            {
                if (_changes[Place(from + i)] is not { } change || change.Change.Seq != from + i)
                {
                    return null;
                }

                found[i] = change;
            }
        }

        return found;
    }

    private static int Place(long seq) => (int)(seq % Kept);
}
