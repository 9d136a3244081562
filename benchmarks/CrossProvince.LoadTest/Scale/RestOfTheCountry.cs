using System.Security.Cryptography;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Service.Caching;
using StackExchange.Redis;

namespace CrossProvince.LoadTest.Scale;

/// <summary>Makes up a region's licence index in Redis, as the nodes that pull it would keep it: lists seven eighths full, one licence in a hundred not in force.</summary>
internal static class RestOfTheCountry
{
    private const int FullAt = StatusList.Capacity / 8 * 7;

    /// <summary>Makes the index.</summary>
    /// <param name="redis">Where to.</param>
    /// <param name="region">The region.</param>
    /// <param name="licences">How many licences it has.</param>
    /// <param name="indexKey">Signs its head.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task WriteAsync(IDatabase redis, RegionCode region, long licences, ISigner indexKey, CancellationToken cancellation)
    {
        var lists = new ListHead[(licences + FullAt - 1) / FullAt];
        await Parallel.ForAsync(0, lists.Length, cancellation, async (list, _) =>
        {
            var made = Fill(list, (int)Math.Min(FullAt, licences - ((long)list * FullAt)));
            await WriteAsync(redis, region, made);
            lists[list] = new ListHead(list, made.Root, made.Allocated);
        });

        // No node of that region is asked for its changes: any history will do.
        var head = new StatusHead(region, licences, RandomNumberGenerator.GetBytes(Sm3.HashSize), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), lists);
        await redis.StringSetAsync(CacheKeys.Head(region), StatusHeadDocument.Sign(head, indexKey));
    }

    /// <summary>As docs/operations.md, "Redis", lays it out.</summary>
    private static async Task WriteAsync(IDatabase redis, RegionCode region, StatusListSnapshot list)
    {
        var chunks = Enumerable.Range(0, list.ChunkCount).Select(list.ReadChunk).ToList();
        await redis.StringSetAsync(CacheKeys.Status(region, list.Number), Join(chunks.Select(chunk => chunk.Status)));
        await redis.StringSetAsync(CacheKeys.Tags(region, list.Number), Join(chunks.Select(chunk => chunk.Tags)));
        await redis.StringSetAsync(CacheKeys.Hashes(region, list.Number), list.ChunkHashes);
        await redis.HashSetAsync(CacheKeys.Reasons(region, list.Number), [.. chunks.Index().Where(chunk => !chunk.Item.Reasons.IsEmpty).Select(chunk => new HashEntry(chunk.Index, chunk.Item.Reasons))]);
    }

    private static byte[] Join(IEnumerable<ReadOnlyMemory<byte>> parts)
    {
        using var all = new MemoryStream();
        foreach (var part in parts)
        {
            all.Write(part.Span);
        }

        return all.ToArray();
    }

    private static StatusListSnapshot Fill(int number, int licences)
    {
        var (list, random) = (new StatusList(number), new Random(number));
        for (var i = 0; i < licences; i++)
        {
            // Every place once, and far from the one before.
            var tag = new EntryTag((ulong)random.NextInt64() | 1);
            list.Set((int)(i * 524_287L % StatusList.Capacity), i % 100 == 0
                ? new IndexEntry(LicenceStatus.Ended, tag, StatusReason.Revoked)
                : new IndexEntry(LicenceStatus.InForce, tag, StatusReason.None));
        }

        return list.Snapshot();
    }
}
