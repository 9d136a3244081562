namespace CrossProvince.Service.Recording;

/// <summary>What a reader came upon.</summary>
internal enum Reading
{
    /// <summary>The end of what is durable.</summary>
    End,

    /// <summary>A record.</summary>
    Record,

    /// <summary>Bytes that are no record, with records or the end behind them.</summary>
    Damage,

    /// <summary>A record at the end of the file whose writing was cut short; it was never acknowledged.</summary>
    Cut,
}

/// <summary>Reads the frames of a segment in order, and finds the next good one behind a bad one.</summary>
internal sealed class SegmentReader
{
    private byte[] _buffer = new byte[1024 * 1024];
    private SpoolSegment _segment = null!;
    private int _start;
    private int _filled;
    private long _end;

    /// <summary>Place in the file of what was read last.</summary>
    public long Offset { get; private set; }

    /// <summary>Its length: the frame's, or of the damaged bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The frame that was read last, until the next is read.</summary>
    public ReadOnlySpan<byte> Frame => _buffer.AsSpan(_start, Length);

    /// <summary>Begins to read.</summary>
    /// <param name="segment">The file.</param>
    /// <param name="offset">Where to begin.</param>
    /// <param name="end">Where to stop: what is durable, or all that there is.</param>
    public void Open(SpoolSegment segment, long offset, long end)
    {
        (_segment, Offset, Length, _end) = (segment, offset, 0, end);
        (_start, _filled) = (0, 0);
    }

    /// <summary>Goes on to the next frame.</summary>
    public Reading Read()
    {
        Offset += Length;
        _start += Length;
        Length = 0;
        if (Offset >= _end)
        {
            return Reading.End;
        }

        var state = Check(0, out var length);
        if (state == FrameState.Whole)
        {
            Length = length;
            return Reading.Record;
        }

        // Nothing that follows a frame which was cut short was ever written, unless its length lies.
        var next = FindNext();
        Length = (int)((next ?? _end) - Offset);
        return next is null && (state == FrameState.Cut || IsBlank()) ? Reading.Cut : Reading.Damage;
    }

    /// <summary>What begins at a distance from where the reader stands, with as many bytes as that takes.</summary>
    private FrameState Check(int distance, out int length)
    {
        Fill(distance + SpoolFrame.HeaderBytes);
        var state = SpoolFrame.Check(Ahead(distance), out length);
        if (state == FrameState.Cut && Fill(distance + length))
        {
            state = SpoolFrame.Check(Ahead(distance), out length);
        }

        return state;
    }

    private ReadOnlySpan<byte> Ahead(int distance) => _buffer.AsSpan(_start + distance, _filled - _start - distance);

    /// <summary>Place of the next good frame; null when there is none.</summary>
    private long? FindNext()
    {
        for (var distance = 1; Offset + distance + SpoolFrame.HeaderBytes <= _end; distance++)
        {
            if (Check(distance, out _) == FrameState.Whole)
            {
                return Offset + distance;
            }
        }

        return null;
    }

    /// <summary>A file may have grown before its bytes were written: then a power cut leaves zeros.</summary>
    private bool IsBlank()
    {
        Fill(Length);
        return !Ahead(0)[..Length].ContainsAnyExcept((byte)0);
    }

    /// <summary>Has so many bytes in the buffer, counted from where the reader stands.</summary>
    /// <returns>False when what is to be read ends before.</returns>
    private bool Fill(int count)
    {
        var wanted = (int)Math.Min(count, _end - Offset);
        if (_filled - _start >= wanted)
        {
            return wanted == count;
        }

        var buffer = wanted > _buffer.Length ? new byte[Math.Max(wanted, _buffer.Length * 2)] : _buffer;
        _buffer.AsSpan(_start, _filled - _start).CopyTo(buffer);
        (_buffer, _filled, _start) = (buffer, _filled - _start, 0);
        while (_filled < wanted)
        {
            var rest = (int)Math.Min(_buffer.Length - _filled, _end - Offset - _filled);
            var read = RandomAccess.Read(_segment.File, _buffer.AsSpan(_filled, rest), Offset + _filled);
            if (read == 0)
            {
                throw new EndOfStreamException("A file of the spool is shorter than it was.");
            }

            _filled += read;
        }

        return wanted == count;
    }
}
