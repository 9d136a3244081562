using System.Buffers.Binary;
using System.Globalization;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Status;

/// <summary>The 8-byte tag by which the licence index vouches for a licence's type and display (docs/payload.md).</summary>
/// <param name="Value">The bytes as a big-endian number; 0 = never allocated.</param>
public readonly record struct EntryTag(ulong Value)
{
    /// <summary>Bytes of a tag.</summary>
    public const int Size = 8;

    /// <summary>Most bytes of a display.</summary>
    public const int MaxDisplayBytes = 54;

    /// <summary>Most bytes that are hashed: array, name, region, three numbers, display.</summary>
    internal const int MaxMessageBytes = 1 + 8 + 7 + 3 + 5 + 3 + MaxDisplayBytes;

    /// <summary>The tag of an entry that was never allocated.</summary>
    public static EntryTag None => default;

    /// <summary>First 8 bytes of SM3 over <c>["CP1-TAG", iss, list, index, type &amp; 0x7FFF, display]</c>; all-zero becomes 00…01.</summary>
    /// <param name="region">Issuing region.</param>
    /// <param name="list">List number, 0 to 65535.</param>
    /// <param name="index">Index in the list, below 2^20.</param>
    /// <param name="type">Licence type; bit 0x8000 (specimen) doesn't count.</param>
    /// <param name="displayCbor">The display exactly as in the code, at most 54 bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number or the display is out of its range.</exception>
    public static EntryTag Compute(RegionCode region, int list, int index, int type, ReadOnlySpan<byte> displayCbor)
    {
        Span<byte> message = stackalloc byte[MaxMessageBytes];
        var length = WriteMessage(region, list, index, type, displayCbor, message);

        Span<byte> hash = stackalloc byte[Sm3.HashSize];
        Sm3.Hash(message[..length], hash);
        return FromHash(hash);
    }

    /// <summary>Writes what <see cref="Compute"/> hashes: at most <see cref="MaxMessageBytes"/> bytes, as many as it returns.</summary>
    internal static int WriteMessage(RegionCode region, int list, int index, int type, ReadOnlySpan<byte> displayCbor, Span<byte> message)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)list, ushort.MaxValue, nameof(list));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)StatusList.Capacity, nameof(index));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(displayCbor.Length, MaxDisplayBytes, nameof(displayCbor));

        // Written by hand because this runs for every scan: RFC 8949 §4.2, shortest integers.
        message[0] = 0x86;
        message[1] = 0x67;
        "CP1-TAG"u8.CopyTo(message[2..]);
        message[9] = 0x66;
        region.WriteDigits(message[10..]);
        var length = 16;
        length += WriteUnsigned(message[length..], (uint)list);
        length += WriteUnsigned(message[length..], (uint)index);
        length += WriteUnsigned(message[length..], (uint)type & 0x7FFF);
        displayCbor.CopyTo(message[length..]);
        return length + displayCbor.Length;
    }

    /// <summary>The tag that a hash of the message makes.</summary>
    internal static EntryTag FromHash(ReadOnlySpan<byte> hash) => new(Math.Max(1, BinaryPrimitives.ReadUInt64BigEndian(hash)));

    /// <summary>Reads the eight bytes of a tag.</summary>
    public static EntryTag FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64BigEndian(bytes));

    /// <summary>The eight bytes, big endian.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Value);
        return bytes;
    }

    /// <summary>The 16 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Writes an unsigned integer in shortest form (RFC 8949 §4.2), 1 to 9 bytes.</summary>
    internal static int WriteUnsigned(Span<byte> destination, ulong value)
    {
        switch (value)
        {
            case < 24:
                destination[0] = (byte)value;
                return 1;
            case <= byte.MaxValue:
                destination[0] = 0x18;
                destination[1] = (byte)value;
                return 2;
            case <= ushort.MaxValue:
                destination[0] = 0x19;
                BinaryPrimitives.WriteUInt16BigEndian(destination[1..], (ushort)value);
                return 3;
            case <= uint.MaxValue:
                destination[0] = 0x1A;
                BinaryPrimitives.WriteUInt32BigEndian(destination[1..], (uint)value);
                return 5;
            default:
                destination[0] = 0x1B;
                BinaryPrimitives.WriteUInt64BigEndian(destination[1..], value);
                return 9;
        }
    }
}
