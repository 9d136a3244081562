using System.Buffers;
using System.Text;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Presentation;

/// <summary>The text of a code: <c>CP1</c> and Base32, as scanners type it and as it is printed.</summary>
public static class PresentationText
{
    /// <summary>Most characters that a scan may have.</summary>
    public const int MaxRawCharacters = 2048;

    /// <summary>Most characters of a text that is put into a picture (QR version 10, level M, alphanumeric).</summary>
    public const int MaxCharacters = 311;

    // What a character of a scan becomes: itself in upper case, nothing, or a character that no code contains.
    private const byte Deleted = 0xFF;
    private const byte Foreign = (byte)'?';

    private static readonly byte[] s_ascii = MakeAsciiTable();

    private static readonly SearchValues<byte> s_alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"u8);

    // The characters of alphanumeric QR codes, without the space.
    private static readonly SearchValues<char> s_sound = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$%*+-./:");

    private static ReadOnlySpan<byte> Prefix => "CP1"u8;

    // D2 84 4…: tag 18, array(4), a short byte string.
    private static ReadOnlySpan<byte> EveryCodeStart => "2KCE"u8;

    /// <summary>Reads what a scanner, a keyboard wedge or a person entered, without allocating (docs/payload.md, "Reading a scan").</summary>
    /// <param name="raw">The text as it came; a link with a code in it is read too.</param>
    /// <param name="message">Receives the bytes of the code; at least 190.</param>
    /// <param name="length">How many bytes the code has; 0 unless it was read.</param>
    /// <returns>Valid: one code was read and has the length that it announces, go on with its shape; else Malformed, UnsupportedVersion or
    /// Truncated. Never throws for bad input.</returns>
    /// <exception cref="ArgumentException">The place for the bytes is shorter than 190.</exception>
    public static Verdict Read(ReadOnlySpan<char> raw, Span<byte> message, out int length)
    {
        if (message.Length < PresentationTemplate.MaxBytes)
        {
            throw new ArgumentException($"A code needs room for {PresentationTemplate.MaxBytes} bytes.", nameof(message));
        }

        length = 0;
        if (raw.Length > MaxRawCharacters)
        {
            return Verdict.Malformed;
        }

        Span<byte> buffer = stackalloc byte[raw.Length];
        ReadOnlySpan<byte> text = buffer[..Clean(raw, buffer)];
        var found = FindCode(text, out var code);
        return found == Verdict.Valid ? Decode(code, message, out length) : found;
    }

    /// <summary>Writes the text of a code.</summary>
    /// <param name="message">The bytes that <see cref="PresentationEncoder.Encode"/> gave.</param>
    /// <returns>At most 307 characters of <c>A–Z 1–7</c>.</returns>
    public static string Write(ReadOnlySpan<byte> message) =>
        string.Create(Prefix.Length + Base32.EncodedLength(message.Length), message, static (text, bytes) =>
        {
            "CP1".CopyTo(text);
            Base32.Encode(bytes, text[Prefix.Length..]);
        });

    /// <summary>Brings a scan to upper-case ASCII and deletes what scanners and input methods add.</summary>
    private static int Clean(ReadOnlySpan<char> raw, Span<byte> text)
    {
        // Most scans need no repair, or only at their end: what stands before is taken over at once.
        var first = raw.IndexOfAnyExcept(s_sound);
        var sound = first < 0 ? raw.Length : first;
        _ = Ascii.FromUtf16(raw[..sound], text, out var length);

        foreach (var typed in raw[sound..])
        {
            var c = typed is >= '\uFF01' and <= '\uFF5E' ? (char)(typed - 0xFEE0) : typed;
            var cleaned = c < s_ascii.Length ? s_ascii[c]
                : c is <= '\u00A0' or '\u200B' or '\u3000' or '\uFEFF' ? Deleted
                : Foreign;
            if (cleaned != Deleted)
            {
                text[length++] = cleaned;
            }
        }

        return length;
    }

    /// <summary>Finds the one code in a cleaned scan; Valid when there is one.</summary>
    private static Verdict FindCode(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> code)
    {
        code = default;
        var isFound = false;
        for (var at = text.IndexOf(Prefix); at >= 0;)
        {
            var rest = text[(at + Prefix.Length)..];
            var next = rest.IndexOf(Prefix);
            var part = next < 0 ? rest : rest[..next];
            at = next < 0 ? -1 : at + Prefix.Length + next;

            var end = part.IndexOfAnyExcept(s_alphabet);
            part = end < 0 ? part : part[..end];
            if (!part.StartsWith(EveryCodeStart) && !EveryCodeStart.StartsWith(part))
            {
                continue;
            }

            // A scanner's double read gives the same code twice, or first its beginning and then the whole.
            if (!isFound || part.StartsWith(code))
            {
                code = part;
                isFound = true;
            }
            else if (!code.StartsWith(part))
            {
                return Verdict.Malformed;
            }
        }

        return isFound ? Verdict.Valid
            : HasOtherVersion(text) ? Verdict.UnsupportedVersion
            : Verdict.Malformed;
    }

    private static bool HasOtherVersion(ReadOnlySpan<byte> text)
    {
        for (var i = 2; i < text.Length; i++)
        {
            if (text[i - 2] == 'C' && text[i - 1] == 'P' && char.IsAsciiDigit((char)text[i]) && text[i] != '1')
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Decodes a code's characters; Valid when it has the length that it announces.</summary>
    private static Verdict Decode(ReadOnlySpan<byte> code, Span<byte> message, out int length)
    {
        length = 0;

        // Whatever is longer than the longest code is none, and no beginning of one.
        if (code.Length > Base32.EncodedLength(PresentationTemplate.MaxBytes))
        {
            return Verdict.Malformed;
        }

        var bytes = message[..Base32.DecodedLength(code.Length)];
        var leftOver = Base32.Decode(code, bytes);
        if (!PresentationTemplate.TryGetLength(bytes, out var announced) || bytes.Length < announced)
        {
            return PresentationTemplate.Match(bytes, out _);
        }

        if (bytes.Length > announced || code.Length != Base32.EncodedLength(announced) || leftOver != 0)
        {
            return Verdict.Malformed;
        }

        length = announced;
        return Verdict.Valid;
    }

    private static byte[] MakeAsciiTable()
    {
        var table = new byte[128];
        for (var c = 0; c < table.Length; c++)
        {
            table[c] = c switch
            {
                <= ' ' or 0x7F => Deleted,
                >= 'a' and <= 'z' => (byte)(c - 'a' + 'A'),
                _ => (byte)c,
            };
        }

        return table;
    }
}
