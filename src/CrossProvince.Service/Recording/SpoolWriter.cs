using System.Diagnostics;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Recording;

/// <summary>Appends records: whatever arrives while one group is made durable forms the next.</summary>
/// <remarks>
/// One thread writes a group, waits for the disk to confirm it, and answers all of it at once; an idle node waits for nothing. After an error the file is not trusted any
/// more: a flush that failed may have thrown away what it should have written, and the next would not say so. What was confirmed before stays; the group is written
/// once more, into a new file. When that fails too, all are refused until a trial shows that the disk takes bytes again.
/// </remarks>
internal sealed class SpoolWriter : IDisposable
{
    /// <summary>What may wait while a group is written, bytes.</summary>
    private const int MostWaitingBytes = 32 * 1024 * 1024;

    private const int TrialBytes = 256 * 1024;

    /// <summary>A full spool has about so many segments: space comes back by whole ones.</summary>
    private const int Segments = 16;

    private const long SmallestSegment = 64 * 1024;
    private const long LargestSegment = 64 * 1024 * 1024;

    private static readonly TimeSpan s_trialInterval = TimeSpan.FromMilliseconds(500);

    private readonly SpoolFolder _folder;
    private readonly SpoolDisk _disk;
    private readonly RecordingOptions _options;
    private readonly RecordingMetrics _metrics;
    private readonly ILogger _logger;
    private readonly long _segmentBytes;
    private readonly object _gate = new();
    private readonly Thread _thread;
    private RecordGroup _open = new();
    private RecordGroup _writing = new();

    /// <summary>Bytes of <see cref="_writing"/> that the folder does not count yet.</summary>
    private int _unwritten;
    private SpoolException? _refusal;
    private bool _isFullTold;
    private bool _isStopping;
    private SpoolSegment? _segment;
    private long _last;

    /// <summary>Begins behind what the folder holds; <see cref="Start"/> begins to write.</summary>
    /// <param name="folder">An open folder.</param>
    /// <param name="last">Number of the last record that was ever written there.</param>
    /// <param name="disk">Writes.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="metrics">Counts.</param>
    /// <param name="logger">Hears of failures.</param>
    public SpoolWriter(SpoolFolder folder, long last, SpoolDisk disk, RecordingOptions options, RecordingMetrics metrics, ILogger logger)
    {
        (_folder, _last, _disk, _options, _metrics, _logger) = (folder, last, disk, options, metrics, logger);
        _segmentBytes = Math.Clamp(options.MaxBytes / Segments, SmallestSegment, LargestSegment);
        _thread = new Thread(Run) { IsBackground = true, Name = "spool" };
    }

    /// <summary>Called, by the writing thread, whenever more records have become durable.</summary>
    public Action? Grown { get; set; }

    /// <summary>Number of the last durable record.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>The segment that grows; null when there is none.</summary>
    public SpoolSegment? Growing => Volatile.Read(ref _segment);

    /// <summary>Why nothing is taken; null when it is.</summary>
    public SpoolFault? Refusing
    {
        get
        {
            lock (_gate)
            {
                return _refusal?.Fault ?? (IsFull ? SpoolFault.Full : null);
            }
        }
    }

    public void Start() => _thread.Start();

    /// <summary>Appends records.</summary>
    /// <returns>Done when all of them are durable.</returns>
    /// <exception cref="SpoolException">They are not durable: the spool is full, or cannot be written.</exception>
    /// <exception cref="StorageBusyException">Too much is waiting; nothing was done.</exception>
    public Task AppendAsync(IReadOnlyList<VerificationRecord> records)
    {
        if (records.Count == 0)
        {
            return Task.CompletedTask;
        }

        lock (_gate)
        {
            if (_isStopping)
            {
                return Task.FromException(new SpoolException(SpoolFault.Stopping));
            }

            if ((_refusal ?? FindFull()) is { } refusal)
            {
                return Refuse(records.Count, refusal);
            }

            if (_open.Length > MostWaitingBytes)
            {
                return Task.FromException(new StorageBusyException());
            }

            var wasEmpty = _open.Count == 0;
            foreach (var record in records)
            {
                _open.Add(record);
            }

            if (wasEmpty)
            {
                Monitor.Pulse(_gate);
            }

            return _open.Durable;
        }
    }

    /// <summary>Done when everything that was appended before is durable or refused.</summary>
    public Task SettledAsync()
    {
        lock (_gate)
        {
            return _open.Count > 0 ? _open.Durable : _writing.Count > 0 ? _writing.Durable : Task.CompletedTask;
        }
    }

    /// <summary>The newest record of a caller's request that was appended and may not be in the database yet.</summary>
    public PendingAnswer? Find(string caller, string requestId)
    {
        var key = RecordGroup.Key(caller, requestId);
        lock (_gate)
        {
            if ((_open.Find(key) ?? _writing.Find(key)) is { } pending)
            {
                return pending.Is(caller, requestId) ? pending : null;
            }
        }

        return _folder.Find(key) is { } body && new PendingAnswer(RecordFormat.Read(body), Task.CompletedTask) is { } found && found.Is(caller, requestId) ? found : null;
    }

