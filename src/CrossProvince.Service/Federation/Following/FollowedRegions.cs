using System.Collections.Concurrent;
using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;
using Dapper;

namespace CrossProvince.Service.Federation.Following;

/// <summary>How far each other region was followed, and which has contradicted itself: in the database, so that it outlives restarts and all nodes of this region know it.</summary>
/// <remarks>What cannot be written while the database is away holds in memory, and is written afterwards.</remarks>
internal sealed partial class FollowedRegions(Database database, GroupCommit commits, TrustedClock clock, VerifyingMetrics metrics, ILogger<FollowedRegions> logger)
{
    private const string All = "SELECT region, seq, hash, settled, forked_seq FROM followed_regions";

    // Never back, and nothing over what somebody has settled meanwhile.
    private const string Advance = """
        INSERT INTO followed_regions (region, seq, hash) VALUES (@region, @seq, @hash)
        ON CONFLICT (region) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
        WHERE followed_regions.seq < excluded.seq AND followed_regions.settled = @settled AND followed_regions.forked_seq IS NULL
        """;

    private const string Freeze = """
        INSERT INTO followed_regions (region, seq, hash, forked_seq, forked_at, held, other) VALUES (@region, @seq, @hash, @forkedSeq, @now, @held, @other)
        ON CONFLICT (region) DO UPDATE SET forked_seq = excluded.forked_seq, forked_at = excluded.forked_at, held = excluded.held, other = excluded.other
        WHERE followed_regions.settled = @settled AND followed_regions.forked_seq IS NULL
        """;

    private readonly ConcurrentDictionary<RegionCode, FollowedPlace> _places = new();
    private readonly ConcurrentDictionary<RegionCode, (long Seq, byte[] Hash, long Settled)> _advances = new();
    private readonly ConcurrentDictionary<RegionCode, (ForkedChainException Fork, long Settled)> _forks = new();

    /// <summary>How far a region was followed when that was last read.</summary>
    public FollowedPlace Find(RegionCode region) => _places.GetValueOrDefault(region) ?? FollowedPlace.None;

    /// <summary>Whether a region is followed no further.</summary>
    public bool IsFrozen(RegionCode region) => Find(region).ForkedSeq is not null;

    /// <summary>The regions that are followed no further, and at which change they have contradicted themselves.</summary>
    public IEnumerable<(RegionCode Region, long Seq)> Frozen() => _places.Where(pair => pair.Value.ForkedSeq is not null).Select(pair => (pair.Key, pair.Value.ForkedSeq!.Value));

    /// <summary>A region was followed up to a head; written within seconds.</summary>
    public void Advanced(StatusHead head)
    {
        var known = Find(head.Region);
        if (head.Seq > known.Seq)
        {
            _advances[head.Region] = (head.Seq, head.Hash.ToArray(), known.Settled);
        }
    }

    /// <summary>Follows a region no further, from now on and after every restart, until somebody settles which history holds.</summary>
    public async Task FreezeAsync(RegionCode region, ForkedChainException fork)
    {
        var place = Find(region);
        if (place.ForkedSeq is not null)
        {
            return;
        }

        _places[region] = place with { ForkedSeq = fork.Seq };
        _forks[region] = (fork, place.Settled);
        metrics.Alarm("forked-chain");
        LogForked(region, fork.Seq);
        await SaveAsync();
    }

    /// <summary>Writes what has come since, and reads what other nodes and the command line have written.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        await SaveAsync();
        await using var connection = await database.OpenAsync(cancellation);
        await ReadAsync(connection);
    }

    /// <summary>Reads it before anything is followed.</summary>
    public async Task LoadAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await ReadAsync(connection);
        foreach (var (region, seq) in Frozen())
        {
            LogStillForked(region, seq);
        }
    }

    private async Task ReadAsync(DbConnection connection)
    {
        foreach (var row in await connection.QueryAsync<Row>(All))
        {
            var (region, read) = (new RegionCode((int)row.Region), new FollowedPlace(row.Seq, row.Hash, row.Settled, row.ForkedSeq));
            var known = Find(region);
            if (_forks.ContainsKey(region) && read.Settled == known.Settled)
            {
                // Not written yet.
                continue;
            }

            if (known.ForkedSeq is null && read.ForkedSeq is { } forked && _places.ContainsKey(region))
            {
                LogFrozen(region, forked);
            }
            else if (known.ForkedSeq is not null && read.ForkedSeq is null)
            {
                LogSettled(region);
            }

            _places[region] = read;
        }
    }

    private async Task SaveAsync()
    {
        try
        {
            foreach (var (region, (fork, settled)) in _forks.ToArray())
            {
                var place = Find(region);
                await commits.RunAsync(transaction => transaction.Connection!.ExecuteAsync(
                    Freeze,
                    new { region = region.Value, seq = place.Seq, hash = place.Hash, forkedSeq = fork.Seq, now = clock.Now().UnixMilliseconds, held = fork.Held.ToArray(), other = fork.Other.ToArray(), settled },
                    transaction));
                _forks.TryRemove(region, out _);
            }

            if (_advances.ToArray() is { Length: > 0 } advances)
            {
                await commits.RunAsync(async transaction =>
                {
                    // In one order, so that nodes that write the same rows stand in line.
                    foreach (var (region, (seq, hash, settled)) in advances.OrderBy(advance => advance.Key.Value))
                    {
                        await transaction.Connection!.ExecuteAsync(Advance, new { region = region.Value, seq, hash, settled }, transaction);
                    }
                });
                foreach (var advance in advances)
                {
                    _advances.TryRemove(advance);
                }
            }
        }
        catch (Exception e) when (e is StorageException or StorageBusyException)
        {
            // The database says so itself; it is tried again in a moment.
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: region {Region} has signed two different histories of its change {Seq}. Its index key may be stolen, or its database doubled: tell that region. Its index is followed no further, also after a restart; the last good copy stays in use and grows old until 'crossprovince status settle --partner {Region}' says which history holds.")]
    private partial void LogForked(RegionCode region, long seq);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Region {Region} has signed two different histories of its change {Seq}, and is followed no further until 'crossprovince status settle --partner {Region}' says which holds.")]
    private partial void LogStillForked(RegionCode region, long seq);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Another node has found that region {Region} has signed two different histories of its change {Seq}: it is followed no further here either, until 'crossprovince status settle --partner {Region}' says which holds.")]
    private partial void LogFrozen(RegionCode region, long seq);

    [LoggerMessage(Level = LogLevel.Information, Message = "It was settled which history of region {Region} holds: it is followed again.")]
    private partial void LogSettled(RegionCode region);

    private sealed class Row
    {
        public long Region { get; init; }

        public long Seq { get; init; }

        public byte[] Hash { get; init; } = [];

        public long Settled { get; init; }

        public long? ForkedSeq { get; init; }
    }
}
