namespace CrossProvince.Core.Presentation;

/// <summary>Base32 (RFC 4648 §6), upper case, no padding.</summary>
internal static class Base32
{
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
        var (bits, count, at) = (0, 0, 0);
        foreach (var c in characters)
        {
            bits = (bits << 5) | (c >= 'A' ? c - 'A' : c - '2' + 26);
            count += 5;
            if (count >= 8)
            {
                count -= 8;
                bytes[at++] = (byte)(bits >> count);
            }
        }

        return bits & ((1 << count) - 1);
    }
}
