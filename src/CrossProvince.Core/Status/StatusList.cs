namespace CrossProvince.Core.Status;

/// <summary>One list of the licence index: status, tag and reason of up to 2^20 entries.</summary>
/// <remarks>
/// One writer at a time (<see cref="RegionIndex"/> sees to it), any number of concurrent readers, which never wait and never see
/// an entry half written. The list grows by whole chunks up to the highest index that was set.
/// </remarks>
public sealed class StatusList
{
    /// <summary>Most entries of a list: indexes are below this.</summary>
    public const int Capacity = 1 << 20;

    /// <summary>Entries of a chunk.</summary>
    public const int ChunkSize = 1 << ChunkBits;

    /// <summary>Most chunks of a list.</summary>
    public const int MaxChunks = Capacity / ChunkSize;

    private const int ChunkBits = 12;
    private ChunkData[] _chunks = [];
    private StatusListSnapshot? _snapshot;

    /// <summary>An empty list.</summary>
    /// <param name="number">0 to 65535.</param>
    public StatusList(int number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)number, ushort.MaxValue, nameof(number));
        Number = number;
    }

    /// <summary>Number of the list, 0 to 65535.</summary>
    public int Number { get; }

    /// <summary>Number of entries that were ever allocated.</summary>
    public int Allocated { get; private set; }

    /// <summary>Number of chunks.</summary>
    public int ChunkCount => Volatile.Read(ref _chunks).Length;

    /// <summary>Reads an entry without allocating or waiting.</summary>
    /// <param name="index">Index in the list; beyond the list is unallocated.</param>
    public IndexEntry Read(int index)
    {
        var chunks = Volatile.Read(ref _chunks);
        var chunk = index >> ChunkBits;
        return (uint)chunk < (uint)chunks.Length
            ? Volatile.Read(ref chunks[chunk]).Read(index & (ChunkSize - 1))
            : IndexEntry.Unallocated;
    }

    /// <summary>Writes an entry. For the one writer.</summary>
    /// <param name="index">Index in the list, below <see cref="Capacity"/>.</param>
    /// <param name="entry">The entry.</param>
    /// <exception cref="ArgumentException">Index out of range, or the entry is not consistent.</exception>
    public void Set(int index, IndexEntry entry)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Capacity, nameof(index));
        if (!entry.IsConsistent)
        {
            throw new ArgumentException($"{entry} is no entry of the licence index.", nameof(entry));
        }

        var number = index >> ChunkBits;
        GrowTo(number + 1);
        if (_chunks[number].IsLost)
        {
            throw new StatusDocumentException($"Chunk {number} of list {Number} was damaged in memory and must be replaced before it is written.");
        }

        var chunk = _chunks[number].Thaw();
        var before = chunk.Allocated;
        chunk.Write(index & (ChunkSize - 1), entry);
        Allocated += chunk.Allocated - before;
        _snapshot = null;
        Volatile.Write(ref _chunks[number], chunk);
    }

    /// <summary>How many chunks were damaged in memory and have not been replaced yet.</summary>
    internal int LostCount { get; private set; }

    /// <summary>Numbers of those chunks.</summary>
    internal IEnumerable<int> Lost => LostCount == 0 ? [] : Volatile.Read(ref _chunks).Index().Where(chunk => chunk.Item.IsLost).Select(chunk => chunk.Index);

    /// <summary>The chunk of an entry; null beyond the list.</summary>
    internal (int Number, ChunkData Chunk)? FindChunk(int index)
    {
        var chunks = Volatile.Read(ref _chunks);
        var number = index >> ChunkBits;
        return (uint)number < (uint)chunks.Length ? (number, Volatile.Read(ref chunks[number])) : null;
    }

    /// <summary>Forgets what a chunk says. For the one writer.</summary>
    /// <returns>False if it was lost before.</returns>
    internal bool Lose(int chunk)
    {
        if (_chunks[chunk].IsLost)
        {
            return false;
        }

        Allocated -= _chunks[chunk].Allocated;
        LostCount++;
        _snapshot = null;
        Volatile.Write(ref _chunks[chunk], ChunkData.CreateLost());
        return true;
    }

    /// <summary>Takes over a chunk of another region's list, in one step for readers. For the one writer.</summary>
    /// <param name="chunk">The chunk, already compared with its hash.</param>
    /// <exception cref="ArgumentException">The chunk is of another list.</exception>
    public void ReplaceChunk(StatusChunk chunk)
    {
        if (chunk.List != Number)
        {
            throw new ArgumentException($"A chunk of list {chunk.List} doesn't belong in list {Number}.", nameof(chunk));
        }

        var before = chunk.Chunk < _chunks.Length ? _chunks[chunk.Chunk].Allocated : 0;
        LostCount -= chunk.Chunk < _chunks.Length && _chunks[chunk.Chunk].IsLost ? 1 : 0;
        GrowTo(chunk.Chunk + 1, chunk.Data);
        Allocated += chunk.Data.Allocated - before;
        _snapshot = null;
        Volatile.Write(ref _chunks[chunk.Chunk], chunk.Data);
    }

    /// <summary>Freezes what the list says now; costs nothing but a copy of each chunk that is written later. For the one writer.</summary>
    public StatusListSnapshot Snapshot()
    {
        if (_snapshot is null)
        {
            foreach (var chunk in _chunks)
            {
                chunk.Freeze();
            }

            _snapshot = new StatusListSnapshot(Number, Allocated, [.. _chunks]);
        }

        return _snapshot;
    }

    private void GrowTo(int count, ChunkData? last = null)
    {
        if (count <= _chunks.Length)
        {
            return;
        }

        var chunks = new ChunkData[count];
        _chunks.CopyTo(chunks, 0);
        for (var i = _chunks.Length; i < count; i++)
        {
            chunks[i] = last is not null && i == count - 1 ? last : new ChunkData();
        }

        Volatile.Write(ref _chunks, chunks);
    }
}
