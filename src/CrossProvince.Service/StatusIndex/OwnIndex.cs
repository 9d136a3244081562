using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;

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

    /// <summary>How long an entry must have stood in a published head before codes for it are signed, milliseconds.</summary>
    private const long StandMilliseconds = 5_000;

    /// <summary>Published states kept, so that a partner that read one head can still fetch what it speaks of.</summary>
    private const int KeptSnapshots = 20;

    private const int ReadAtOnce = 5_000;

    private readonly Database _database;
    private readonly GroupCommit _commits;
    private readonly NodeSettings _node;
    private readonly TrustSource _trust;
    private readonly PublishedIndexes _published;
    private readonly TrustedClock _clock;
    private readonly ILogger<OwnIndex> _logger;
    private readonly RegionIndex _index;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Queue<(long Seq, long PublishedAt)> _standing = new();
    private volatile TaskCompletionSource _advanced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _stoodSeq;
    private long _publishedSeq;

    public OwnIndex(
        Database database, GroupCommit commits, NodeSettings node, TrustSource trust, LicenceIndex index, PublishedIndexes published,
        TrustedClock clock, ILogger<OwnIndex> logger)
    {
        (_database, _commits, _node, _trust, _published, _clock, _logger) = (database, commits, node, trust, published, clock, logger);
        _index = index.GetOrAdd(node.Region, trust.OwnRegion.ListBound);
    }

    /// <summary>How many lists the trust list allows this region.</summary>
    public int ListBound => _index.ListBound;

    /// <summary>Loads the whole chain, checking every link, before the node answers anything.</summary>
    /// <exception cref="ConfigurationException">The stored chain contradicts itself.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CatchUpAsync(cancellationToken);
        }
        catch (ChainBrokenException e)
        {
            throw new ConfigurationException("ConnectionStrings:Database", $"names a database that must not be published: {e.Message} Compare it with its backup.");
        }

        await using var connection = await _database.OpenAsync(cancellationToken);
        _stoodSeq = await NodeState.ReadAsync(connection, NodeState.StoodSeq);
        _publishedSeq = await NodeState.ReadAsync(connection, NodeState.PublishedSeq);
        _standing.Enqueue((_publishedSeq, await NodeState.ReadAsync(connection, NodeState.PublishedAt)));
        LogLoaded(_index.Seq);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Waits until the index in memory holds a change that has been committed.</summary>
    /// <exception cref="StorageException">The chain is broken: the index will never hold it.</exception>
    public async Task WaitForAsync(long seq)
    {
        while (_index.Seq < seq)
        {
            var advanced = _advanced.Task;
            Wake();
            if (_index.Seq < seq)
            {
                await advanced;
            }
        }
    }

    /// <summary>Whether a change has stood in a published head long enough for codes to be signed on it.</summary>
    public bool HasStood(long seq)
    {
        lock (_standing)
        {
            return seq <= StoodSeq();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var nextHead = DateTime.MinValue;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var time = _clock.Now();
                await CatchUpAsync(stoppingToken);
                if (DateTime.UtcNow >= nextHead && !time.ClockBehind)
                {
                    await PublishAsync(time.UnixMilliseconds);
                    nextHead = DateTime.UtcNow + s_headInterval;
                }

                var untilHead = nextHead - DateTime.UtcNow;
                await _wake.WaitAsync(untilHead > TimeSpan.Zero ? untilHead : s_headInterval, stoppingToken);
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
                LogFailed(e);
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

    private async Task CatchUpAsync(CancellationToken cancellation)
    {
        await using var connection = await _database.OpenAsync(cancellation);
        while (true)
        {
            var changes = await StatusChangeReader.ReadAsync(connection, _index.Seq + 1, ReadAtOnce);
            foreach (var (change, hash) in changes)
            {
                Apply(change, hash);
            }

            if (changes.Count > 0)
            {
                Interlocked.Exchange(ref _advanced, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            }

            if (changes.Count < ReadAtOnce)
            {
                return;
            }
        }
    }

    private void Apply(StatusChange change, byte[] hash)
    {
        try
        {
            _index.Apply(change);
        }
        catch (StatusDocumentException e)
        {
            throw new ChainBrokenException(e.Message);
        }

        if (!_index.ChainHash.Span.SequenceEqual(hash))
        {
            throw new ChainBrokenException($"The status chain in the database does not fit its own hashes at change {change.Seq}.");
        }
    }

    private async Task PublishAsync(long timeMilliseconds)
    {
        _index.ListBound = _trust.OwnRegion.ListBound;
        var snapshot = _index.Publish(timeMilliseconds);
        var document = StatusHeadDocument.Sign(snapshot.Head, _node.IndexSigner);
        _published.Add(snapshot, document, KeptSnapshots);
        _clock.RaiseFloor(timeMilliseconds);
        if (snapshot.Head.Seq == _publishedSeq)
        {
            return;
        }

        long stoodSeq;
        lock (_standing)
        {
            _standing.Enqueue((snapshot.Head.Seq, timeMilliseconds));
            stoodSeq = StoodSeq();
        }

        await _commits.RunAsync(async transaction =>
        {
            await NodeState.WriteAsync(transaction, NodeState.PublishedSeq, snapshot.Head.Seq);
            await NodeState.WriteAsync(transaction, NodeState.PublishedAt, timeMilliseconds);
            await NodeState.WriteAsync(transaction, NodeState.StoodSeq, stoodSeq);
        });
        _publishedSeq = snapshot.Head.Seq;
    }

    /// <summary>Up to which change everything has stood long enough; the caller holds the lock.</summary>
    private long StoodSeq()
    {
        var now = _clock.Now().UnixMilliseconds;
        while (_standing.TryPeek(out var head) && head.PublishedAt + StandMilliseconds <= now)
        {
            _stoodSeq = Math.Max(_stoodSeq, head.Seq);
            _standing.Dequeue();
        }

        return _stoodSeq;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The region's licence index is loaded up to change {Seq}.")]
    private partial void LogLoaded(long seq);

    [LoggerMessage(Level = LogLevel.Error, Message = "The region's licence index could not be followed or published; trying again.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The region's status chain is broken: no head is published any more. Compare the database with its backup.")]
    private partial void LogChainBroken(Exception exception);
}

/// <summary>The stored chain contradicts itself.</summary>
internal sealed class ChainBrokenException(string message) : Exception(message);
