using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Status;

/// <summary>One region's licence index in memory.</summary>
/// <remarks>Safe for concurrent calls: writers wait for one another, readers wait for nobody. Read <see cref="AsOfMs"/> before the entry, never after: then it can only be too old.</remarks>
public sealed class RegionIndex
{
    /// <summary>How often readers may have a chunk hashed: a hundred at once, then a hundred a second, a hundredth of a processor.</summary>
    private const long MillisecondsACheck = 10;
    private const long ChecksAhead = 1_000;

    private readonly Lock _writing = new();
    private StatusList?[] _lists = [];
    private ReadOnlyMemory<byte> _chainHash = StatusChange.GenesisHash;
    private long _seq;
    private long _asOfMs;
    private int _listBound;
    private readonly List<(int List, int Chunk)> _newlyLost = [];
    private (int List, int Chunk) _checked;
    private long _checksTaken;

    /// <summary>An empty index.</summary>
    /// <param name="region">The region.</param>
    /// <param name="listBound">Bound on the number of its lists, 1 to 65,536.</param>
    public RegionIndex(RegionCode region, int listBound)
    {
        Region = region;
        ListBound = listBound;
    }

    /// <summary>The region.</summary>
    public RegionCode Region { get; }

    /// <summary>List numbers are below this: the trust list's bound, 1 to 65,536.</summary>
    public int ListBound
    {
        get => Volatile.Read(ref _listBound);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, ushort.MaxValue + 1);
            Volatile.Write(ref _listBound, value);
        }
    }

    /// <summary>Number of the last change in it.</summary>
    public long Seq => Interlocked.Read(ref _seq);

    /// <summary>Hash of the chain up to that change.</summary>
    public ReadOnlyMemory<byte> ChainHash
    {
        get
        {
            lock (_writing)
            {
                return _chainHash;
            }
        }
    }

    /// <summary>The time signed in the region's last head, Unix milliseconds; 0 = no copy yet.</summary>
    public long AsOfMs => Interlocked.Read(ref _asOfMs);

    /// <summary>The lists held, by ascending number.</summary>
    public IReadOnlyList<StatusList> Lists => [.. Volatile.Read(ref _lists).OfType<StatusList>()];

    /// <summary>Reads an entry without allocating or waiting.</summary>
    /// <returns><see cref="IndexEntry.Unallocated"/> beyond the lists.</returns>
    public IndexEntry Find(int list, int index) => FindList(list)?.Read(index) ?? IndexEntry.Unallocated;

    /// <summary>A list, without allocating.</summary>
    /// <returns>Null if there is none of that number.</returns>
    public StatusList? FindList(int list)
    {
        var lists = Volatile.Read(ref _lists);
        return (uint)list < (uint)lists.Length ? lists[list] : null;
    }

    /// <summary>Takes in the next change of the sequence.</summary>
    /// <param name="change">The change.</param>
    /// <exception cref="StatusDocumentException">It isn't the next one, its list is beyond the bound, its entry contradicts itself, or it gives a used index to another licence. Nothing was changed.</exception>
    public void Apply(StatusChange change)
    {
        lock (_writing)
        {
            if (change.Seq != _seq + 1)
            {
                throw new StatusDocumentException($"Region {Region}: change {change.Seq} came after {_seq}.");
            }

            if ((uint)change.Index >= StatusList.Capacity || change.Tag == EntryTag.None || !change.Entry.IsConsistent)
            {
                throw new StatusDocumentException($"Region {Region}: change {change.Seq} is not well formed.");
            }

            var list = GetOrAddList(change.List);
            var tag = list.Read(change.Index).Tag;
            if (tag != EntryTag.None && tag != change.Tag)
            {
                throw new StatusDocumentException($"Region {Region}: change {change.Seq} gives index {change.Index} of list {change.List} to another licence.");
            }

            list.Set(change.Index, change.Entry);
            _chainHash = change.NextHash(_chainHash.Span);
            Interlocked.Exchange(ref _seq, change.Seq);
        }
    }

    /// <summary>For the region itself: goes on behind changes that were published and then lost, with the hash that was published of the last of them.</summary>
    /// <param name="seq">The last change that was lost; not below <see cref="Seq"/>.</param>
    /// <param name="chainHash">Hash of the chain up to it, 32 bytes.</param>
    /// <remarks>docs/signed-documents.md, "Record of the chain": what is lost is followed by changes that make the lists right again.</remarks>
    public void Bridge(long seq, ReadOnlySpan<byte> chainHash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(chainHash.Length, Sm3.HashSize, nameof(chainHash));
        var hash = chainHash.ToArray();
        lock (_writing)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(seq, _seq);
            _chainHash = hash;
            Interlocked.Exchange(ref _seq, seq);
        }
    }

    /// <summary>Fills an empty index from the region's own store, instead of applying every change since the first.</summary>
    /// <param name="entries">List, index and entry of every licence.</param>
    /// <param name="seq">Number of the last change in them.</param>
    /// <param name="chainHash">Hash of the chain up to that change, 32 bytes.</param>
    /// <exception cref="StatusDocumentException">A list is beyond the bound.</exception>
    /// <exception cref="ArgumentException">An entry or the hash is not well formed.</exception>
    public void Load(IEnumerable<(int List, int Index, IndexEntry Entry)> entries, long seq, ReadOnlySpan<byte> chainHash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(chainHash.Length, Sm3.HashSize, nameof(chainHash));
        var hash = chainHash.ToArray();
        lock (_writing)
        {
            foreach (var (list, index, entry) in entries)
            {
                GetOrAddList(list).Set(index, entry);
            }

            _chainHash = hash;
            Interlocked.Exchange(ref _seq, seq);
        }
    }

    /// <summary>For the region itself: freezes the index for publication. The caller signs the head.</summary>
    /// <param name="timeMs">Unix milliseconds of the head; becomes <see cref="AsOfMs"/>. Heads never go back in time, even if the clock does.</param>
    /// <exception cref="StatusDocumentException">A chunk is lost (<see cref="Lost"/>): nothing is published without it.</exception>
    public RegionSnapshot Publish(long timeMs)
    {
        StatusListSnapshot[] lists;
        ReadOnlyMemory<byte> hash;
        long seq;
        long asOfMs;
        lock (_writing)
        {
            if (Lists.FirstOrDefault(list => list.LostCount > 0) is { } damaged)
            {
                throw new StatusDocumentException($"Region {Region}: list {damaged.Number} was damaged in memory and must be whole again before it is published.");
            }

            lists = [.. Lists.Select(list => list.Snapshot())];
            hash = _chainHash;
            seq = _seq;
            asOfMs = Math.Max(_asOfMs, timeMs);
            Interlocked.Exchange(ref _asOfMs, asOfMs);
        }

        // Frozen chunks are hashed outside the lock, so that changes needn't wait; those of all lists together.
        ChunkHashing.Compute(lists.SelectMany(list => list.Unhashed));
        var heads = lists.Select(list => new ListHead(list.Number, list.Root, list.Allocated)).ToArray();
        return new RegionSnapshot(new StatusHead(Region, seq, hash, asOfMs, heads), lists);
    }

    /// <summary>Freezes one list, to compare it with another region's chunk hashes; an empty one if none is held.</summary>
    /// <param name="list">Number of the list.</param>
    public StatusListSnapshot Snapshot(int list)
    {
        lock (_writing)
        {
            return (FindList(list) ?? new StatusList(list)).Snapshot();
        }
    }

    /// <summary>Takes over a chunk of another region's list.</summary>
    /// <param name="chunk">The chunk, already compared with its hash.</param>
    /// <exception cref="StatusDocumentException">Its list is beyond the bound.</exception>
    public void ReplaceChunk(StatusChunk chunk)
    {
        lock (_writing)
        {
            GetOrAddList(chunk.List).ReplaceChunk(chunk);
        }
    }

    /// <summary>Takes over a whole state that was kept elsewhere, in one step for readers.</summary>
    /// <param name="head">Its head, already opened.</param>
    /// <param name="chunks">All chunks of its lists, already compared with their hashes.</param>
    /// <exception cref="StatusDocumentException">The head is of another region, older than this index, tells another story of the same change, or doesn't agree with the chunks. Nothing was changed.</exception>
    public void Replace(StatusHead head, IEnumerable<StatusChunk> chunks)
    {
        var kept = new RegionIndex(Region, ListBound);
        foreach (var chunk in chunks)
        {
            kept.ReplaceChunk(chunk);
        }

        kept.Follow(head);
        lock (_writing)
        {
            CheckFollows(head);
            Volatile.Write(ref _lists, kept._lists);
            MoveTo(head);
        }
    }

    /// <summary>Chunks that were damaged in memory and say nothing until they are replaced.</summary>
    public IReadOnlyList<(int List, int Chunk)> Lost => [.. Lists.SelectMany(list => list.Lost.Select(chunk => (list.Number, chunk)))];

    /// <summary>Holds the chunk of an entry against its hash; for readers who found something that can't be.</summary>
    /// <param name="list">Number of the list.</param>
    /// <param name="index">Index in the list.</param>
    /// <param name="nowMilliseconds">Now, Unix milliseconds: a chunk is hashed a hundred times a second at most.</param>
    /// <returns>Whether memory is known to be damaged there: the chunk is lost from then on.</returns>
    public bool IsDamaged(int list, int index, long nowMilliseconds)
    {
        if (FindList(list) is not { } found || found.FindChunk(index) is not { } chunk)
        {
            return false;
        }

        return chunk.Chunk.IsLost
            || (chunk.Chunk.IsCheckable && MayCheck(nowMilliseconds) && ChunkHashing.IsDamaged(list, chunk.Number, chunk.Chunk) && Lose([(list, chunk.Number, chunk.Chunk)]));
    }

    /// <summary>Whether another chunk may be hashed for a reader: who has stolen a key can ask for entries that there are not as fast as he likes.</summary>
    private bool MayCheck(long now)
    {
        var taken = Interlocked.Read(ref _checksTaken);

        // Further ahead than it can have come by itself: the clock was put back.
        var ahead = taken - now <= ChecksAhead + MillisecondsACheck ? taken - now : 0;
        return ahead < ChecksAhead && Interlocked.CompareExchange(ref _checksTaken, now + Math.Max(ahead, 0) + MillisecondsACheck, taken) == taken;
    }

    /// <summary>Holds the next chunks against their hashes, round and round. What no longer has its hash is lost from then on.</summary>
    /// <param name="count">How many chunks to look at.</param>
    /// <returns>The chunks that were lost since this was last asked, by this or by <see cref="IsDamaged"/>.</returns>
    public IReadOnlyList<(int List, int Chunk)> CheckMemory(int count)
    {
        var chunks = new List<(int List, int Number, ChunkData Chunk)>();
        var lists = Lists;
        for (var looked = Math.Min(count, lists.Sum(list => list.ChunkCount)); looked > 0; looked--, _checked.Chunk++)
        {
            while (_checked.List >= lists.Count || _checked.Chunk >= lists[_checked.List].ChunkCount)
            {
                _checked = (_checked.List + 1 < lists.Count ? _checked.List + 1 : 0, 0);
            }

            var chunk = lists[_checked.List].FindChunk(_checked.Chunk * StatusList.ChunkSize)!.Value.Chunk;
            if (chunk.IsCheckable)
            {
                chunks.Add((lists[_checked.List].Number, _checked.Chunk, chunk));
            }
        }

        Lose(ChunkHashing.FindDamaged(chunks));
        lock (_writing)
        {
            var lost = _newlyLost.ToArray();
            _newlyLost.Clear();
            return lost;
        }
    }

    /// <summary>Moves the copy of another region on to its signed head, once all changed chunks were replaced.</summary>
    /// <param name="head">The head, already opened.</param>
    /// <exception cref="StatusDocumentException">The head is of another region, older than the copy, tells another story of the same change, or doesn't agree with the lists. Nothing was changed.</exception>
    public void Follow(StatusHead head)
    {
        lock (_writing)
        {
            CheckFollows(head);
            var lists = Lists.Select(list => list.Snapshot()).ToArray();
            if (lists.Length != head.Lists.Count || !lists.Zip(head.Lists).All(pair => Agree(pair.First, pair.Second)))
            {
                throw new StatusDocumentException($"Region {Region}: the copy doesn't agree with the head at change {head.Seq}.");
            }

            MoveTo(head);
        }
    }

    /// <summary>Whether a head may come after the copy; to be asked before anything is fetched for it.</summary>
    /// <param name="head">The head, already opened.</param>
    /// <exception cref="StatusDocumentException">The head is of another region, older than the copy, or tells another story of the same change.</exception>
    public void CheckFollows(StatusHead head)
    {
        switch (Compare(head))
        {
            case HeadOrder.Older:
                throw new StatusDocumentException($"Region {Region}: the head at change {head.Seq} is older than the copy at {Seq}.");
            case HeadOrder.Forked:
                throw new StatusDocumentException($"Region {Region}: two different chains end at change {head.Seq}.");
        }
    }

    /// <summary>How a head stands to the copy.</summary>
    /// <param name="head">The head, already opened.</param>
    /// <exception cref="StatusDocumentException">The head is of another region.</exception>
    public HeadOrder Compare(StatusHead head)
    {
        if (head.Region != Region)
        {
            throw new StatusDocumentException($"A head of region {head.Region} came for region {Region}.");
        }

        lock (_writing)
        {
            return head.Seq == _seq && !head.Hash.Span.SequenceEqual(_chainHash.Span) ? HeadOrder.Forked
                : head.Seq < _seq || head.TimeMs < _asOfMs ? HeadOrder.Older
                : HeadOrder.Next;
        }
    }

    private static bool Agree(StatusListSnapshot list, ListHead head) =>
        list.Number == head.List && list.Allocated == head.Allocated && list.Root.Span.SequenceEqual(head.Root.Span);

    private bool Lose(List<(int List, int Number, ChunkData Chunk)> damaged)
    {
        lock (_writing)
        {
            foreach (var (list, number, _) in damaged)
            {
                // It may have been written meanwhile, but then to a copy, which is damaged as well.
                if (FindList(list)!.Lose(number))
                {
                    _newlyLost.Add((list, number));
                }
            }
        }

        return damaged.Count > 0;
    }

    /// <summary>The time comes last: readers read it before an entry.</summary>
    private void MoveTo(StatusHead head)
    {
        _chainHash = head.Hash;
        Interlocked.Exchange(ref _seq, head.Seq);
        Interlocked.Exchange(ref _asOfMs, head.TimeMs);
    }

    private StatusList GetOrAddList(int number)
    {
        if ((uint)number >= (uint)ListBound)
        {
            throw new StatusDocumentException($"Region {Region}: list {number} is beyond the bound of {ListBound} lists.");
        }

        if (FindList(number) is { } found)
        {
            return found;
        }

        var lists = new StatusList?[Math.Max(_lists.Length, number + 1)];
        _lists.CopyTo(lists, 0);
        var list = lists[number] = new StatusList(number);
        Volatile.Write(ref _lists, lists);
        return list;
    }
}
