using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Service.Caching;
using StackExchange.Redis;
using static CrossProvince.Service.StatusIndex.Auditing.StatusDifference;

namespace CrossProvince.Service.StatusIndex.Auditing;

/// <summary>Holds what Redis keeps of the region's index against the lists that the chain makes. Writes nothing.</summary>
internal sealed class CacheComparison(SharedCache cache, RegionCode region)
{
    /// <summary>Where a head of Redis was found.</summary>
    public const string Source = "redis";

    private const int ChunksAtOnce = 64;

    /// <summary>Chunks compared.</summary>
    public int Chunks { get; private set; }

    /// <summary>Chunks that a node was writing meanwhile.</summary>
    public int Moved { get; private set; }

    /// <summary>The signed head that Redis keeps; null when it keeps none.</summary>
    /// <exception cref="CacheAwayException">Redis does not answer.</exception>
    public async Task<byte[]?> ReadHeadAsync() => (byte[]?)await cache.AskAsync(redis => redis.StringGetAsync(CacheKeys.Head(region)));

    /// <summary>Compares all lists byte by byte.</summary>
    /// <param name="published">The head that was read, and the lists as the chain makes them up to it.</param>
    /// <param name="open">Reads a head; null when it is refused.</param>
    /// <exception cref="CacheAwayException">Redis does not answer.</exception>
    public async Task<StatusDifference?> RunAsync(PublishedHead published, Func<byte[], StatusHead?> open)
    {
        foreach (var list in published.Lists)
        {
            for (var first = 0; first < list.ChunkCount; first += ChunksAtOnce)
            {
                var count = Math.Min(ChunksAtOnce, list.ChunkCount - first);
                var kept = await ReadAsync(list.Number, first, count);

                // A node that has gone on since may have written any chunk anew; as long as the head is of the same change, none of them.
                var hasMoved = kept.Head is null || open(kept.Head)?.Seq != published.Head.Seq;
                for (var i = 0; i < count; i++)
                {
                    var difference = Compare(list, first + i, kept, i);
                    if (difference is not null && !hasMoved)
                    {
                        return difference;
                    }

                    (Chunks, Moved) = difference is null ? (Chunks + 1, Moved) : (Chunks, Moved + 1);
                }
            }
        }

        return null;
    }

    /// <summary>Reads some chunks and the head that goes with them, at one moment.</summary>
    private async Task<KeptChunks> ReadAsync(int list, int first, int count)
    {
        RedisKey[] keys = [CacheKeys.Head(region), CacheKeys.Hashes(region, list), CacheKeys.Status(region, list), CacheKeys.Tags(region, list), CacheKeys.Reasons(region, list)];
        RedisValue[] wanted =
        [
            .. new[] { Sm3.HashSize, StatusChunkParts.StatusBytes, StatusChunkParts.TagsBytes }.SelectMany(size => new RedisValue[] { (long)first * size, ((long)(first + count) * size) - 1 }),
            .. Enumerable.Range(first, count).Select(chunk => (RedisValue)chunk),
        ];
        var read = (RedisResult[])(await cache.AskAsync(redis => redis.ScriptEvaluateAsync(SharedIndexScripts.Read, keys, wanted)))!;
        return new KeptChunks((byte[]?)read[0], Bytes(read[1]), Bytes(read[2]), Bytes(read[3]), [.. ((RedisResult[])read[4]!).Select(Bytes)]);

        static byte[] Bytes(RedisResult value) => (byte[]?)value ?? [];
    }

    private static StatusDifference? Compare(StatusListSnapshot list, int chunk, KeptChunks kept, int place)
    {
        var parts = list.ReadChunk(chunk);
        var status = kept.Status(place);
        var tags = kept.Tags(place);
        var hash = kept.Hash(place);
        var first = chunk * StatusList.ChunkSize;
        if (status.Length == 0 || tags.Length == 0 || hash.Length == 0)
        {
            return new StatusDifference(
                StatusDifferenceKind.CacheIncomplete,
                new LocalizedText($"Redis 中状态表 {list.Number} 不完整：缺第 {chunk} 块。", $"Redis keeps list {list.Number} only in part: chunk {chunk} is missing."),
                List: list.Number);
        }

        if (status.CommonPrefixLength(parts.Status.Span) is var at && at < status.Length)
        {
            var bits = status[at] ^ parts.Status.Span[at];
            var shift = int.TrailingZeroCount(bits) & ~1;
            var (theirs, ours) = ((status[at] >> shift) & 3, (parts.Status.Span[at] >> shift) & 3);
            return OfEntry(
                StatusDifferenceKind.CacheStatus, list.Number, first + (at * 4) + (shift / 2), $"Redis 中的状态为 {theirs}，链所得为 {ours}。", $"its status is {theirs} in Redis and {ours} in the chain.");
        }

        if (tags.CommonPrefixLength(parts.Tags.Span) is var tag && tag < tags.Length)
        {
            return OfEntry(StatusDifferenceKind.CacheTag, list.Number, first + (tag / EntryTag.Size), "Redis 中的标签与链不同。", "its tag in Redis is not that of the chain.");
        }

        if (FindOtherReason(kept.Reasons[place], parts.Reasons.Span) is { } entry)
        {
            return OfEntry(StatusDifferenceKind.CacheReason, list.Number, first + entry, "Redis 中的原因码与链不同。", "its reason in Redis is not that of the chain.");
        }

        return hash.SequenceEqual(list.ChunkHashes.Span.Slice(chunk * Sm3.HashSize, Sm3.HashSize))
            ? null
            : new StatusDifference(
                StatusDifferenceKind.CacheHash,
                new LocalizedText($"Redis 中状态表 {list.Number} 第 {chunk} 块的哈希不同。", $"Redis keeps another hash of chunk {chunk} of list {list.Number}."),
                List: list.Number);
    }

    /// <returns>The first entry of the chunk of which they differ.</returns>
    private static int? FindOtherReason(ReadOnlySpan<byte> theirs, ReadOnlySpan<byte> ours)
    {
        var same = theirs.CommonPrefixLength(ours);
        if (same == theirs.Length && same == ours.Length)
        {
            return null;
        }

        var at = same / StatusChunkParts.ReasonBytes * StatusChunkParts.ReasonBytes;
        return Math.Min(EntryAt(theirs, at), EntryAt(ours, at));

        static int EntryAt(ReadOnlySpan<byte> reasons, int at) => at + 1 < reasons.Length ? (reasons[at] << 8) | reasons[at + 1] : StatusList.ChunkSize - 1;
    }

    /// <summary>Some chunks as they are kept.</summary>
    private sealed record KeptChunks(byte[]? Head, byte[] AllHashes, byte[] AllStatus, byte[] AllTags, byte[][] Reasons)
    {
        public ReadOnlySpan<byte> Hash(int place) => Part(AllHashes, place, Sm3.HashSize);

        public ReadOnlySpan<byte> Status(int place) => Part(AllStatus, place, StatusChunkParts.StatusBytes);

        public ReadOnlySpan<byte> Tags(int place) => Part(AllTags, place, StatusChunkParts.TagsBytes);

        /// <returns>Empty when it is not there, or not whole.</returns>
        private static ReadOnlySpan<byte> Part(byte[] all, int place, int size) => (place + 1) * size <= all.Length ? all.AsSpan(place * size, size) : [];
    }
}
