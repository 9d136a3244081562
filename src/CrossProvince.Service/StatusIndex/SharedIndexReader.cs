using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Federation;
using StackExchange.Redis;

namespace CrossProvince.Service.StatusIndex;

/// <summary>Reads regions' indexes from the shared cache, so that a node that starts has them at once.</summary>
/// <remarks>
/// Nothing there is trusted: a head counts by its region's signature, and every chunk by the hash that leads to that head. So the worst
/// that a doctored cache can do is to hand out an index as it once was, with its true age, or none.
/// </remarks>
internal sealed partial class SharedIndexReader(SharedCache cache, TrustSource trust, TrustedClock clock, ILogger<SharedIndexReader> logger)
{
    /// <summary>Chunks read in one question: 1 MiB of tags. Lanes that hash them are full.</summary>
    private const int ChunksAtOnce = 32;

    /// <summary>Questions on their way at once. While some wait for Redis, the others are hashed; what is not taken in yet is no more than these hold.</summary>
    private static readonly int s_questions = Environment.ProcessorCount + 4;

    /// <summary>A reading that a writer overtook is tried again.</summary>
    private const int Tries = 3;

    /// <summary>A region's index; null when there is none to be had.</summary>
    public async Task<StoredIndex?> ReadAsync(RegionCode region)
    {
        if (!cache.IsConfigured)
        {
            return null;
        }

        try
        {
            for (var tried = 1; ; tried++)
            {
                var document = await cache.AskAsync(region, redis => redis.StringGetAsync(CacheKeys.Head(region)));
                if (document.IsNull)
                {
                    return null;
                }

                string reason;
                try
                {
                    return await ReadAsync(region, (byte[])document!);
                }
                catch (StatusDocumentException e)
                {
                    reason = e.Message;
                }

                if (tried == Tries || !await HasMovedAsync(region, document))
                {
                    LogRefused(region, reason);
                    await ForgetAsync(region, document);
                    return null;
                }
            }
        }
        catch (CacheAwayException)
        {
            // The cache has said so itself.
            return null;
        }
    }

    private async Task<StoredIndex> ReadAsync(RegionCode region, byte[] document)
    {
        var head = StatusHeadDocument.Open(document, trust.List, region, clock.Now().UnixSeconds);
        var hashes = await Task.WhenAll(head.Lists.Select(list => ReadHashesAsync(region, list)));
        var pieces = head.Lists.Zip(hashes).SelectMany(pair => Pieces(pair.First.List, pair.Second)).ToArray();
        var chunks = new StatusChunk[pieces.Length][];
        await Parallel.ForAsync(0, pieces.Length, new ParallelOptions { MaxDegreeOfParallelism = s_questions }, async (i, _) => chunks[i] = await ReadPieceAsync(region, pieces[i]));
        var stored = new StoredIndex(head, document, [.. chunks.SelectMany(some => some)]);

        // Lists that don't agree with the head must not get anywhere near the index in use.
        stored.Fill(new RegionIndex(region, trust.List.FindRegion(region)!.ListBound));
        return stored;
    }

    private async Task<byte[]> ReadHashesAsync(RegionCode region, ListHead list)
    {
        var hashes = (byte[]?)await cache.AskAsync(region, redis => redis.StringGetAsync(CacheKeys.Hashes(region, list.List))) ?? [];
        return hashes.Length % Sm3.HashSize == 0 && hashes.Length <= StatusList.MaxChunks * Sm3.HashSize && list.Root.Span.SequenceEqual(Sm3.Hash(hashes))
            ? hashes
            : throw new StatusDocumentException($"The chunk hashes kept of list {list.List} don't make the signed root.");
    }

    private static IEnumerable<Piece> Pieces(int list, byte[] hashes)
    {
        var count = hashes.Length / Sm3.HashSize;
        for (var first = 0; first < count; first += ChunksAtOnce)
        {
            var end = Math.Min(first + ChunksAtOnce, count);
            yield return new Piece(list, first, end, hashes.AsMemory(first * Sm3.HashSize, (end - first) * Sm3.HashSize));
        }
    }

    private async Task<StatusChunk[]> ReadPieceAsync(RegionCode region, Piece piece)
    {
        var (list, first, end, hashes) = piece;
        var numbers = Enumerable.Range(first, end - first).Select(chunk => (RedisValue)chunk).ToArray();
        var reasons = cache.AskAsync(region, redis => redis.HashGetAsync(CacheKeys.Reasons(region, list), numbers));
        var status = ReadRangeAsync(region, CacheKeys.Status(region, list), first, end, StatusChunkParts.StatusBytes);
        var tags = ReadRangeAsync(region, CacheKeys.Tags(region, list), first, end, StatusChunkParts.TagsBytes);
        await Task.WhenAll(reasons, status, tags);
        var parts = new StatusChunkParts[end - first];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = new StatusChunkParts(
                (await status).Slice(i * StatusChunkParts.StatusBytes, StatusChunkParts.StatusBytes),
                (await tags).Slice(i * StatusChunkParts.TagsBytes, StatusChunkParts.TagsBytes),
                (byte[]?)(await reasons)[i] ?? []);
        }

        return StatusChunk.FromParts(parts, list, first, hashes.Span);
    }

    private async Task<ReadOnlyMemory<byte>> ReadRangeAsync(RegionCode region, RedisKey key, int first, int end, int chunkBytes)
    {
        var bytes = (byte[]?)await cache.AskAsync(region, redis => redis.StringGetRangeAsync(key, (long)first * chunkBytes, ((long)end * chunkBytes) - 1)) ?? [];
        return bytes.Length == (end - first) * chunkBytes ? bytes : throw new StatusDocumentException("A list is kept only in part.");
    }

    private async Task<bool> HasMovedAsync(RegionCode region, RedisValue document) =>
        await cache.AskAsync(region, redis => redis.StringGetAsync(CacheKeys.Head(region))) != document;

    private Task<RedisResult> ForgetAsync(RegionCode region, RedisValue document)
    {
        var lists = TryOpen(region, (byte[])document!)?.Lists ?? [];
        RedisKey[] keys = [CacheKeys.Head(region), CacheKeys.Writer(region), .. lists.Select(list => CacheKeys.Hashes(region, list.List))];
        return cache.AskAsync(region, redis => redis.ScriptEvaluateAsync(SharedIndexScripts.Forget, keys, [document]));
    }

    private StatusHead? TryOpen(RegionCode region, byte[] document)
    {
        try
        {
            return StatusHeadDocument.Open(document, trust.List, region, clock.Now().UnixSeconds);
        }
        catch (StatusDocumentException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What Redis keeps as the licence index of region {Region} is refused and will be written anew. {Reason}")]
    private partial void LogRefused(RegionCode region, string reason);

    /// <summary>Chunks of a list that are read together, with the hashes that they must have.</summary>
    private readonly record struct Piece(int List, int First, int End, ReadOnlyMemory<byte> Hashes);
}
