using System.Data.Common;
using System.Security.Cryptography;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using StackExchange.Redis;

namespace CrossProvince.Service.StatusIndex;

/// <summary>Keeps the indexes that this node holds, its own region's and the others', in the shared cache.</summary>
/// <remarks>
/// One node at a time writes a region, held by a lease that every transaction checks and renews. The head is written last and removed
/// first: where there is a head, its lists are whole. A node that takes over compares the chunk hashes kept there with its own, so that it
/// writes what differs only; after a flush everything differs. Every transaction also checks that the head is still the one it was told of
/// last: a server that was put back to an earlier moment, lease and all, is never added to, but taken over anew.
/// </remarks>
internal sealed partial class SharedIndexWriter(
    SharedCache cache, Database database, NodeSettings node, TrustSource trust, PublishedIndexes published, TrustedClock clock, ILogger<SharedIndexWriter> logger)
    : BackgroundService
{
    private const int ChunksAtOnce = 64;
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(5);

    private readonly RedisValue _writer = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private readonly Dictionary<RegionCode, Kept> _kept = [];
    private readonly Dictionary<RegionCode, (byte[] Document, long Since)> _written = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (cache.IsConfigured && !stoppingToken.IsCancellationRequested)
        {
            foreach (var region in trust.List.Regions)
            {
                try
                {
                    await WriteAsync(region.Code);
                }
                catch (CacheAwayException)
                {
                    // What stands there now is not known.
                    _kept.Remove(region.Code);
                }
                catch (Exception e)
                {
                    LogBug(e, region.Code);
                    _kept.Remove(region.Code);
                }
            }

            await Task.Delay(s_interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Brings the cache up to what this node holds of a region, if it is the one that writes it.</summary>
    internal async Task WriteAsync(RegionCode region)
    {
        if (published.FindNewest(region) is not { } newest)
        {
            return;
        }

        // Who has had nothing new for a lease's time lets it go, to whoever has.
        if (_written.TryGetValue(region, out var last) && last.Document == newest.Document && Environment.TickCount64 - last.Since > s_lease.TotalMilliseconds)
        {
            _kept.Remove(region);
        }

        if (!_kept.TryGetValue(region, out var kept))
        {
            if (await TakeOverAsync(region, newest.Snapshot.Head) is not { } found)
            {
                return;
            }

            _kept[region] = kept = found;
        }

        var changed = newest.Snapshot.Lists.Select(list => (List: list, Chunks: Changed(list, kept.Hashes.GetValueOrDefault(list.Number)))).Where(c => c.Chunks.Count > 0).ToList();
        var isWhole = changed.Sum(c => c.Chunks.Count) <= ChunksAtOnce;
        var done = isWhole || await WriteInPartsAsync(region, changed, kept);
        if (!done || !await CommitAsync(region, kept, transaction =>
        {
            foreach (var (list, chunks) in isWhole ? changed : [])
            {
                Write(transaction, region, list, chunks, isNew: !kept.Hashes.ContainsKey(list.Number));
            }

            _ = transaction.StringSetAsync(CacheKeys.Head(region), newest.Document);
        }))
        {
            _kept.Remove(region);
            return;
        }

        kept.Head = newest.Document;
        if (last.Document != newest.Document)
        {
            _written[region] = (newest.Document, Environment.TickCount64);
        }

        foreach (var (list, _) in changed)
        {
            kept.Hashes[list.Number] = list.ChunkHashes.ToArray();
        }
    }

    /// <summary>Takes the lease, if nobody else has it and nothing newer is kept.</summary>
    /// <returns>What is kept; null when it is not for this node to write.</returns>
    private async Task<Kept?> TakeOverAsync(RegionCode region, StatusHead mine)
    {
        var document = (byte[]?)await cache.AskAsync(redis => redis.StringGetAsync(CacheKeys.Head(region)));
        var theirs = document is null ? null : TryOpen(document, region);
        var isOther = theirs is not null && await IsOfAnotherChainAsync(theirs);
        if (theirs is not null && !isOther && (theirs.Seq > mine.Seq || theirs.TimeMs >= mine.TimeMs))
        {
            return null;
        }

        // Its own it has where the server was put back to a moment at which this node wrote; the transactions check it again.
        if (!await cache.AskAsync(redis => redis.StringSetAsync(CacheKeys.Writer(region), _writer, s_lease, When.NotExists))
            && await cache.AskAsync(redis => redis.StringGetAsync(CacheKeys.Writer(region))) != _writer)
        {
            return null;
        }

        var kept = new Kept { Head = document };
        foreach (var list in isOther ? [] : theirs?.Lists ?? [])
        {
            var hashes = (byte[]?)await cache.AskAsync(redis => redis.StringGetAsync(CacheKeys.Hashes(region, list.List))) ?? [];
            if (list.Root.Span.SequenceEqual(Sm3.Hash(hashes)))
            {
                kept.Hashes[list.List] = hashes;
            }
        }

        return kept;
    }

    /// <summary>Whether a head of the own region speaks of a change that the database does not have: of another chain, or of one that was cut off since.</summary>
    /// <remarks>A head is signed over what is committed, so the database that is asked after it has the change, unless it is of another time.</remarks>
    private async Task<bool> IsOfAnotherChainAsync(StatusHead theirs)
    {
        if (theirs.Region != node.Region || theirs.Seq == 0)
        {
            return false;
        }

        try
        {
            await using var connection = await database.OpenAsync(CancellationToken.None);
            var hash = await StatusChangeReader.FindHashAsync(connection, theirs.Seq);
            if (hash is not null && theirs.Hash.Span.SequenceEqual(hash))
            {
                return false;
            }

            LogOtherChain(theirs.Seq);
            return true;
        }
        catch (Exception e) when (e is StorageException or DbException)
        {
            return false;
        }
    }

    private StatusHead? TryOpen(byte[] document, RegionCode region)
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

    /// <summary>More than one transaction should hold: without a head until the last.</summary>
    private async Task<bool> WriteInPartsAsync(RegionCode region, IReadOnlyList<(StatusListSnapshot List, List<int> Chunks)> changed, Kept kept)
    {
        if (!await CommitAsync(region, kept, transaction => _ = transaction.KeyDeleteAsync(CacheKeys.Head(region))))
        {
            return false;
        }

        kept.Head = null;
        foreach (var (list, chunks) in changed)
        {
            var isNew = !kept.Hashes.ContainsKey(list.Number);
            foreach (var part in chunks.Chunk(ChunksAtOnce))
            {
                if (!await CommitAsync(region, kept, transaction => Write(transaction, region, list, part, isNew && part[0] == chunks[0])))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Does something as long as the lease is this node's and the head is the one it knows of, and renews the lease.</summary>
    private Task<bool> CommitAsync(RegionCode region, Kept kept, Action<ITransaction> write) => cache.AskAsync(redis =>
    {
        var transaction = redis.CreateTransaction();
        transaction.AddCondition(Condition.StringEqual(CacheKeys.Writer(region), _writer));
        transaction.AddCondition(kept.Head is null ? Condition.KeyNotExists(CacheKeys.Head(region)) : Condition.StringEqual(CacheKeys.Head(region), kept.Head));
        _ = transaction.KeyExpireAsync(CacheKeys.Writer(region), s_lease);
        write(transaction);
        return transaction.ExecuteAsync();
    });

    private static void Write(ITransaction transaction, RegionCode region, StatusListSnapshot list, IEnumerable<int> chunks, bool isNew)
    {
        var (status, tags) = (CacheKeys.Status(region, list.Number), CacheKeys.Tags(region, list.Number));
        var (reasons, hashes) = (CacheKeys.Reasons(region, list.Number), CacheKeys.Hashes(region, list.Number));
        if (isNew)
        {
            _ = transaction.KeyDeleteAsync([status, tags, reasons, hashes]);
        }

        foreach (var chunk in chunks)
        {
            var parts = list.ReadChunk(chunk);
            _ = transaction.StringSetRangeAsync(status, (long)chunk * StatusChunkParts.StatusBytes, parts.Status);
            _ = transaction.StringSetRangeAsync(tags, (long)chunk * StatusChunkParts.TagsBytes, parts.Tags);
            _ = transaction.StringSetRangeAsync(hashes, (long)chunk * Sm3.HashSize, list.ChunkHashes.Slice(chunk * Sm3.HashSize, Sm3.HashSize));
            _ = parts.Reasons.IsEmpty ? transaction.HashDeleteAsync(reasons, chunk) : transaction.HashSetAsync(reasons, chunk, parts.Reasons);
        }
    }

    private static List<int> Changed(StatusListSnapshot list, byte[]? kept)
    {
        var hashes = list.ChunkHashes.Span;
        var changed = new List<int>();
        for (var chunk = 0; chunk < list.ChunkCount; chunk++)
        {
            var at = chunk * Sm3.HashSize;
            if (kept is null || kept.Length < at + Sm3.HashSize || !hashes.Slice(at, Sm3.HashSize).SequenceEqual(kept.AsSpan(at, Sm3.HashSize)))
            {
                changed.Add(chunk);
            }
        }

        return changed;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis kept a head of change {Seq}, signed by this region, of which the database knows nothing; it is written anew. Was the database or Redis put back to an earlier moment?")]
    private partial void LogOtherChain(long seq);

    [LoggerMessage(Level = LogLevel.Error, Message = "Writing the licence index of region {Region} to Redis failed unexpectedly.")]
    private partial void LogBug(Exception exception, RegionCode region);

    /// <summary>What this node knows to stand in the cache of a region.</summary>
    private sealed class Kept
    {
        /// <summary>The signed head; null: none.</summary>
        public byte[]? Head { get; set; }

        /// <summary>The chunk hashes of each list.</summary>
        public Dictionary<int, byte[]> Hashes { get; } = [];
    }
}
