using System.Buffers.Binary;

namespace CrossProvince.Core.Presentation;

/// <summary>Reads deterministic CBOR (RFC 8949 §4.2) piece by piece and tells a wrong piece from one that is cut off.</summary>
/// <remarks>Every method answers whether the piece is there and right. After a false, <see cref="IsCutOff"/> says which it was.</remarks>
internal ref struct PresentationCursor(ReadOnlySpan<byte> bytes)
{
    // A display besides one text: the array's head, that text's two-byte head, one byte for each of the other three.
    private const int MaxTextBytes = Display.MaxEncodedBytes - 6;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    /// <summary>The bytes ended within a piece that was right so far.</summary>
    public bool IsCutOff { get; private set; }

    /// <summary>Nothing is left.</summary>
    public readonly bool IsAtEnd => Position == _bytes.Length;

    /// <summary>Reads bytes that must be these.</summary>
    public bool TryReadFixed(ReadOnlySpan<byte> expected)
    {
        var rest = _bytes[Position..];
        if (rest.Length < expected.Length)
        {
            IsCutOff = expected.StartsWith(rest);
            return false;
        }

        Position += expected.Length;
        return rest.StartsWith(expected);
    }

    /// <summary>Reads bytes of any value.</summary>
    public bool TryReadAny(int length, out ReadOnlySpan<byte> value)
    {
        if (_bytes.Length - Position < length)
        {
            IsCutOff = true;
            value = default;
            return false;
        }

        value = _bytes.Slice(Position, length);
        Position += length;
        return true;
    }

    /// <summary>Reads one byte of any value.</summary>
    public bool TryReadByte(out byte value)
    {
        var isThere = TryReadAny(1, out var read);
        value = isThere ? read[0] : default;
        return isThere;
    }

    /// <summary>Reads an unsigned integer in shortest form.</summary>
    public bool TryReadUnsigned(uint max, out int value) => TryReadHead(0x00, max, out value);

    /// <summary>Reads a time: an unsigned integer that needs four bytes.</summary>
    public bool TryReadTime(out long unixSeconds)
    {
        unixSeconds = 0;
        if (!TryReadFixed([0x1A]) || !TryReadAny(sizeof(uint), out var value))
        {
            return false;
        }

        unixSeconds = BinaryPrimitives.ReadUInt32BigEndian(value);
        return unixSeconds >= PresentationTemplate.MinTime;
    }

    /// <summary>Reads a display: array of name, number, last valid day or null, extra or null; at most 54 bytes.</summary>
    public bool TryReadDisplay(out DisplayParts parts)
    {
        parts = default;
        var start = Position;
        if (!TryReadFixed([PresentationTemplate.DisplayArray])
            || !TryReadText(out var name)
            || !TryReadText(out var number)
            || !TryReadNull(out var hasNoDay))
        {
            return false;
        }

        var day = 0;
        if (!hasNoDay && !TryReadUnsigned(Display.MaxDay, out day))
        {
            return false;
        }

        if (!TryReadNull(out var hasNoExtra))
        {
            return false;
        }

        Range extra = default;
        if (!hasNoExtra && !TryReadText(out extra))
        {
            return false;
        }

        parts = new DisplayParts(name, number, hasNoDay ? null : day, hasNoExtra ? null : extra);
        return Position - start <= Display.MaxEncodedBytes;
    }

    private bool TryReadText(out Range range)
    {
        range = default;
        if (!TryReadHead(0x60, MaxTextBytes, out var length) || !TryReadAny(length, out var text))
        {
            return false;
        }

        range = (Position - length)..Position;
        return NormalFormC.IsNormal(text);
    }

    private bool TryReadNull(out bool isNull)
    {
        isNull = false;
        if (IsAtEnd)
        {
            IsCutOff = true;
            return false;
        }

        isNull = _bytes[Position] == PresentationTemplate.Null;
        Position += isNull ? 1 : 0;
        return true;
    }

    private bool TryReadHead(byte major, uint max, out int value)
    {
        value = 0;
        if (!TryReadByte(out var head) || (head & 0xE0) != major)
        {
            return false;
        }

        // The shortest form of a number below 24 is one byte; of others, the least length that holds it.
        var (length, min) = (head & 0x1F) switch
        {
            < 24 => (0, 0u),
            24 => (1, 24u),
            25 => (2, 1u << 8),
            26 => (4, 1u << 16),
            _ => (0, uint.MaxValue),
        };
        if (min > max || !TryReadAny(length, out var bytes))
        {
            return false;
        }

        var number = length switch
        {
            0 => (uint)(head & 0x1F),
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
            _ => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        };
        value = (int)number;
        return number >= min && number <= max;
    }
}
