using System.Data.Common;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.StatusIndex;

/// <summary>The own region's licence index: follows the database by sequence number and publishes signed heads.</summary>
/// <remarks>
/// One loop does both, so that a head always speaks of a settled state. A head's time is taken before the database is asked
/// for news: while the database cannot be asked, no head is made, and the region's own answers grow stale like everybody else's.
/// </remarks>
internal sealed partial class OwnIndex : BackgroundService
{
    /// <summary>Heads are signed anew twice a second (signed documents: at least every second).</summary>
    private static readonly TimeSpan s_headInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Changes are given out with a head of their own at once, but no more often than this: with it a change in a flood waits half as long, and one alone not at all (docs/adr/0055).</summary>
    private static readonly TimeSpan s_feedInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Changes are not given out again before so many times as long as it took, until the next head is due.</summary>
    private const int FeedPauses = 20;

    /// <summary>A committed change is read within milliseconds; after this long the database is away.</summary>
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(15);

    /// <summary>Published states kept, so that a partner that read one head can still fetch what it speaks of.</summary>
    private const int KeptSnapshots = 20;

    private const int ReadAtOnce = 5_000;

    private readonly Database _database;
    private readonly GroupCommit _commits;
    private readonly NodeSettings _node;
    private readonly TrustSource _trust;
    private readonly OwnKeys _keys;
    private readonly PublishedIndexes _published;
    private readonly StandingHeads _standing;
    private readonly SharedIndexReader _stored;
    private readonly SharedCache _cache;
    private readonly SeenHeads _seen;
    private readonly RecentChanges _recent;
    private readonly StatusFeed _feed;
    private readonly VerifyingMetrics _metrics;
    private readonly TrustedClock _clock;
    private readonly ILogger<OwnIndex> _logger;
    private readonly RegionIndex _index;
    private readonly CommittedChanges _committed = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private volatile TaskCompletionSource _advanced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _checkedSeq = -1;
    private (long Seq, long Since)? _unwritten;
    private bool _isFailing;
    private volatile bool _isAhead;

    public OwnIndex(
        Database database, GroupCommit commits, NodeSettings node, TrustSource trust, OwnKeys keys, LicenceIndex index, PublishedIndexes published,
        StandingHeads standing, SharedIndexReader stored, SharedCache cache, SeenHeads seen, RecentChanges recent, StatusFeed feed, VerifyingMetrics metrics, TrustedClock clock, ILogger<OwnIndex> logger)
    {
        (_database, _commits, _node, _trust, _keys, _published, _clock, _logger) = (database, commits, node, trust, keys, published, clock, logger);
        (_standing, _stored, _cache, _seen, _recent, _feed, _metrics) = (standing, stored, cache, seen, recent, feed, metrics);
        _index = index.GetOrAdd(node.Region, trust.OwnRegion.ListBound);
    }

    /// <summary>How many lists the trust list allows this region.</summary>
    public int ListBound => _index.ListBound;