    /// <summary>Takes nothing more, writes what waits, and ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }

        if (_thread.IsAlive)
        {
            _thread.Join();
        }
    }

    private bool IsFull => _folder.Bytes + _open.Length + _unwritten >= _options.MaxBytes;

    /// <summary>The refusal of a full spool, said in the log once.</summary>
    private SpoolException? FindFull()
    {
        if (!IsFull)
        {
            _isFullTold = false;
            return null;
        }

        if (!_isFullTold)
        {
            _isFullTold = true;
            _logger.LogFull(_options.MaxBytes, Consequence);
        }

        return new SpoolException(SpoolFault.Full);
    }

    private string Consequence => _options.ContinueUnrecorded ? "Verifying goes on UNRECORDED." : "Verifying is refused.";

    /// <summary>What becomes of records that can't be written: an error, or nothing where the operator wants it so.</summary>
    private Task Refuse(int records, SpoolException refusal)
    {
        if (!_options.ContinueUnrecorded)
        {
            return Task.FromException(refusal);
        }

        _metrics.Unrecorded(records);
        return Task.CompletedTask;
    }

    private void Run()
    {
        while (TryTake(out var isTrial))
        {
            if (isTrial)
            {
                Try();
            }
            else
            {
                Put(_writing);
                lock (_gate)
                {
                    _writing.Clear();
                }
            }
        }
    }

    /// <summary>Waits for a group, or for the time of a trial.</summary>
    /// <returns>False when there will be no more.</returns>
    private bool TryTake(out bool isTrial)
    {
        lock (_gate)
        {
            isTrial = false;
            while (_open.Count == 0)
            {
                if (_isStopping)
                {
                    return false;
                }

                if (!Monitor.Wait(_gate, _refusal is null ? Timeout.InfiniteTimeSpan : s_trialInterval))
                {
                    isTrial = true;
                    return true;
                }
            }

            (_open, _writing) = (_writing, _open);
            _unwritten = _writing.Length;
            return true;
        }
    }

    private void Put(RecordGroup group)
    {
        var start = Stopwatch.GetTimestamp();
        group.Seal(_last + 1);
        var failure = TryWrite(group);
        if (failure is not null)
        {
            // The first file may be the trouble; a second that fails tells that it is the disk.
            _logger.LogFileGivenUp(failure);
            GiveUpSegment();
            failure = TryWrite(group);
        }

        if (failure is not null)
        {
            GiveUpSegment();
            var refusal = new SpoolException(SpoolFault.Unwritable, failure);
            lock (_gate)
            {
                _refusal = refusal;
                _unwritten = 0;
            }

            _logger.LogUnwritable(failure, Consequence);
            _metrics.Unrecorded(_options.ContinueUnrecorded ? group.Count : 0);
            group.End(_options.ContinueUnrecorded ? null : refusal);
            return;
        }

        var segment = _segment!;
        lock (_gate)
        {
            // Requests are found in the group until they are found in the segment.
            _folder.Remember(segment, group.Requests((int)segment.Length), group.NewestTime - Verifications.RequestMilliseconds);
            segment.Grow(group.Length, _last + group.Count);
            _unwritten = 0;
            Volatile.Write(ref _last, _last + group.Count);
        }

        _metrics.Appended(group.Count, Stopwatch.GetElapsedTime(start));
        group.End(null);
        Grown?.Invoke();
    }

    private Exception? TryWrite(RecordGroup group)
    {
        try
        {
            if (_segment is null || (_segment.Length > 0 && _segment.Length + group.Length > _segmentBytes))
            {
                Volatile.Write(ref _segment, _folder.Begin(_last + 1));
            }

            _disk.Write(_segment!.File, group.Bytes, _segment.Length);
            _disk.Flush(_segment.File);
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    /// <summary>Writes nothing more into this file. What was confirmed stays in it; the rest is cut off, or counts for nothing where even that fails.</summary>
    private void GiveUpSegment()
    {
        if (_segment is not { } segment)
        {
            return;
        }

        Volatile.Write(ref _segment, null);
        try
        {
            if (segment.Length == 0)
            {
                _folder.Delete(segment);
            }
            else
            {
                RandomAccess.SetLength(segment.File, segment.Length);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.LogNotCut(e);
        }
    }

    /// <summary>Finds out whether the disk takes bytes again.</summary>
    private void Try()
    {
        var file = _folder.InFolder("trial");
        try
        {
            File.Delete(file);
            using (var trial = _disk.Create(file))
            {
                _disk.Write(trial, new byte[TrialBytes], 0);
                _disk.Flush(trial);
            }

            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;
        }

        lock (_gate)
        {
            _refusal = null;
        }

        _logger.LogWritable();
    }
}
