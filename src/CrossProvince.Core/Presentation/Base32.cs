using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace CrossProvince.Core.Presentation;

/// <summary>Base32 (RFC 4648 §6), upper case, no padding.</summary>
internal static class Base32
{
    // So many characters are so many whole bytes.
    private const int GroupCharacters = 8;
    private const int GroupBytes = 5;

    private static ReadOnlySpan<byte> Alphabet => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"u8;

    /// <summary>How many characters so many bytes need.</summary>
    public static int EncodedLength(int bytes) => ((bytes * 8) + 4) / 5;

    /// <summary>How many whole bytes so many characters hold.</summary>
    public static int DecodedLength(int characters) => characters * 5 / 8;

    /// <summary>Encodes bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="characters">As many characters as <see cref="EncodedLength"/> says.</param>
    public static void Encode(ReadOnlySpan<byte> bytes, Span<char> characters)
    {
        var (bits, count, at) = (0, 0, 0);
        foreach (var b in bytes)
        {
            bits = (bits << 8) | b;
            for (count += 8; count >= 5; count -= 5)
            {
                characters[at++] = (char)Alphabet[(bits >> (count - 5)) & 31];
            }
        }

        if (count > 0)
        {
            characters[at] = (char)Alphabet[(bits << (5 - count)) & 31];
        }
    }

    /// <summary>Decodes the whole bytes of a text.</summary>
    /// <param name="characters">Only characters of the alphabet, in ASCII.</param>
    /// <param name="bytes">As many bytes as <see cref="DecodedLength"/> says.</param>
    /// <returns>The bits that were left over, as a number: 0 when the text ends as it should.</returns>
    public static int Decode(ReadOnlySpan<byte> characters, Span<byte> bytes)
    {
        foreach (var group in MemoryMarshal.Cast<byte, ulong>(characters))
        {
            var bits = Join(ValuesOf(BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(group) : group));
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)(bits >> 8));
            bytes[GroupBytes - 1] = (byte)bits;
            bytes = bytes[GroupBytes..];
        }

        var (rest, count, at) = (0, 0, 0);
        foreach (var c in characters[(characters.Length / GroupCharacters * GroupCharacters)..])
        {
            rest = (rest << 5) | (byte)ValuesOf(c);
            count += 5;
            if (count >= 8)
            {
                count -= 8;
                bytes[at++] = (byte)(rest >> count);
            }
        }

        return rest & ((1 << count) - 1);
    }

    /// <summary>The values of eight characters, a byte each: A–Z (41–5A) are 0–25, 2–7 (32–37) are 26–31.</summary>
    /// <remarks>The low five bits of a letter are its value and 1 more, those of a digit its value and 8 less. No byte borrows from the next.</remarks>
    private static ulong ValuesOf(ulong characters)
    {
        const ulong ones = 0x0101010101010101;
        var letters = (characters >> 6) & ones;
        return (characters & (0x1F * ones)) + (8 * ones) - (9 * letters);
    }

    /// <summary>Brings eight times five bits, a byte each, together in the low forty: pairs, then fours, then all.</summary>
    private static ulong Join(ulong values)
    {
        values = ((values >> 3) & 0x03E003E003E003E0) | (values & 0x001F001F001F001F);
        values = ((values >> 6) & 0x000FFC00000FFC00) | (values & 0x000003FF000003FF);
        return ((values >> 12) & 0x000000FFFFF00000) | (values & 0x00000000000FFFFF);
    }
}