    /// <summary>Loads the index before the node answers anything: the state that is kept in the shared cache, if it is one of this chain, and every change since.</summary>
    /// <exception cref="ConfigurationException">The stored chain contradicts itself, or the database went away meanwhile.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await _database.OpenAsync(cancellationToken);
            await LoadStoredAsync(connection);
            await CatchUpAsync(cancellationToken);
            await _recent.ReadBackAsync(connection, _index.Seq, _index.ChainHash);
            await _seen.LookAsync(cancellationToken);
            await _seen.ReadStateAsync(connection, _index.Seq);
            await _standing.LoadAsync(connection);
        }
        catch (ChainBrokenException e)
        {
            throw new ConfigurationException("ConnectionStrings:Database", $"names a database that must not be published: {e.Message} Compare it with its backup.");
        }
        catch (Exception e) when (e is DbException or StorageException)
        {
            throw new ConfigurationException("ConnectionStrings:Database", $"names a database that went away while the node started: {e.Message}");
        }

        LogLoaded(_index.Seq);
        _cache.Listen(CacheKeys.Changed(_node.Region), seq =>
        {
            if (seq.TryParse(out long told) && told > _index.Seq)
            {
                Wake();
            }
        });
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Hands over what this node is about to commit, so that it need not be read back: it counts once the database has the hash of its last change.</summary>
    public void HandOver(IReadOnlyList<StoredChange> changes) => _committed.Add(changes);

    /// <summary>The changes that the index does not hold yet, up to the chain's end.</summary>
    /// <param name="seq">The chain's end.</param>
    /// <param name="hash">The chain's hash there.</param>
    /// <returns>Null when they must be read from the database.</returns>
    public IReadOnlyList<StoredChange>? FindAhead(long seq, byte[] hash)
    {
        var known = _index.Seq;
        return known == seq ? [] : _committed.Find(known, seq, hash);
    }

    /// <summary>Waits until the index in memory holds a change that has been committed.</summary>
    /// <exception cref="StorageException">The chain is broken, or the database has gone away since: the change is made, but not yet in force here.</exception>
    public async Task WaitForAsync(long seq)
    {
        _cache.Tell(CacheKeys.Changed(_node.Region), seq);
        while (Interlocked.Read(ref _checkedSeq) < seq || _isAhead)
        {
            if (_isAhead)
            {
                throw new StorageException(null);
            }

            var advanced = _advanced.Task;
            Wake();
            if (Interlocked.Read(ref _checkedSeq) < seq)
            {
                await AdvanceAsync(advanced);
            }
        }
    }

    private static async Task AdvanceAsync(Task advanced)
    {
        try
        {
            await advanced.WaitAsync(s_longestWait);
        }
        catch (TimeoutException e)
        {
            throw new StorageException(e);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (nextHead, nextFeed) = (DateTime.MinValue, DateTime.MinValue);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (_database.IsAway)
                {
                    await _database.ProbeAsync();
                }

                var time = _clock.Now();
                await RestoreAsync(stoppingToken);
                await CatchUpAsync(stoppingToken);
                var mayPublish = !time.ClockBehind && !_isAhead && _seen.MayPublish && _keys.Find(KeyUse.Index) is not null;
                if (mayPublish)
                {
                    var now = DateTime.UtcNow;
                    if (now >= nextHead)
                    {
                        await PublishAsync(time.UnixMilliseconds);
                        CheckMemory();
                        (nextHead, nextFeed) = (DateTime.UtcNow + s_headInterval, DateTime.UtcNow + s_feedInterval);
                    }
                    else if (now >= nextFeed && _feed.Seq < _index.Seq)
                    {
                        GiveOut(time.UnixMilliseconds);

                        // An import changes every chunk there is: what that costs is to stay a small share of a processor.
                        var (given, took) = (DateTime.UtcNow, DateTime.UtcNow - now);
                        nextFeed = given + (took * FeedPauses > s_feedInterval ? took * FeedPauses : s_feedInterval);
                    }
                }

                if (_isFailing)
                {
                    LogBack();
                }

                _isFailing = false;
                var wait = (mayPublish && _feed.Seq < _index.Seq && nextFeed < nextHead ? nextFeed : nextHead) - DateTime.UtcNow;
                await _wake.WaitAsync(wait > TimeSpan.Zero ? wait : mayPublish ? TimeSpan.Zero : s_headInterval, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (ChainBrokenException e)
            {
                // A chain that does not fit its own hashes must never be published; only a person can say what is true.
                LogChainBroken(e);
                _advanced.SetException(new StorageException(e));
                return;
            }
            catch (Exception e)
            {
                if (!_isFailing)
                {
                    LogFailed(e);
                }

                _isFailing = true;
                await _database.ProbeAsync();
                await Task.Delay(s_headInterval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody woke it already.
        }
    }

    /// <summary>A state of this very chain saves reading the changes before it; any other would publish what the database does not say.</summary>
    private async Task LoadStoredAsync(DbConnection connection)
    {
        if (await _stored.ReadAsync(_node.Region) is not { } stored)
        {
            return;
        }

        var hash = await StatusChangeReader.FindHashAsync(connection, stored.Head.Seq) ?? (stored.Head.Seq == 0 ? StatusChange.GenesisHash.ToArray() : null);
        if (hash is null || !stored.Head.Hash.Span.SequenceEqual(hash))
        {
            // What that means is found out before anything is published.
            return;
        }

        stored.Fill(_index);
    }

    private async Task CatchUpAsync(CancellationToken cancellation)
    {
        await using var connection = await _database.OpenAsync(cancellation);
        var state = await _seen.ReadStateAsync(connection, _index.Seq);
        if (_index.Seq > 0 && !(state.HashAt is { } stored && _index.ChainHash.Span.SequenceEqual(stored)))
        {
            await StopAsync(state.Seq);
            return;
        }

        _isAhead = false;
        while (true)
        {
            var handedOver = await FindHandedOverAsync(connection);
            var changes = handedOver ?? await StatusChangeReader.ReadAsync(connection, _index.Seq + 1, ReadAtOnce);
            foreach (var (change, hash) in changes)
            {
                if (change.Seq != _index.Seq + 1 && (await ChainState.ReadAsync(connection, _index.Seq)).Gap is { } gap)
                {
                    _index.Bridge(gap.Seq, gap.Hash);
                }

                Apply(change, hash);
            }

            // A change is in force once it has the hash that was stored with it.
            Interlocked.Exchange(ref _checkedSeq, _index.Seq);
            if (changes.Count > 0)
            {
                Interlocked.Exchange(ref _advanced, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            }

            if (handedOver is null && changes.Count < ReadAtOnce)
            {
                return;
            }
        }
    }

    /// <summary>The next changes, if this node has committed them itself and the database has them with their hash: the hash of the last speaks for all.</summary>
    private async Task<IReadOnlyList<StoredChange>?> FindHandedOverAsync(DbConnection connection) =>
        _committed.FindAfter(_index.Seq) is { } changes && await StatusChangeReader.FindHashAsync(connection, changes[^1].Change.Seq) is { } stored && changes[^1].Hash.AsSpan().SequenceEqual(stored)
            ? changes
            : null;

    /// <summary>The database was put back, or replaced, under a node that runs.</summary>
    private async Task StopAsync(long stored)
    {
        if (!_isAhead)
        {
            LogAhead(_index.Seq, stored);
        }

        _isAhead = true;
        await _seen.HoldAsync(_index.Seq, _index.ChainHash, "this node's memory");
    }

    private void Apply(StatusChange change, byte[] hash)
    {
        try
        {
            _index.Apply(change);
        }
        catch (StatusDocumentException e) when (_index.Lost.Count == 0)
        {
            throw new ChainBrokenException(e.Message);
        }

        if (!_index.ChainHash.Span.SequenceEqual(hash))
        {
            throw new ChainBrokenException($"The status chain in the database does not fit its own hashes at change {change.Seq}.");
        }

        _recent.Add(new StoredChange(change, hash));
    }

    /// <summary>Holds some of the index against its hashes. What was lost is restored before anything is applied or published again.</summary>
    private void CheckMemory()
    {
        foreach (var (list, chunk) in _index.CheckMemory(MemoryRound.Chunks(_index, s_headInterval)))
        {
            LogDamaged(list, chunk);
            _metrics.Alarm("damaged-memory");
            Wake();
        }
    }

    /// <summary>Makes chunks anew from the changes in the database that were lost to damaged memory.</summary>
    /// <exception cref="ChainBrokenException">The database does not say what was published.</exception>
    private async Task RestoreAsync(CancellationToken cancellation)
    {
        foreach (var (list, chunk) in _index.Lost)
        {
            await using var connection = await _database.OpenAsync(cancellation);
            var made = new StatusList(list);
            await foreach (var change in StatusChangeReader.ReadChunkAsync(connection, list, chunk, _index.Seq).WithCancellation(cancellation))
            {
                made.Set(change.Index, change.Entry);
            }

            // As it was published last, unless it has changed since.
            var snapshot = made.Snapshot();
            var newest = _published.FindNewest(_node.Region);
            var hash = chunk < snapshot.ChunkCount ? snapshot.ChunkHashes.Slice(chunk * Sm3.HashSize, Sm3.HashSize) : default;
            if (hash.IsEmpty || (newest?.Snapshot.Head.Seq == _index.Seq
                && newest.Snapshot.Lists.First(l => l.Number == list).ChunkHashes.Span.Slice(chunk * Sm3.HashSize, Sm3.HashSize) is var signed && !signed.SequenceEqual(hash.Span)))
            {
                throw new ChainBrokenException($"The changes in the database do not make chunk {chunk} of list {list} as it was published at change {_index.Seq}.");
            }

            _index.ReplaceChunk(StatusChunk.FromParts([snapshot.ReadChunk(chunk)], list, chunk, hash.Span)[0]);
            LogRestored(list, chunk);
        }
    }

    private async Task PublishAsync(long timeMilliseconds)
    {
        _index.ListBound = _trust.OwnRegion.ListBound;
        if (GiveOut(timeMilliseconds) is not { } published)
        {
            return;
        }

        _published.Add(published.Snapshot, published.Document, KeptSnapshots);
        if (_unwritten is var (seq, since))
        {
            await _commits.RunAsync(transaction => StandingHeads.WriteAsync(transaction, seq, since));
            _unwritten = null;
        }
    }

    /// <summary>Signs a head and gives it, and the changes that lead to it, to those who follow.</summary>
    /// <returns>Null when no key may sign it.</returns>
    private PublishedIndexes.Published? GiveOut(long timeMilliseconds)
    {
        if (_keys.Find(KeyUse.Index) is not { } signer)
        {
            return null;
        }

        var snapshot = _index.Publish(timeMilliseconds);
        var published = new PublishedIndexes.Published(snapshot, StatusHeadDocument.Sign(snapshot.Head, signer));

        // Witnesses first: what partners may hold must be found again after a restore.
        _seen.Remember(snapshot.Head.Seq, published.Document);
        _feed.Publish(published);
        if (_standing.TryAdd(snapshot.Head.Seq, timeMilliseconds))
        {
            _unwritten = (snapshot.Head.Seq, timeMilliseconds);
        }

        _clock.RaiseFloor(timeMilliseconds);
        return published;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The region's licence index is loaded up to change {Seq}.")]
    private partial void LogLoaded(long seq);

    [LoggerMessage(Level = LogLevel.Error, Message = "Memory was damaged in the region's licence index, list {List}, chunk {Chunk}: its licences are UNDETERMINED at this node until it is made anew from the database. If this comes again, have this machine's memory tested.")]
    private partial void LogDamaged(int list, int chunk);

    [LoggerMessage(Level = LogLevel.Information, Message = "Chunk {Chunk} of list {List} of the region's licence index is made anew from the database.")]
    private partial void LogRestored(int list, int chunk);

    [LoggerMessage(Level = LogLevel.Error, Message = "The region's licence index could not be followed or published; trying again.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "The region's licence index is followed and published again.")]
    private partial void LogBack();

    [LoggerMessage(Level = LogLevel.Critical, Message = "This node knows change {Seq}, of which the database, which ends at {Stored}, knows nothing: it was put back while the node ran. No head is published any more. Restart the node once 'crossprovince status resume' has said how to go on.")]
    private partial void LogAhead(long seq, long stored);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The region's status chain is broken: no head is published any more. Compare the database with its backup.")]
    private partial void LogChainBroken(Exception exception);
}

/// <summary>The stored chain contradicts itself.</summary>
internal sealed class ChainBrokenException(string message) : Exception(message);
