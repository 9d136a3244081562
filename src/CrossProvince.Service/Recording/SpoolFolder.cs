using System.Globalization;
using CrossProvince.Service.Hosting;
using Microsoft.Win32.SafeHandles;

namespace CrossProvince.Service.Recording;

/// <summary>The files of one spool: segments in order, how far they were drained, and the lock that keeps other processes out.</summary>
/// <remarks>Safe for concurrent calls once <see cref="Open"/> has returned.</remarks>
internal sealed class SpoolFolder(string path, SpoolDisk disk) : IDisposable
{
    private const string Setting = "Recording:Directory";
    private const string Extension = ".spool";
    private const string CursorFile = "drained";
    private const int CursorBytes = SpoolFrame.HeaderBytes + 1;

    private readonly Lock _gate = new();
    private readonly List<SpoolSegment> _segments = [];
    private FileStream? _lock;
    private SafeFileHandle? _cursor;

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>Bytes of all segments.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                var sum = 0L;
                foreach (var segment in _segments)
                {
                    sum += segment.Length;
                }

                return sum;
            }
        }
    }

    /// <summary>The segments, oldest first.</summary>
    public IReadOnlyList<SpoolSegment> Segments
    {
        get
        {
            lock (_gate)
            {
                return [.. _segments];
            }
        }
    }

    /// <summary>Makes the folder where there is none, keeps other processes out of it, and opens what is in it; lengths are not known yet.</summary>
    /// <exception cref="ConfigurationException">The folder cannot be used, or another process uses it.</exception>
    public void Open()
    {
        try
        {
            disk.CreateFolder(Path);
            _lock = Lock();
            _cursor = SpoolDisk.Open(InFolder(CursorFile), FileMode.OpenOrCreate, FileShare.Read).SafeFileHandle;
            foreach (var file in Directory.GetFiles(Path, $"*{Extension}").Order(StringComparer.Ordinal))
            {
                if (long.TryParse(System.IO.Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var first))
                {
                    _segments.Add(new SpoolSegment(file, first, SpoolDisk.Open(file, FileMode.Open, FileShare.Read).SafeFileHandle));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw new ConfigurationException(Setting, $"names a folder that the spool of records cannot use: {e.Message}");
        }
    }

    /// <summary>Number below which all records are in the database. It may lag behind, never run ahead.</summary>
    public long ReadCursor()
    {
        Span<byte> frame = stackalloc byte[CursorBytes];
        return RandomAccess.Read(_cursor!, frame, 0) == frame.Length && SpoolFrame.Check(frame, out _) == FrameState.Whole ? SpoolFrame.Sequence(frame) : 0;
    }

    /// <summary>Writes down that all records below a number are in the database. Not flushed: losing it costs work that is done twice, and no record.</summary>
    public void WriteCursor(long next)
    {
        Span<byte> frame = stackalloc byte[CursorBytes];
        SpoolFrame.Begin(frame, frame.Length - SpoolFrame.HeaderBytes);
        SpoolFrame.Seal(frame, next);
        RandomAccess.Write(_cursor!, frame, 0);
    }

    /// <summary>Begins a new segment.</summary>
    /// <param name="first">Number of its first record, beyond all there are; a file of that name was given up before anything in it was confirmed.</param>
    /// <exception cref="IOException">The disk is full or broken.</exception>
    public SpoolSegment Begin(long first)
    {
        var file = InFolder(first.ToString("D20", CultureInfo.InvariantCulture) + Extension);
        File.Delete(file);
        var segment = new SpoolSegment(file, first, disk.Create(file));
        lock (_gate)
        {
            _segments.Add(segment);
        }

        return segment;
    }

    /// <summary>Deletes a segment of which nothing is needed any more.</summary>
    public void Delete(SpoolSegment segment)
    {
        lock (_gate)
        {
            _segments.Remove(segment);
            segment.Dispose();
        }

        File.Delete(segment.Path);
    }

    /// <summary>Keeps a copy of bytes that are no records, for whoever looks into it; under the same name when they are found again.</summary>
    /// <returns>Name of the copy.</returns>
    public string SetAside(SpoolSegment segment, long offset, ReadOnlySpan<byte> bytes)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{System.IO.Path.GetFileNameWithoutExtension(segment.Path)}-{offset}.damaged");
        File.Delete(InFolder(name));
        using var copy = disk.Create(InFolder(name));
        disk.Write(copy, bytes, 0);
        disk.Flush(copy);
        return name;
    }

    /// <summary>The body of the newest record that was remembered under this key; another's, if by chance both have the same.</summary>
    public byte[]? Find(ulong request)
    {
        lock (_gate)
        {
            for (var i = _segments.Count - 1; i >= 0; i--)
            {
                if (_segments[i].Find(request) is { } offset)
                {
                    return ReadBody(_segments[i], offset);
                }
            }
        }

        return null;
    }

    /// <summary>Remembers where requests are, and forgets those of segments that hold none newer than a moment.</summary>
    public void Remember(SpoolSegment segment, IEnumerable<(ulong Request, int Offset, long Time)> requests, long forgetBefore)
    {
        lock (_gate)
        {
            foreach (var (request, offset, time) in requests)
            {
                segment.Remember(request, offset, time);
            }

            foreach (var old in _segments)
            {
                if (old.NewestTime < forgetBefore)
                {
                    old.Forget();
                }
            }
        }
    }

    /// <summary>Path of a file here.</summary>
    public string InFolder(string name) => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _segments.ForEach(segment => segment.Dispose());
            _segments.Clear();
            _cursor?.Dispose();
            _lock?.Dispose();
        }
    }

    private static byte[] ReadBody(SpoolSegment segment, long offset)
    {
        Span<byte> header = stackalloc byte[SpoolFrame.HeaderBytes];
        RandomAccess.Read(segment.File, header, offset);
        var body = new byte[Math.Clamp(SpoolFrame.BodyLength(header), 0, SpoolFrame.LongestBody)];
        RandomAccess.Read(segment.File, body, offset + header.Length);
        return body;
    }

    private FileStream Lock()
    {
        var file = InFolder("lock");
        try
        {
            return SpoolDisk.Open(file, FileMode.OpenOrCreate, FileShare.None);
        }
        catch (IOException) when (File.Exists(file))
        {
            throw new ConfigurationException(Setting, $"names a folder that another node uses: {Path}. Each node needs a spool of its own.");
        }
    }
}
