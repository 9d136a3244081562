using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Service.Caching;
using StackExchange.Redis;

namespace CrossProvince.Service.StatusIndex;

/// <summary>What one script writes to a region's lists in Redis: only the bytes that differ, where it is known what stands there.</summary>
internal sealed class SharedIndexWrite(RegionCode region)
{
    /// <summary>Place and length of a piece, four bytes each.</summary>
    private const int PieceHeadBytes = 8;

    private readonly List<RedisKey> _deleted = [];
    private readonly Dictionary<RedisKey, ArrayBufferWriter<byte>> _ranges = [];
    private readonly Dictionary<RedisKey, ArrayBufferWriter<byte>> _fields = [];

    /// <summary>The entries that it changes, where that is known; <see cref="IsTold"/> says whether it is.</summary>
    public List<ChangedEntry> Changes { get; } = [];

    /// <summary>Whether <see cref="Changes"/> is all that changes.</summary>
    public bool IsTold { get; private set; } = true;

    /// <summary>Bytes to send, about.</summary>
    public int Bytes { get; private set; }

    /// <summary>Starts a list from nothing.</summary>
    public void Delete(int list)
    {
        _deleted.AddRange([CacheKeys.Status(region, list), CacheKeys.Tags(region, list), CacheKeys.Reasons(region, list), CacheKeys.Hashes(region, list)]);
        IsTold = false;
    }

    /// <summary>Writes a chunk.</summary>
    /// <param name="list">The list as it is to be.</param>
    /// <param name="chunk">The chunk's number.</param>
    /// <param name="kept">The list as Redis keeps it; null: that is not known, and all of the chunk is written.</param>
    public void Add(StatusListSnapshot list, int chunk, StatusListSnapshot? kept)
    {
        var now = list.ReadChunk(chunk);
        var (status, tags, reasons) = (CacheKeys.Status(region, list.Number), CacheKeys.Tags(region, list.Number), CacheKeys.Reasons(region, list.Number));
        var (statusAt, tagsAt) = (chunk * StatusChunkParts.StatusBytes, chunk * StatusChunkParts.TagsBytes);
        if (kept is not null && chunk < kept.ChunkCount)
        {
            var before = kept.ReadChunk(chunk);
            SetDifference(status, statusAt, before.Status.Span, now.Status.Span);
            SetDifference(tags, tagsAt, before.Tags.Span, now.Tags.Span);
            if (!before.Reasons.Span.SequenceEqual(now.Reasons.Span))
            {
                Put(_fields, reasons, chunk, now.Reasons.Span);
            }

            ChangedEntry.Find(list.Number, chunk, before, now, Changes);
        }
        else
        {
            Put(_ranges, status, statusAt, now.Status.Span);
            Put(_ranges, tags, tagsAt, now.Tags.Span);
            Put(_fields, reasons, chunk, now.Reasons.Span);
            IsTold = false;
        }

        Put(_ranges, CacheKeys.Hashes(region, list.Number), chunk * Sm3.HashSize, list.ChunkHashes.Span.Slice(chunk * Sm3.HashSize, Sm3.HashSize));
    }

    /// <summary>The keys written to, and for each the kind of writing and what is written (<see cref="SharedIndexScripts.Write"/>).</summary>
    public IEnumerable<(RedisKey Key, RedisValue Kind, RedisValue Written)> Encode() =>
    [
        .. _deleted.Select(key => (key, (RedisValue)"D", RedisValue.EmptyString)),
        .. _ranges.Select(range => (range.Key, (RedisValue)"R", (RedisValue)range.Value.WrittenMemory)),
        .. _fields.Select(field => (field.Key, (RedisValue)"F", (RedisValue)field.Value.WrittenMemory)),
    ];

    /// <summary>Writes the bytes that differ; what lies between two of them is written along where that is shorter.</summary>
    private void SetDifference(RedisKey key, int at, ReadOnlySpan<byte> before, ReadOnlySpan<byte> now)
    {
        for (var start = before.CommonPrefixLength(now); start < now.Length;)
        {
            var (end, same) = (start + 1, 0);
            for (var i = end; i < now.Length && same <= PieceHeadBytes; i++)
            {
                (end, same) = before[i] == now[i] ? (end, same + 1) : (i + 1, 0);
            }

            Put(_ranges, key, at + start, now[start..end]);
            start = end + before[end..].CommonPrefixLength(now[end..]);
        }
    }

    private void Put(Dictionary<RedisKey, ArrayBufferWriter<byte>> into, RedisKey key, int place, ReadOnlySpan<byte> bytes)
    {
        ref var written = ref CollectionsMarshal.GetValueRefOrAddDefault(into, key, out _);
        written ??= new ArrayBufferWriter<byte>();
        var head = written.GetSpan(PieceHeadBytes);
        BinaryPrimitives.WriteInt32BigEndian(head, place);
        BinaryPrimitives.WriteInt32BigEndian(head[4..], bytes.Length);
        written.Advance(PieceHeadBytes);
        written.Write(bytes);
        Bytes += PieceHeadBytes + bytes.Length;
    }
}
