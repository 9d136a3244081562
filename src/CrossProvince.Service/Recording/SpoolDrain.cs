using System.Diagnostics;
using CrossProvince.Service.Storage;

namespace CrossProvince.Service.Recording;

/// <summary>Moves durable records into the database, in order, and deletes the files that are through.</summary>
/// <remarks>
/// Records that are there already are passed over by the database, so a batch may be written again: after a crash, or when an answer was lost. While the database does not take them they
/// wait. A record that it refuses for its content is kept apart, and the rest goes on.
/// </remarks>
internal sealed class SpoolDrain : IAsyncDisposable
{
    /// <summary>Fewer records are waited for a moment, so that a database has few commits; whoever reads the table makes them go at once.</summary>
    private const int Many = 4_096;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_shortestRetry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longestRetry = TimeSpan.FromSeconds(5);

    /// <summary>No batch takes longer unless something hangs.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly SpoolFolder _folder;
    private readonly SpoolWriter _writer;
    private readonly SpoolDamage _damage;
    private readonly RefusedRecords _refused;
    private readonly IVerificationTable _table;
    private readonly Database _database;
    private readonly RecordingMetrics _metrics;
    private readonly ILogger _logger;
    private readonly SegmentReader _reader = new();
    private readonly RecordBatch.Builder _batch;
    private readonly SemaphoreSlim _grown = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly int _many;
    private readonly Task _loop;
    private volatile TaskCompletionSource _hurry = NewSignal();
    private TaskCompletionSource _progress = NewSignal();
    private SpoolSegment? _segment;
    private long _offset;
    private long _last;
    private long _oldestTime;
    private bool _isNewDamage;
    private volatile bool _isWaiting;

