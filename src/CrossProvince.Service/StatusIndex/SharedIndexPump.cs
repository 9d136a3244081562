using System.Data.Common;
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

/// <summary>Brings one region's index into the shared cache, as long as this node is the one that writes it. Not for concurrent calls.</summary>
/// <remarks>
/// Who takes the region gets a number higher than all before, and a lease (adr/0042). Every write is one script that looks first whether lease, number and head are those that
/// the writer knows of: one that was stopped for long, or meets a server that was put back to an earlier moment, writes nothing. The head is written last, and removed first
/// where one script should not hold all: where there is a head, its lists are whole. Who takes over compares the chunk hashes kept there with its own and writes the chunks that
/// differ, also where another was interrupted; from then on it writes the bytes that differ.
/// </remarks>
internal sealed partial class SharedIndexPump(
    RegionCode region, string writer, SharedCache cache, Database database, NodeSettings node, TrustSource trust, TrustedClock clock, TimeSpan checkInterval, ILogger logger)
{
    /// <summary>What one script holds: a few milliseconds of the server's time.</summary>
    private const int BytesAtOnce = 2 << 20;

    /// <summary>Entries that the stream of changes keeps, about; there are two a second at most.</summary>
    private const int KeptChanges = 240;

    /// <summary>Chunks that are read back at each check.</summary>
    private const int ChunksChecked = 8;

    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(5);

    private Kept? _kept;
    private (byte[] Document, long Since)? _written;
    private bool _isSpoilt;

    private RedisKey Writer => CacheKeys.Writer(region);

    private RedisKey Head => CacheKeys.Head(region);

    /// <summary>Brings the cache up to a state of the region, if this node writes it.</summary>
    /// <exception cref="CacheAwayException">What stands there now is not known.</exception>
    public async Task WriteAsync(PublishedIndexes.Published newest)
    {
        // Who has had nothing new for a lease's time lets it go, to whoever has.
        if (_written is { } last && last.Document == newest.Document && Environment.TickCount64 - last.Since > s_lease.TotalMilliseconds)
        {
            _kept = null;
        }

        // Whatever is thrown leaves nothing known.
        var kept = _kept;
        _kept = null;
        try
        {
            // What it knows of may be gone, by a flush or since another wrote: then it is looked at anew at once.
            _kept = kept is not null && await TryWriteAsync(newest, kept) ? kept
                : await TakeOverAsync(newest.Snapshot) is { } taken && await TryWriteAsync(newest, taken) ? taken
                : null;
        }
        catch (CacheAwayException e) when (e.InnerException is RedisServerException refused && refused.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            _isSpoilt = true;
            throw;
        }

        if (_kept is not null)
        {
            _isSpoilt = false;
            if (_written?.Document != newest.Document)
            {
                _written = (newest.Document, Environment.TickCount64);
            }
        }
    }

    /// <returns>Whether this node still was the one to write.</returns>
    private async Task<bool> TryWriteAsync(PublishedIndexes.Published newest, Kept kept)
    {
        if (!await WriteAsync(newest, kept))
        {
            return false;
        }

        kept.Head = newest.Document;
        kept.Lists = newest.Snapshot.Lists.ToDictionary(list => list.Number);
        await CheckAsync(kept);
        return true;
    }

    /// <summary>Takes the region, if nobody else has it and nothing newer is kept.</summary>
    /// <returns>What is kept; null when it is not for this node to write.</returns>
    private async Task<Kept?> TakeOverAsync(RegionSnapshot mine)
    {
        var document = (byte[]?)await cache.AskAsync(region, redis => redis.StringGetAsync(Head));
        if (document is not null && TryOpen(document) is { } theirs && (theirs.Seq > mine.Head.Seq || theirs.TimeMs >= mine.Head.TimeMs) && !await IsOfAnotherChainAsync(theirs))
        {
            return null;
        }

        var number = await cache.AskAsync(region, redis => redis.ScriptEvaluateAsync(
            SharedIndexScripts.TakeOver, [Writer, CacheKeys.Fence(region)], [writer, (long)s_lease.TotalMilliseconds, clock.Now().UnixMilliseconds]));
        if (number.IsNull)
        {
            return null;
        }

        var kept = new Kept((string)number!) { Head = document };
        if (!_isSpoilt)
        {
            foreach (var list in mine.Lists)
            {
                if (await ReadHashesAsync(list) is { } hashes)
                {
                    kept.Hashes[list.Number] = hashes;
                }
            }
        }

        return kept;
    }

    /// <summary>The chunk hashes kept of a list; a chunk and its hash are written together, so that they can be gone by.</summary>
    /// <returns>Null when the list is not kept in one piece, or is longer than this node's.</returns>
    private async Task<byte[]?> ReadHashesAsync(StatusListSnapshot list)
    {
        var hashes = (byte[]?)await cache.AskAsync(region, redis => redis.StringGetAsync(CacheKeys.Hashes(region, list.Number))) ?? [];
        var chunks = hashes.Length / Sm3.HashSize;
        return hashes.Length % Sm3.HashSize == 0 && chunks > 0 && chunks <= list.ChunkCount && await IsWholeAsync(list.Number, chunks) ? hashes : null;
    }

    private async Task<bool> IsWholeAsync(int list, int chunks) => await cache.AskAsync(region, async redis =>
    {
        var lengths = await Task.WhenAll(
            redis.StringLengthAsync(CacheKeys.Status(region, list)), redis.StringLengthAsync(CacheKeys.Tags(region, list)), redis.StringLengthAsync(CacheKeys.Hashes(region, list)));
        return lengths is [var status, var tags, var hashes]
            && status == (long)chunks * StatusChunkParts.StatusBytes && tags == (long)chunks * StatusChunkParts.TagsBytes && hashes == (long)chunks * Sm3.HashSize;
    });

    /// <summary>Whether a head of the own region speaks of a change that the database does not have: of another chain, or of one that was cut off since.</summary>
    /// <remarks>A head is signed over what is committed, so the database that is asked after it has the change, unless it is of another time.</remarks>
    private async Task<bool> IsOfAnotherChainAsync(StatusHead theirs)
    {
        if (region != node.Region || theirs.Seq == 0)
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

    private StatusHead? TryOpen(byte[] document)
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

    /// <summary>Looks whether the lists that this node wrote are still there, and reads some chunks back, in turn. What is not as it was written is written anew next time.</summary>
    private async Task CheckAsync(Kept kept)
    {
        var now = Environment.TickCount64;
        if (now - kept.CheckedAt < checkInterval.TotalMilliseconds)
        {
            return;
        }

        kept.CheckedAt = now;
        foreach (var list in kept.Lists.Values.ToList())
        {
            if (!await IsWholeAsync(list.Number, list.ChunkCount))
            {
                Spoil(list);
            }
        }

        for (var i = 0; i < ChunksChecked && kept.Lists.Count > 0; i++)
        {
            if (kept.NextChunk() is var (list, chunk) && !await IsKeptAsync(list, chunk))
            {
                Spoil(list);
            }
        }

        void Spoil(StatusListSnapshot list)
        {
            if (kept.Hashes.Remove(list.Number))
            {
                LogDamaged(region, list.Number);
            }

            kept.Lists.Remove(list.Number);
        }
    }

    private async Task<bool> IsKeptAsync(StatusListSnapshot list, int chunk)
    {
        var parts = list.ReadChunk(chunk);
        return await cache.AskAsync(region, async redis =>
        {
            var status = redis.StringGetRangeAsync(CacheKeys.Status(region, list.Number), (long)chunk * StatusChunkParts.StatusBytes, ((chunk + 1L) * StatusChunkParts.StatusBytes) - 1);
            var tags = redis.StringGetRangeAsync(CacheKeys.Tags(region, list.Number), (long)chunk * StatusChunkParts.TagsBytes, ((chunk + 1L) * StatusChunkParts.TagsBytes) - 1);
            var reasons = redis.HashGetAsync(CacheKeys.Reasons(region, list.Number), chunk);
            return Same(await status, parts.Status) && Same(await tags, parts.Tags) && Same(await reasons, parts.Reasons);
        });

        static bool Same(RedisValue kept, ReadOnlyMemory<byte> wanted) => wanted.Span.SequenceEqual((byte[]?)kept ?? []);
    }

    /// <returns>Whether this node still was the one to write.</returns>
    private async Task<bool> WriteAsync(PublishedIndexes.Published newest, Kept kept)
    {
        using var parts = Parts(newest.Snapshot.Lists, kept).GetEnumerator();
        parts.MoveNext();
        var part = parts.Current;
        if (!parts.MoveNext())
        {
            return await CommitAsync(kept, part, newest);
        }

        // More than one script should hold: without a head until the last.
        if (!await CommitAsync(kept, new SharedIndexWrite(region), null))
        {
            return false;
        }

        kept.Head = null;
        do
        {
            if (!await CommitAsync(kept, part, null))
            {
                return false;
            }

            part = parts.Current;
        }
        while (parts.MoveNext());

        return await CommitAsync(kept, part, newest);
    }

    /// <summary>All that differs, in pieces for one script each; one piece at least.</summary>
    private IEnumerable<SharedIndexWrite> Parts(IReadOnlyList<StatusListSnapshot> lists, Kept kept)
    {
        var part = new SharedIndexWrite(region);
        foreach (var list in lists)
        {
            if (!kept.Hashes.TryGetValue(list.Number, out var hashes))
            {
                part.Delete(list.Number);
            }

            foreach (var chunk in Changed(list, hashes))
            {
                if (part.Bytes >= BytesAtOnce)
                {
                    yield return part;
                    part = new SharedIndexWrite(region);
                }

                part.Add(list, chunk, kept.Lists.GetValueOrDefault(list.Number));
            }

            kept.Hashes[list.Number] = list.ChunkHashes.ToArray();
        }

        yield return part;
    }

    private static IEnumerable<int> Changed(StatusListSnapshot list, byte[]? kept)
    {
        for (var chunk = 0; chunk < list.ChunkCount; chunk++)
        {
            var at = chunk * Sm3.HashSize;
            if (kept is null || kept.Length < at + Sm3.HashSize || !list.ChunkHashes.Span.Slice(at, Sm3.HashSize).SequenceEqual(kept.AsSpan(at, Sm3.HashSize)))
            {
                yield return chunk;
            }
        }
    }

    /// <summary>Writes as long as the region is this node's and the head is the one it knows of, and renews the lease.</summary>
    /// <param name="kept">What is known to stand there.</param>
    /// <param name="part">What is written.</param>
    /// <param name="head">The state that it completes; null: there is no head after it.</param>
    private async Task<bool> CommitAsync(Kept kept, SharedIndexWrite part, PublishedIndexes.Published? head)
    {
        var changes = part.IsTold && part.Changes.Count > 0 && head is not null ? ChangedEntry.Encode(part.Changes) : [];
        var keys = new List<RedisKey> { Writer, CacheKeys.Fence(region), Head, CacheKeys.Changes(region) };
        var values = new List<RedisValue>
        {
            $"{kept.Number} {writer}", kept.Number, (long)s_lease.TotalMilliseconds, kept.Head ?? [], head?.Document ?? [], head?.Snapshot.Head.Seq ?? 0, changes, KeptChanges,
        };
        foreach (var (key, kind, written) in part.Encode())
        {
            keys.Add(key);
            values.Add(kind);
            values.Add(written);
        }

        return (int)await cache.AskAsync(region, redis => redis.ScriptEvaluateAsync(SharedIndexScripts.Write, [.. keys], [.. values])) == 1;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis kept a head of change {Seq}, signed by this region, of which the database knows nothing; it is written anew. Was the database or Redis put back to an earlier moment?")]
    private partial void LogOtherChain(long seq);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What Redis keeps of list {List} of region {Region} was lost in part, or changed by somebody; it is written anew.")]
    private partial void LogDamaged(RegionCode region, int list);

    /// <summary>What this node knows to stand in the cache of a region.</summary>
    /// <param name="number">The number that it was given when it took the region.</param>
    private sealed class Kept(string number)
    {
        private (int List, int Chunk) _next;

        public string Number { get; } = number;

        /// <summary>The signed head; null: none.</summary>
        public byte[]? Head { get; set; }

        /// <summary>The chunk hashes of each list.</summary>
        public Dictionary<int, byte[]> Hashes { get; } = [];

        /// <summary>The lists as this node wrote them last.</summary>
        public Dictionary<int, StatusListSnapshot> Lists { get; set; } = [];

        public long CheckedAt { get; set; } = Environment.TickCount64;

        /// <summary>The next chunk in turn.</summary>
        public (StatusListSnapshot List, int Chunk)? NextChunk()
        {
            var (number, chunk) = _next;
            var list = Lists.Values.Where(l => l.Number >= number).MinBy(l => l.Number) ?? Lists.Values.MinBy(l => l.Number);
            if (list is null)
            {
                return null;
            }

            chunk = list.Number == number && chunk < list.ChunkCount ? chunk : 0;
            _next = chunk + 1 < list.ChunkCount ? (list.Number, chunk + 1) : (list.Number + 1, 0);
            return list.ChunkCount > 0 ? (list, chunk) : null;
        }
    }
}
