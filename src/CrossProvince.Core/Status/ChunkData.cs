using System.Buffers.Binary;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Status;

/// <summary>The entries of one chunk in memory: one writer, any number of readers that never wait for it.</summary>
/// <remarks>
/// A sequence lock: the writer makes <see cref="_version"/> odd, writes, and makes it even again; a reader that saw it odd or changed reads once more.
/// A frozen chunk is never written again: its list writes to a copy, which shares the tags until it gets a new entry.
/// </remarks>
internal sealed class ChunkData
{
    private readonly byte[] _status;
    private readonly ChunkTags? _shared;
    private ulong[] _tags;
    private ChunkTags _owner;
    private int[] _reasons;
    private int _version;
    private byte[]? _hash;

    internal ChunkData()
    {
        _status = new byte[StatusList.ChunkSize / 4];
        _status.AsSpan().Fill(0xFF);
        _owner = new ChunkTags();
        _tags = _owner.Values;
        _reasons = [];
    }

    /// <param name="status">1,024 bytes, two bits an entry, least significant first (docs/signed-documents.md, "Chunk").</param>
    /// <param name="tags">32,768 bytes, big endian.</param>
    /// <param name="reasons">Index ‖ reason (8 bits), ascending.</param>
    /// <param name="hash">SM3 of the CBOR it came in; null: not computed yet.</param>
    internal ChunkData(ReadOnlySpan<byte> status, ReadOnlySpan<byte> tags, int[] reasons, byte[]? hash)
    {
        _status = status.ToArray();
        _tags = GC.AllocateUninitializedArray<ulong>(StatusList.ChunkSize);
        ChunkEncoding.ReadTags(tags, _tags);
        _owner = new ChunkTags(_tags);
        Allocated = _tags.Length - _tags.AsSpan().Count(0UL);
        _reasons = reasons;
        _hash = hash;
        IsFrozen = true;
    }

    /// <summary>In place of a chunk that was damaged in memory: it says nothing of its entries, and its hash is none that a region could have signed.</summary>
    internal static ChunkData CreateLost() => new() { IsLost = true, IsFrozen = true, _hash = new byte[Sm3.HashSize] };

    private ChunkData(ChunkData other)
    {
        _status = [.. other._status];
        _owner = _shared = other._owner;
        _tags = _owner.Values;
        _reasons = other._reasons;
        Allocated = other.Allocated;
    }

    /// <summary>Entries with a tag. For the writer.</summary>
    internal int Allocated { get; private set; }

    /// <summary>Whether a snapshot holds this chunk. For the writer.</summary>
    internal bool IsFrozen { get; private set; }

    /// <summary>Whether nothing is known of its entries until it is replaced.</summary>
    internal bool IsLost { get; private init; }

    /// <summary>Whether it came with keys unknown here, which its hash covers and its entries do not.</summary>
    internal bool HasUnknownKeys { get; init; }

    /// <summary>Whether its entries can be held against its hash. A chunk with a hash is frozen: this may be asked by anyone.</summary>
    internal bool IsCheckable => _hash is not null && !IsLost && !HasUnknownKeys;

    /// <summary>Whether its hash is known.</summary>
    internal bool IsHashed => _hash is not null;

    /// <summary>The tags. The chunk must be frozen.</summary>
    internal ChunkTags Tags => _owner;

    /// <summary>Index ‖ reason (8 bits), ascending. The chunk must be frozen.</summary>
    internal int[] Reasons => _reasons;

    internal void Freeze() => IsFrozen = true;

    internal ChunkData Thaw() => IsFrozen ? new ChunkData(this) : this;

    internal IndexEntry Read(int index)
    {
        var spinner = default(SpinWait);
        while (true)
        {
            var version = Volatile.Read(ref _version);
            if ((version & 1) == 0)
            {
                var entry = ReadUnguarded(index);
                Volatile.ReadBarrier();
                if (_version == version)
                {
                    return entry;
                }
            }

            spinner.SpinOnce(sleep1Threshold: -1);
        }
    }

