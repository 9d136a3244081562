using System.Buffers.Binary;
using System.Text;

namespace CrossProvince.Core.Presentation;

/// <summary>Writes deterministic CBOR (RFC 8949 §4.2) into a buffer of sufficient length.</summary>
internal ref struct CborSpanWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    /// <summary>How many bytes were written.</summary>
    public int Position { get; private set; }

    /// <summary>Writes one byte as it is.</summary>
    public void WriteByte(byte value) => _buffer[Position++] = value;

    /// <summary>Writes bytes as they are.</summary>
    public void WriteBytes(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer[Position..]);
        Position += bytes.Length;
    }

    /// <summary>Writes an unsigned integer in shortest form.</summary>
    public void WriteUnsigned(uint value) => WriteHead(0x00, value);

    /// <summary>Writes a text.</summary>
    public void WriteText(string text)
    {
        WriteHead(0x60, (uint)Encoding.UTF8.GetByteCount(text));
        Position += Encoding.UTF8.GetBytes(text, _buffer[Position..]);
    }

    private void WriteHead(byte major, uint value)
    {
        switch (value)
        {
            case < 24:
                WriteByte((byte)(major | value));
                break;
            case <= byte.MaxValue:
                WriteByte((byte)(major | 24));
                WriteByte((byte)value);
                break;
            case <= ushort.MaxValue:
                WriteByte((byte)(major | 25));
                BinaryPrimitives.WriteUInt16BigEndian(_buffer[Position..], (ushort)value);
                Position += sizeof(ushort);
                break;
            default:
                WriteByte((byte)(major | 26));
                BinaryPrimitives.WriteUInt32BigEndian(_buffer[Position..], value);
                Position += sizeof(uint);
                break;
        }
    }
}
