using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Recording;

/// <summary>Records of verifications on their way into the database: durable in files of this node first, so that a counter need not wait for the database nor stop with it.</summary>
/// <remarks>docs/adr/0020. One process uses a spool at a time.</remarks>
internal sealed class VerificationSpool : IVerificationRecorder, IHostedService, IAsyncDisposable
{
    /// <summary>Who reads the table waits so long at most for what was appended before.</summary>
    private static readonly TimeSpan s_longestDrain = TimeSpan.FromSeconds(2);

    /// <summary>A node that is stopped drains for so long.</summary>
    private static readonly TimeSpan s_lastDrain = TimeSpan.FromSeconds(5);

    private readonly RecordingOptions _options;
    private readonly SpoolFolder _folder;
    private readonly SpoolDisk _disk;
    private readonly IVerificationTable _table;
    private readonly RecordedRequests _requests;
    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly RecordingMetrics _metrics;
    private readonly ILogger _logger;
    private SpoolWriter? _writer;
    private SpoolDrain? _drain;
    private bool _isDisposed;

    /// <summary>Names the folder; nothing is opened or made before <see cref="Prepare"/>.</summary>
    public VerificationSpool(
        RecordingOptions options, string folder, RegionCode own, Database database, GroupCommit commits, TimeProvider time, RecordingMetrics metrics, ILogger<VerificationSpool> logger, SpoolDisk? disk = null)
    {
        (_options, _database, _time, _metrics, _logger) = (options, database, time, metrics, logger);
        _disk = disk ?? new SpoolDisk();
        _folder = new SpoolFolder(folder, _disk);
        _requests = new RecordedRequests(database, time);
        _table = database.File is null ? new CopyingTable(database, own, _requests) : new InsertingTable(database, own, _requests, commits);
    }

    /// <summary>Records that are not in the database yet.</summary>
    public long Backlog => _writer is { } writer && _drain is { } drain ? writer.Last - drain.Last : 0;

    /// <summary>Age of the oldest of them; zero when there is none.</summary>
    public TimeSpan BacklogAge => _drain is { OldestTime: > 0 and var oldest } ? _time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(oldest) : TimeSpan.Zero;

    /// <summary>Why <see cref="AppendAsync"/> would fail now; null when it would not.</summary>
    public SpoolFault? Refusing => _writer?.Refusing;

    /// <summary>Opens the folder, reads what an earlier run left, and begins to take records and to drain; the database must have its tables.</summary>
    /// <exception cref="ConfigurationException">The folder cannot be used, or another process uses it.</exception>
    public void Prepare()
    {
        _folder.Open();
        var damage = new SpoolDamage(_folder, _metrics, _logger);
        var recovery = new SpoolRecovery(_folder, damage, _logger);
        recovery.Run(_time.GetUtcNow().ToUnixTimeMilliseconds() - Verifications.RequestMilliseconds);
        var refused = new RefusedRecords(_folder, _disk, _metrics, _logger);
        _writer = new SpoolWriter(_folder, recovery.Last, _disk, _options, _metrics, _logger);
        _drain = new SpoolDrain(_folder, _writer, recovery.Next - 1, damage, refused, _table, _database, _metrics, _logger);
        _writer.Start();
        _requests.Start();
        TryAgain(refused);
        _metrics.Observe(() => Backlog, () => _folder.Bytes, () => BacklogAge.TotalSeconds);
    }

    /// <summary>Makes records durable.</summary>
    /// <param name="records">What is about to be answered; of none nothing is done.</param>
    /// <param name="cancellation">Gives up records that have not been taken; those that were taken stay.</param>
    /// <returns>Done when all of them are durable in this node's spool; the database has them soon after.</returns>
    /// <exception cref="SpoolException">They are not durable: the spool is full, cannot be written, or is being stopped. With <c>Recording:ContinueUnrecorded</c> only the last.</exception>
    /// <exception cref="StorageBusyException">Too much is waiting; nothing was done.</exception>
    /// <exception cref="OperationCanceledException">They were given up; nothing was done.</exception>
    public Task AppendAsync(IReadOnlyList<VerificationRecord> records, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested ? Task.FromCanceled(cancellation) : Writer.AppendAsync(records);

    /// <summary>The record of a caller's request of the same id, if it was appended here since a moment.</summary>
    /// <remarks>
    /// Asked before the database: what is not found here and was appended is there by then. Records of requests that other nodes of the region took are
    /// found in the database only, once those have drained them.
    /// </remarks>
    /// <param name="caller">As in the record.</param>
    /// <param name="requestId">As in the record.</param>
    /// <param name="since">Unix milliseconds: records of this moment or before do not count.</param>
    /// <returns>The newest, which may be answered once its <see cref="PendingAnswer.Durable"/> is done; null when there is none.</returns>
    public PendingAnswer? TryFind(string caller, string requestId, long since) =>
        Writer.Find(caller, requestId) is { } found && found.Record.Time > since ? found : null;

    /// <inheritdoc/>
    public bool MayBeInDatabase(string caller, string requestId) => _requests.MayHave(caller, requestId);

    /// <summary>For who reads the table of verifications: waits until everything appended before at this node is in the database.</summary>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>Done when it is, or after two seconds, or at once while the database takes nothing: then what is there is read.</returns>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public async Task DrainedAsync(CancellationToken cancellation)
    {
        var settled = Writer.SettledAsync();
        if (settled.IsCompleted && Backlog == 0)
        {
            return;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_longestDrain);
        try
        {
            await ((Task)settled.WaitAsync(patience.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _drain!.ReachAsync(Writer.Last, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The database lags.
        }

        cancellation.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Takes nothing more, and drains for a moment; the rest waits for the next start.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Writer.Dispose();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_lastDrain);
        try
        {
            await _drain!.ReachAsync(Writer.Last, patience.Token);
        }
        catch (OperationCanceledException)
        {
            // The next start drains it.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The host ends it both as a part and as a service.
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        _writer?.Dispose();
        if (_drain is not null)
        {
            await _drain.DisposeAsync();
        }

        await _requests.DisposeAsync();

        _folder.Dispose();
    }

    private SpoolWriter Writer => _writer ?? throw new InvalidOperationException("The spool is not prepared.");

    /// <summary>What made the database refuse a record may have been put right since.</summary>
    private void TryAgain(RefusedRecords refused)
    {
        var records = refused.Take();
        if (records.Count == 0)
        {
            return;
        }

        var before = Writer.Last;
        try
        {
            foreach (var chunk in records.Chunk(1_000))
            {
                Writer.AppendAsync(chunk).GetAwaiter().GetResult();
            }

        }
        catch (SpoolException)
        {
            // They stay where they are; why the spool takes nothing has been said.
        }

        // With ContinueUnrecorded an append that failed looks like one that did not.
        if (Writer.Last - before == records.Count)
        {
            refused.Forget();
        }
    }
}