    internal void Write(int index, in IndexEntry entry)
    {
        var reasons = WithReason(_reasons, index, entry.Reason);
        var before = _tags[index];
        var tags = _tags;
        if (before != entry.Tag.Value)
        {
            _owner = _owner == _shared ? new ChunkTags(_owner) : _owner;
            _owner.Changed(index);
            tags = _owner.Values;
        }

        _version++;
        Volatile.WriteBarrier();
        var shift = (index & 3) * 2;
        ref var four = ref _status[index >> 2];
        four = (byte)((four & ~(3 << shift)) | ((int)entry.Status << shift));
        Allocated += (entry.Tag.Value == 0 ? 0 : 1) - (before == 0 ? 0 : 1);
        tags[index] = entry.Tag.Value;
        _tags = tags;
        _reasons = reasons;
        Volatile.Write(ref _version, _version + 1);
    }

    /// <summary>Whether every entry is consistent and every reason has its entry. The chunk must be frozen.</summary>
    internal bool IsConsistent()
    {
        var next = 0;
        for (var i = 0; i < _tags.Length; i++)
        {
            var reason = StatusReason.None;
            if (next < _reasons.Length && _reasons[next] >> 8 == i)
            {
                reason = (StatusReason)(byte)_reasons[next++];
            }

            if (!new IndexEntry(StatusOf(i), new EntryTag(_tags[i]), reason).IsConsistent)
            {
                return false;
            }
        }

        return next == _reasons.Length;
    }

    /// <summary>1,024 bytes, two bits an entry. The chunk must be frozen.</summary>
    internal ReadOnlySpan<byte> StatusBits => _status;

    /// <summary>The raw bytes. The chunk must be frozen.</summary>
    internal StatusChunkParts ToParts()
    {
        var reasons = new byte[_reasons.Length * StatusChunkParts.ReasonBytes];
        for (var i = 0; i < _reasons.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(reasons.AsSpan(i * StatusChunkParts.ReasonBytes), (ushort)(_reasons[i] >> 8));
            reasons[(i * StatusChunkParts.ReasonBytes) + 2] = (byte)_reasons[i];
        }

        return new StatusChunkParts(_status, EncodeTags(), reasons);
    }

    /// <summary>SM3 of the chunk's CBOR. The chunk must be frozen.</summary>
    internal byte[] Hash(int list, int chunk)
    {
        if (_hash is null)
        {
            ChunkHashing.Compute([(list, chunk, this)]);
        }

        return _hash!;
    }

    /// <summary>For <see cref="ChunkHashing"/>.</summary>
    internal void SetHash(byte[] hash) => _hash = hash;

    /// <summary>The chunk's CBOR. The chunk must be frozen.</summary>
    internal byte[] Encode(int list, int chunk)
    {
        var encoded = new byte[ChunkEncoding.MaxHeadBytes + ChunkEncoding.TagsBytes + ChunkEncoding.MaxTailBytes(_reasons.Length)];
        var length = ChunkEncoding.WriteHead(list, encoded);
        ChunkEncoding.WriteTags(_tags, encoded.AsSpan(length, ChunkEncoding.TagsBytes));
        length += ChunkEncoding.TagsBytes;
        length += ChunkEncoding.WriteTail(chunk, _status, _reasons, encoded.AsSpan(length));
        return encoded[..length];
    }

    private byte[] EncodeTags()
    {
        var tags = new byte[StatusChunkParts.TagsBytes];
        ChunkEncoding.WriteTags(_tags, tags);
        return tags;
    }

    private static int[] WithReason(int[] reasons, int index, StatusReason reason)
    {
        var at = FindReason(reasons, index);
        var before = reasons.AsSpan(0, at < 0 ? ~at : at);
        var after = reasons.AsSpan(at < 0 ? ~at : at + 1);
        return (reason, at) switch
        {
            (StatusReason.None, < 0) => reasons,
            (StatusReason.None, _) => [.. before, .. after],
            _ => [.. before, (index << 8) | (int)reason, .. after],
        };
    }

    /// <returns>Where the index's reason stands, or the complement of where it would.</returns>
    private static int FindReason(ReadOnlySpan<int> reasons, int index)
    {
        var at = reasons.BinarySearch(index << 8);
        return at < 0 && ~at < reasons.Length && reasons[~at] >> 8 == index ? ~at : at;
    }

    private IndexEntry ReadUnguarded(int index)
    {
        var reasons = _reasons;
        var at = FindReason(reasons, index);
        return new IndexEntry(StatusOf(index), new EntryTag(_tags[index]), at < 0 ? StatusReason.None : (StatusReason)(byte)reasons[at]);
    }

    private LicenceStatus StatusOf(int index) => (LicenceStatus)((_status[index >> 2] >> ((index & 3) * 2)) & 3);
}
