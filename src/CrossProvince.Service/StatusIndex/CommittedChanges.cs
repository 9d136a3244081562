namespace CrossProvince.Service.StatusIndex;

/// <summary>Changes that this node commits and its index may not have taken in yet, so that nobody need read thousands of them back. Safe for concurrent calls.</summary>
/// <remarks>They save reading and nothing else: whatever is not here is read from the database, and what is here counts once the database has the hash of its last change (docs/adr/0066).</remarks>
internal sealed class CommittedChanges
{
    private const int Most = 65_536;

    private readonly Lock _lock = new();
    private readonly Queue<IReadOnlyList<StoredChange>> _runs = new();
    private int _count;

    /// <summary>Adds what one transaction has appended to the chain; if it is undone, nobody finds these with the database's hash.</summary>
    public void Add(IReadOnlyList<StoredChange> run)
    {
        lock (_lock)
        {
            if (_count + run.Count > Most)
            {
                _runs.Clear();
                _count = 0;
            }

            if (run.Count is > 0 and <= Most)
            {
                _runs.Enqueue(run);
                _count += run.Count;
            }
        }
    }

    /// <summary>Changes that follow one, without a gap; those before are forgotten.</summary>
    /// <param name="seq">Number of the change that they follow.</param>
    /// <returns>Null when the next is not here.</returns>
    public IReadOnlyList<StoredChange>? FindAfter(long seq)
    {
        lock (_lock)
        {
            while (_runs.TryPeek(out var run) && run[^1].Change.Seq <= seq)
            {
                _count -= _runs.Dequeue().Count;
            }

            return _runs.TryPeek(out var next) && next[0].Change.Seq <= seq + 1 ? [.. next.Skip((int)(seq + 1 - next[0].Change.Seq))] : null;
        }
    }

    /// <summary>All changes after one, up to another of which the hash is known.</summary>
    /// <returns>Null when not all of them are here.</returns>
    public IReadOnlyList<StoredChange>? Find(long after, long to, ReadOnlySpan<byte> hash)
    {
        var found = new List<StoredChange>();
        lock (_lock)
        {
            foreach (var run in _runs.Where(run => run[^1].Change.Seq > after))
            {
                if (run[0].Change.Seq > after + 1 + found.Count || (found.Count > 0 && run[0].Change.Seq != after + 1 + found.Count))
                {
                    return null;
                }

                found.AddRange(run.Skip((int)(after + 1 + found.Count - run[0].Change.Seq)));
            }
        }

        return found is [.., var last] && last.Change.Seq == to && last.Hash.AsSpan().SequenceEqual(hash) ? found : null;
    }
}
