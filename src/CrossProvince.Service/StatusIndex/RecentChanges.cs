using System.Data.Common;
using CrossProvince.Core.Status;

namespace CrossProvince.Service.StatusIndex;

/// <summary>The own region's last changes, for partners that are a moment behind. Safe for concurrent calls.</summary>
internal sealed class RecentChanges
{
    /// <summary>As many as two batches, and a minute's at a thousand a second.</summary>
    public const int Kept = 65_536;

    /// <summary>Changes read back at start.</summary>
    private const int ReadBack = 10_000;

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

    /// <summary>How far back the changes before one reach, without a gap.</summary>
    /// <param name="seq">Number of a change.</param>
    /// <returns>Number of the first of them; one more than <paramref name="seq"/> when that one is not here.</returns>
    public long FirstBefore(long seq)
    {
        lock (_lock)
        {
            while (seq > 0 && _changes[Place(seq)] is { } change && change.Change.Seq == seq)
            {
                seq--;
            }

            return seq + 1;
        }
    }

    /// <summary>Reads the last changes from the database where the index was taken over from Redis: who follows this region was there a moment ago.</summary>
    /// <param name="connection">Open.</param>
    /// <param name="seq">Number of the index's last change.</param>
    /// <param name="chainHash">Hash of the chain up to it.</param>
    public async Task ReadBackAsync(DbConnection connection, long seq, ReadOnlyMemory<byte> chainHash)
    {
        var (before, from) = (FirstBefore(seq) - 1, Math.Max(1, seq - ReadBack + 1));
        var rows = before < from ? [] : await StatusChangeReader.ReadAsync(connection, from, (int)(before - from + 1));
        var after = Find(before + 1, before + 1)?[0];
        for (var i = rows.Count - 1; i >= 0; i--)
        {
            // Only what leads to the hash that is published: anything else is for the audit to find.
            var previous = i > 0 ? rows[i - 1].Hash : rows[0].Change.Seq == 1 ? StatusChange.GenesisHash.ToArray() : null;
            var leads = after is null ? chainHash.Span.SequenceEqual(rows[i].Hash) : after.Change.NextHash(rows[i].Hash).AsSpan().SequenceEqual(after.Hash);
            if (!leads || previous is null || !rows[i].Change.NextHash(previous).AsSpan().SequenceEqual(rows[i].Hash))
            {
                return;
            }

            Add(after = rows[i]);
        }
    }

    private static int Place(long seq) => (int)(seq % Kept);
}
