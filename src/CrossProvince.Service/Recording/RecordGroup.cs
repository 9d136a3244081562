using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Recording;

/// <summary>Records that become durable together: their frames in one piece, and the promise that all who wait for them share.</summary>
/// <remarks>Not safe for concurrent calls; <see cref="SpoolWriter"/> fills one under its lock while it writes the other.</remarks>
internal sealed class RecordGroup
{
    /// <summary>A buffer that had to grow beyond this is not kept.</summary>
    private const int KeptBytes = 4 * 1024 * 1024;

    private readonly Dictionary<ulong, (VerificationRecord Record, int Offset)> _requests = [];
    private byte[] _bytes = new byte[64 * 1024];
    private TaskCompletionSource _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Count { get; private set; }

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Unix milliseconds.</summary>
    public long NewestTime { get; private set; }

    /// <summary>Done when all of the group is durable.</summary>
    public Task Durable => _durable.Task;

    /// <summary>By what a caller's request is found; it holds within one process only.</summary>
    public static ulong Key(string caller, string requestId) => ((ulong)(uint)caller.GetHashCode() << 32) | (uint)requestId.GetHashCode();

    public void Add(VerificationRecord record)
    {
        var bound = SpoolFrame.HeaderBytes + RecordFormat.Bound(record);
        if (bound > SpoolFrame.LongestBody)
        {
            throw new ArgumentException("A record is longer than the spool takes.", nameof(record));
        }

        if (Length + bound > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + bound));
        }

        if (record.RequestId is { } request)
        {
            _requests[Key(record.Caller, request)] = (record, Length);
        }

        var frame = _bytes.AsSpan(Length);
        var body = RecordFormat.Write(frame[SpoolFrame.HeaderBytes..], record);
        SpoolFrame.Begin(frame, body);
        Length += SpoolFrame.HeaderBytes + body;
        NewestTime = Math.Max(NewestTime, record.Time);
        Count++;
    }

    /// <summary>Numbers the records and completes their frames.</summary>
    public void Seal(long first)
    {
        for (var offset = 0; offset < Length;)
        {
            offset += SpoolFrame.Seal(_bytes.AsSpan(offset), first++);
        }
    }

    /// <summary>The record with this key, which becomes durable with the group.</summary>
    public PendingAnswer? Find(ulong key) => _requests.TryGetValue(key, out var found) ? new PendingAnswer(found.Record, Durable) : null;

    /// <summary>Where requests are in a file to which the group was written.</summary>
    public IEnumerable<(ulong Request, int Offset, long Time)> Requests(int at) => _requests.Select(r => (r.Key, at + r.Value.Offset, r.Value.Record.Time));

    /// <summary>Answers all who wait.</summary>
    public void End(SpoolException? refusal)
    {
        if (refusal is null)
        {
            _durable.SetResult();
        }
        else
        {
            _durable.SetException(refusal);
        }
    }

    /// <summary>Makes it ready for the next records.</summary>
    public void Clear()
    {
        _requests.Clear();
        (Count, Length, NewestTime) = (0, 0, 0);
        _durable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_bytes.Length > KeptBytes)
        {
            _bytes = new byte[KeptBytes];
        }
    }
}
