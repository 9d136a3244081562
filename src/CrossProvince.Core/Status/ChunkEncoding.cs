using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace CrossProvince.Core.Status;

/// <summary>The CBOR of a chunk (docs/signed-documents.md, "Chunk") in its three parts, written by hand because it is hashed for every change.</summary>
/// <remarks>RFC 8949 §4.2: shortest integers, keys by length and then by bytes. So the tags come first, which seldom change, and what changes with a status comes after.</remarks>
internal static class ChunkEncoding
{
    /// <summary>Bytes of the tags, of which the head is followed.</summary>
    public const int TagsBytes = StatusChunkParts.TagsBytes;

    /// <summary>Most bytes of a head.</summary>
    public const int MaxHeadBytes = 17;

    /// <summary>Writes what comes before the tags: <c>{"list": …, "tags": h'</c>.</summary>
    /// <returns>Bytes written, 15 to 17.</returns>
    public static int WriteHead(int list, Span<byte> destination)
    {
        var writer = new Writer(destination);
        writer.Write(Map, 5);
        writer.WriteKey("list"u8);
        writer.Write(Unsigned, list);
        writer.WriteKey("tags"u8);
        writer.Write(Bytes, TagsBytes);
        return writer.Length;
    }

    /// <summary>Writes the tags, big endian.</summary>
    /// <param name="tags">The tags.</param>
    /// <param name="destination">Eight bytes a tag.</param>
    public static void WriteTags(ReadOnlySpan<ulong> tags, Span<byte> destination)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(destination);
        if (BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(tags, words);
        }
        else
        {
            tags.CopyTo(words);
        }
    }

    /// <summary>Reads tags as <see cref="WriteTags"/> writes them.</summary>
    /// <param name="source">Eight bytes a tag, big endian.</param>
    /// <param name="tags">Receives the tags.</param>
    public static void ReadTags(ReadOnlySpan<byte> source, Span<ulong> tags)
    {
        source.CopyTo(MemoryMarshal.AsBytes(tags));
        if (BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(tags, tags);
        }
    }

    /// <summary>Most bytes of a tail.</summary>
    /// <param name="reasons">How many reasons there are.</param>
    public static int MaxTailBytes(int reasons) => 32 + StatusChunkParts.StatusBytes + (reasons * 5);

    /// <summary>Writes what comes after the tags: <c>', "chunk": …, "status": …, "reasons": {…}}</c>.</summary>
    /// <param name="chunk">Number of the chunk.</param>
    /// <param name="status">1,024 bytes.</param>
    /// <param name="reasons">Index ‖ reason (8 bits), ascending.</param>
    /// <param name="destination">Room for <see cref="MaxTailBytes"/>.</param>
    /// <returns>Bytes written.</returns>
    public static int WriteTail(int chunk, ReadOnlySpan<byte> status, ReadOnlySpan<int> reasons, Span<byte> destination)
    {
        var writer = new Writer(destination);
        writer.WriteKey("chunk"u8);
        writer.Write(Unsigned, chunk);
        writer.WriteKey("status"u8);
        writer.Write(Bytes, status.Length);
        writer.WriteRaw(status);
        writer.WriteKey("reasons"u8);
        writer.Write(Map, reasons.Length);
        foreach (var reason in reasons)
        {
            writer.Write(Unsigned, reason >> 8);
            writer.Write(Unsigned, reason & 0xFF);
        }

        return writer.Length;
    }

    private const int Unsigned = 0x00;
    private const int Bytes = 0x40;
    private const int Text = 0x60;
    private const int Map = 0xA0;

    private ref struct Writer(Span<byte> destination)
    {
        private readonly Span<byte> _destination = destination;

        public int Length { get; private set; }

        public void WriteKey(ReadOnlySpan<byte> key)
        {
            Write(Text, key.Length);
            WriteRaw(key);
        }

        public void WriteRaw(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_destination[Length..]);
            Length += bytes.Length;
        }

        /// <summary>A major type with a number below 65,536.</summary>
        public void Write(int major, int value)
        {
            switch (value)
            {
                case < 24:
                    _destination[Length++] = (byte)(major | value);
                    break;
                case <= byte.MaxValue:
                    _destination[Length++] = (byte)(major | 24);
                    _destination[Length++] = (byte)value;
                    break;
                default:
                    _destination[Length++] = (byte)(major | 25);
                    BinaryPrimitives.WriteUInt16BigEndian(_destination[Length..], (ushort)value);
                    Length += sizeof(ushort);
                    break;
            }
        }
    }
}