    /// <summary>Begins to drain.</summary>
    /// <param name="folder">An open folder.</param>
    /// <param name="writer">Fills it.</param>
    /// <param name="last">Number of the last record that is in the database.</param>
    /// <param name="damage">Hears of damaged bytes.</param>
    /// <param name="refused">Takes what the database refuses.</param>
    /// <param name="table">Where records go.</param>
    /// <param name="database">Is asked whether it is there again.</param>
    /// <param name="metrics">Counts.</param>
    /// <param name="logger">Hears when the database does not take records.</param>
    public SpoolDrain(
        SpoolFolder folder, SpoolWriter writer, long last, SpoolDamage damage, RefusedRecords refused, IVerificationTable table, Database database, RecordingMetrics metrics, ILogger logger)
    {
        (_folder, _writer, _last, _damage, _refused, _table, _database, _metrics, _logger) = (folder, writer, last, damage, refused, table, database, metrics, logger);
        _batch = new RecordBatch.Builder(table.MostRecords);
        _many = Math.Min(Many, table.MostRecords);
        writer.Grown = Wake;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Number of the last record that is in the database, or was refused by it.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Time of the oldest record that is not in the database, Unix milliseconds; 0 when there is none.</summary>
    public long OldestTime => Last == _writer.Last ? 0 : Volatile.Read(ref _oldestTime);

    /// <summary>Waits until the database has all records up to a number; returns early while it takes none.</summary>
    public async Task ReachAsync(long number, CancellationToken cancellation)
    {
        while (Last < number && !_isWaiting)
        {
            var progress = Volatile.Read(ref _progress);
            _hurry.TrySetResult();
            if (Last < number && !_isWaiting)
            {
                await progress.Task.WaitAsync(cancellation);
            }
        }
    }

    /// <summary>Stops where it is; what is not in the database stays in the files.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
        _grown.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Wake()
    {
        if (_writer.Last - Last >= _many)
        {
            _hurry.TrySetResult();
        }

        if (_grown.CurrentCount == 0)
        {
            try
            {
                _grown.Release();
            }
            catch (SemaphoreFullException)
            {
                // Somebody else did.
            }
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                if (Last == _writer.Last)
                {
                    await _grown.WaitAsync(_stopping.Token);
                    continue;
                }

                await Task.WhenAny(_hurry.Task, Task.Delay(s_pause, _stopping.Token));
                _stopping.Token.ThrowIfCancellationRequested();
                _hurry = NewSignal();
                do
                {
                    var last = Fill();
                    await WriteAsync();
                    Move(last);
                }
                while (_writer.Last - Last >= _many);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // What is left is there at the next start.
        }
    }

    /// <summary>Collects the next batch.</summary>
    /// <returns>Number of the last record that it takes the database to.</returns>
    private long Fill()
    {
        _batch.Clear();
        var last = Last;
        while (!_batch.IsFull && FindSegment(last) is { } segment)
        {
            if (segment != _segment)
            {
                (_segment, _offset) = (segment, 0);
            }

            // In this order: what a number promises is there.
            var end = segment.Last;
            _reader.Open(segment, _offset, segment.Length);
            last = Read(segment, last);
            if (!_batch.IsFull && last < end)
            {
                Miss(last, end + 1);
                last = end;
            }
        }

        return last;
    }

    /// <summary>Reads records until the batch is full or the segment is through.</summary>
    private long Read(SpoolSegment segment, long last)
    {
        while (!_batch.IsFull && _reader.Read() is var found and not Reading.End)
        {
            _offset = _reader.Offset + _reader.Length;
            if (found != Reading.Record)
            {
                _isNewDamage |= _damage.Report(segment, _reader);
            }
            else if (SpoolFrame.Sequence(_reader.Frame) is var number && number > last)
            {
                Miss(last, number);
                last = number;
                var body = SpoolFrame.Body(_reader.Frame);
                if (_batch.Count == 0)
                {
                    Volatile.Write(ref _oldestTime, RecordFormat.Read(body).Time);
                }

                _batch.Add(body);
            }
        }

        return last;
    }

    /// <summary>The segment in which the record after this one is.</summary>
    private SpoolSegment? FindSegment(long last) => _folder.Segments.FirstOrDefault(segment => segment.Last > last);

    /// <summary>Tells of records that were damaged since the node began; what was missing then has been told.</summary>
    private void Miss(long last, long number)
    {
        if (_isNewDamage && number > last + 1)
        {
            _damage.Missing(last + 1, number - 1);
        }

        _isNewDamage = false;
    }

    /// <summary>Returns when the database has the batch, but for what it refuses.</summary>
    private async Task WriteAsync()
    {
        if (_batch.Count == 0)
        {
            return;
        }

        var parts = new Stack<RecordBatch>([_batch.Build()]);
        var pause = s_shortestRetry;
        while (parts.TryPeek(out var records))
        {
            var failure = await TryWriteAsync(records);
            if (failure is RecordsRefusedException && records.Count > 1)
            {
                // One of them is the trouble: the halves tell which.
                parts.Pop();
                var (first, second) = records.Halve();
                parts.Push(second);
                parts.Push(first);
            }
            else if (failure is null || (failure is RecordsRefusedException refusal && TryKeepApart(records.Read(0), refusal)))
            {
                parts.Pop();
                Go();
            }
            else
            {
                Stay(failure);
                await WaitAsync(pause);
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, s_longestRetry.Ticks));
            }
        }
    }

    private async Task<Exception?> TryWriteAsync(RecordBatch records)
    {
        var start = Stopwatch.GetTimestamp();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        patience.CancelAfter(s_patience);
        try
        {
            await _table.WriteAsync(records, patience.Token);
            _metrics.Drained(Stopwatch.GetElapsedTime(start));
            return null;
        }
        catch (Exception e) when (!_stopping.IsCancellationRequested)
        {
            return e;
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            throw new OperationCanceledException(_stopping.Token);
        }
    }

    private bool TryKeepApart(Verifying.VerificationRecord record, RecordsRefusedException refusal)
    {
        try
        {
            _refused.Keep(record, refusal.Code);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Go()
    {
        if (_isWaiting)
        {
            _isWaiting = false;
            _logger.LogTaken();
        }
    }

    private void Stay(Exception failure)
    {
        if (!_isWaiting)
        {
            _isWaiting = true;
            _logger.LogWaiting(failure);
        }

        Signal();
    }

    /// <summary>Waits a moment, and for as long as the database is away.</summary>
    private async Task WaitAsync(TimeSpan pause)
    {
        do
        {
            await Task.Delay(pause, _stopping.Token);
        }
        while (!await _database.ProbeAsync());
    }

    /// <summary>The database has everything up to a number.</summary>
    private void Move(long last)
    {
        Volatile.Write(ref _last, last);
        try
        {
            _folder.WriteCursor(last + 1);
            foreach (var segment in _folder.Segments.Where(s => s.Length > 0 && s.Last <= last && s != _writer.Growing))
            {
                _folder.Delete(segment);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.LogNotDeleted(e);
        }

        Signal();
    }

    private void Signal() => Interlocked.Exchange(ref _progress, NewSignal()).TrySetResult();
}
