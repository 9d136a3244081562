using System.Buffers.Binary;
using System.Text;

namespace CrossProvince.Service.Recording;

/// <summary>Writes a row of PostgreSQL's binary COPY: the count of columns, then each with its length before it; numbers big endian.</summary>
internal ref struct RowWriter
{
    private readonly Span<byte> _destination;

    public RowWriter(Span<byte> destination, int columns)
    {
        _destination = destination;
        BinaryPrimitives.WriteInt16BigEndian(destination, (short)columns);
        Length = sizeof(short);
    }

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    public void Text(string? value)
    {
        if (value is null)
        {
            Begin(RowReader.Null);
            return;
        }

        var length = Encoding.UTF8.GetBytes(value, _destination[(Length + sizeof(int))..]);
        Begin(length);
        Length += length;
    }

    public void Bytes(byte[]? value)
    {
        if (value is null)
        {
            Begin(RowReader.Null);
            return;
        }

        Begin(value.Length);
        value.CopyTo(_destination[Length..]);
        Length += value.Length;
    }

    public void Int32(int value)
    {
        Begin(sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(_destination[Length..], value);
        Length += sizeof(int);
    }

    public void Int64(long value)
    {
        Begin(sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(_destination[Length..], value);
        Length += sizeof(long);
    }

    public void Boolean(bool value)
    {
        Begin(1);
        _destination[Length++] = value ? (byte)1 : (byte)0;
    }

    private void Begin(int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(_destination[Length..], length);
        Length += sizeof(int);
    }
}

/// <summary>Reads such a row.</summary>
internal ref struct RowReader
{
    /// <summary>The length that stands for no value.</summary>
    public const int Null = -1;

    private ReadOnlySpan<byte> _rest;

    /// <exception cref="FormatException">It has another count of columns.</exception>
    public RowReader(ReadOnlySpan<byte> row, int columns)
    {
        if (BinaryPrimitives.ReadInt16BigEndian(row) != columns)
        {
            throw new FormatException("A record of the spool has another count of columns than its version.");
        }

        _rest = row[sizeof(short)..];
    }

    public string? Text() => TryTake(out var value) ? Encoding.UTF8.GetString(value) : null;

    /// <summary>A text as it lies there; of no value, the empty one.</summary>
    public ReadOnlySpan<byte> Utf8() => TryTake(out var value) ? value : default;

    public byte[]? Bytes() => TryTake(out var value) ? value.ToArray() : null;

    public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take());

    public long Int64() => BinaryPrimitives.ReadInt64BigEndian(Take());

    public bool Boolean() => Take()[0] != 0;

    /// <summary>Passes over values.</summary>
    public void Skip(int count)
    {
        for (; count > 0; count--)
        {
            TryTake(out _);
        }
    }

    /// <summary>A value as it lies.</summary>
    /// <exception cref="FormatException">It is null.</exception>
    public ReadOnlySpan<byte> Take() => TryTake(out var value) ? value : throw new FormatException("A record of the spool lacks a value.");

    /// <summary>A value as it lies.</summary>
    /// <returns>False when it is null.</returns>
    public bool TryTake(out ReadOnlySpan<byte> value)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(_rest);
        _rest = _rest[sizeof(int)..];
        if (length == Null)
        {
            value = default;
            return false;
        }

        value = _rest[..length];
        _rest = _rest[length..];
        return true;
    }
}
