using System.Buffers;
using System.Text;
using CrossProvince.Core.Presentation;

namespace CrossProvince.Core.Status;

/// <summary>A verification receipt as it is printed: <c>CPR1</c> and Base32 (RFC 4648 §6, no padding), which scanners read and type (docs/signed-documents.md).</summary>
public static class VerificationReceiptText
{
    /// <summary>What such a text begins with.</summary>
    public const string Prefix = "CPR1";

    private static readonly SearchValues<byte> s_alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"u8);

    /// <summary>Writes the text of a receipt.</summary>
    /// <param name="document">The signed document.</param>
    public static string Write(ReadOnlySpan<byte> document)
    {
        var characters = new char[Base32.EncodedLength(document.Length)];
        Base32.Encode(document, characters);
        return Prefix + new string(characters);
    }

    /// <summary>Reads a text, in either case, with white space anywhere.</summary>
    /// <param name="text">As scanned, typed or pasted.</param>
    /// <param name="document">The signed document; empty unless it was read. Its signature is not looked at.</param>
    /// <returns>Whether it is such a text. Never throws for bad input.</returns>
    public static bool TryRead(string text, out byte[] document)
    {
        document = [];
        var clean = Encoding.ASCII.GetBytes(string.Concat(text.Where(c => !char.IsWhiteSpace(c))).ToUpperInvariant());
        if (!clean.AsSpan().StartsWith("CPR1"u8))
        {
            return false;
        }

        var characters = clean.AsSpan(Prefix.Length);
        var bytes = new byte[Base32.DecodedLength(characters.Length)];
        if (bytes.Length is 0 or > VerificationReceiptDocument.MaxBytes || characters.ContainsAnyExcept(s_alphabet)
            || Base32.EncodedLength(bytes.Length) != characters.Length || Base32.Decode(characters, bytes) != 0)
        {
            return false;
        }

        document = bytes;
        return true;
    }
}
