using System.Collections.Concurrent;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>The tables of the keys in use, of whatever curve, within a limit of memory; those unused for longest go first.</summary>
/// <remarks>A key gets the widest table that fits beside all others: with few keys all have the widest, and as keys grow in number these
/// are displaced. Safe for concurrent calls; a table that was just displaced stays good for whoever holds it.</remarks>
internal sealed class KeyTables
{
    private readonly ConcurrentDictionary<PublicKey, KeyTable> _tables = new();
    private readonly Lock _building = new();
    private readonly long _limit;
    private long _used;
    private long _round;

    /// <summary>Holds no table yet.</summary>
    /// <param name="limitBytes">Memory of all tables together, in bytes; at least one narrow table.</param>
    public KeyTables(long limitBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limitBytes, PointTable.SizeOf(KeyTable.NarrowWindow));
        _limit = limitBytes;
    }

    /// <summary>Memory of the tables held, in bytes.</summary>
    public long UsedBytes => Volatile.Read(ref _used);

    /// <summary>How many tables are held.</summary>
    public int Count => _tables.Count;

    /// <summary>Begins a round; tables count as used in the order of rounds, so that keys of one batch do not disturb one another.</summary>
    public long NextRound() => Interlocked.Increment(ref _round);

    /// <summary>The table of a key, computed now if need be.</summary>
    /// <param name="key">A key of this curve: keys that are equal are of the same one.</param>
    /// <param name="round">What <see cref="NextRound"/> gave.</param>
    public KeyTable<TCurve> Get<TCurve>(PublicKey key, long round)
        where TCurve : struct, ICurve
    {
        if (!_tables.TryGetValue(key, out var table))
        {
            table = Add<TCurve>(key);
        }

        if (table.LastUsed < round)
        {
            table.LastUsed = round;
        }

        return (KeyTable<TCurve>)table;
    }

    private KeyTable Add<TCurve>(PublicKey key)
        where TCurve : struct, ICurve
    {
        lock (_building)
        {
            if (_tables.TryGetValue(key, out var table))
            {
                return table;
            }

            var window = WidestThatFits();
            MakeRoom(PointTable.SizeOf(window));
            table = new KeyTable<TCurve>(key, window);
            _tables[key] = table;
            _used += table.Size;
            return table;
        }
    }

    private int WidestThatFits()
    {
        foreach (var window in KeyTable.Windows)
        {
            if (_used + PointTable.SizeOf(window) <= _limit)
            {
                return window;
            }
        }

        return KeyTable.NarrowWindow;
    }

    private void MakeRoom(int bytes)
    {
        while (_used + bytes > _limit)
        {
            var (oldest, table) = _tables.MinBy(entry => entry.Value.LastUsed);
            _tables.TryRemove(oldest, out _);
            _used -= table.Size;
        }
    }
}
