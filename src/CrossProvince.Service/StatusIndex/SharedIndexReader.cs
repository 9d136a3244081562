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
    /// <summary>Chunks read in one question: 2 MiB of tags.</summary>
    private const int ChunksAtOnce = 64;

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
        var lists = await Task.WhenAll(head.Lists.Select(list => ReadListAsync(region, list)));
        var stored = new StoredIndex(head, document, [.. lists.SelectMany(chunks => chunks)]);

        // Lists that don't agree with the head must not get anywhere near the index in use.
        stored.Fill(new RegionIndex(region, trust.List.FindRegion(region)!.ListBound));
        return stored;
    }

    private async Task<List<StatusChunk>> ReadListAsync(RegionCode region, ListHead list)
    {
        var hashes = (byte[]?)await cache.AskAsync(region, redis => redis.StringGetAsync(CacheKeys.Hashes(region, list.List))) ?? [];
        if (hashes.Length % Sm3.HashSize != 0 || hashes.Length > StatusList.MaxChunks * Sm3.HashSize || !list.Root.Span.SequenceEqual(Sm3.Hash(hashes)))
        {
            throw new StatusDocumentException($"The chunk hashes kept of list {list.List} don't make the signed root.");
        }

        var reasons = (await cache.AskAsync(region, redis => redis.HashGetAllAsync(CacheKeys.Reasons(region, list.List)))).ToDictionary(e => e.Name, e => e.Value);
        var chunks = new List<StatusChunk>();
        for (var first = 0; first < hashes.Length / Sm3.HashSize; first += ChunksAtOnce)
        {
            var end = Math.Min(first + ChunksAtOnce, hashes.Length / Sm3.HashSize);
            var status = await ReadRangeAsync(region, CacheKeys.Status(region, list.List), first, end, StatusChunkParts.StatusBytes);
            var tags = await ReadRangeAsync(region, CacheKeys.Tags(region, list.List), first, end, StatusChunkParts.TagsBytes);
            for (var chunk = first; chunk < end; chunk++)
            {
                var parts = new StatusChunkParts(
                    status.Slice((chunk - first) * StatusChunkParts.StatusBytes, StatusChunkParts.StatusBytes),
                    tags.Slice((chunk - first) * StatusChunkParts.TagsBytes, StatusChunkParts.TagsBytes),
                    (byte[]?)reasons.GetValueOrDefault(chunk) ?? []);
                chunks.Add(StatusChunk.FromParts(parts, list.List, chunk, hashes.AsSpan(chunk * Sm3.HashSize, Sm3.HashSize)));
            }
        }

        return chunks;
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
}
