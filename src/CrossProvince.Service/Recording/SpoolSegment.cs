using Microsoft.Win32.SafeHandles;

namespace CrossProvince.Service.Recording;

/// <summary>One file of the spool: records of consecutive numbers, of which the name says the first.</summary>
internal sealed class SpoolSegment(string path, long first, SafeFileHandle file) : IDisposable
{
    /// <summary>Where in this file a caller's request is; one entry for each of the newest with that key.</summary>
    private Dictionary<ulong, int>? _requests;

    private long _length;
    private long _last = first - 1;

    public string Path { get; } = path;

    /// <summary>Number of its first record.</summary>
    public long First { get; } = first;

    /// <summary>Number of its last durable record; one below <see cref="First"/> while there is none.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Bytes that are durable; what lies behind them counts for nothing.</summary>
    public long Length => Volatile.Read(ref _length);

    /// <summary>Time of its newest record, Unix milliseconds.</summary>
    public long NewestTime { get; private set; }

    /// <summary>Bytes that were found damaged, by place: each is told once.</summary>
    public HashSet<long> Damaged { get; } = [];

    public SafeFileHandle File { get; } = file;

    /// <summary>Takes in what has become durable.</summary>
    /// <param name="bytes">How many bytes.</param>
    /// <param name="last">Number of the last record among them.</param>
    public void Grow(int bytes, long last)
    {
        // Whoever reads the number finds the bytes.
        Volatile.Write(ref _length, _length + bytes);
        Volatile.Write(ref _last, last);
    }

    /// <summary>Remembers where a request's record is.</summary>
    public void Remember(ulong request, int offset, long time)
    {
        (_requests ??= [])[request] = offset;
        NewestTime = Math.Max(NewestTime, time);
    }

    /// <summary>Where the newest record with this key is, or null.</summary>
    public int? Find(ulong request) => _requests is { } known && known.TryGetValue(request, out var offset) ? offset : null;

    /// <summary>Forgets requests that nobody may ask for any more.</summary>
    public void Forget() => _requests = null;

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();
}
