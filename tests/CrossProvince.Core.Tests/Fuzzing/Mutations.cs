using CrossProvince.Core.Presentation;
using CsCheck;

namespace CrossProvince.Core.Tests.Fuzzing;

/// <summary>Texts to be read: those of the corpus changed as texts or as bytes, and codes put together from right and wrong pieces.</summary>
internal static class Mutations
{
    private const string LikelyCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567CP12KCE 0189cpz\r\n\u0000\u00A0\u200B\u3000\uFEFF\uFF23\uFF30\uFF11\uFF12\uFF5A\uD842亮ſ";

    // Where the payload's length stands, counted from the head of the protected header; and what is neither header nor payload at the end.
    private const int HeadToLength = 3;
    private const int AfterPayload = 66;

    private static readonly CorpusEntry[] s_all = [.. Corpus.Codes, .. Corpus.Finds];
    private static readonly byte[][] s_messages = [.. Corpus.Codes.Select(Corpus.MessageOf)];

    /// <summary>A change: which, where, with what; each number is taken modulo what fits.</summary>
    private static readonly Gen<(int Kind, int At, int With)> s_change = Gen.Select(Gen.Int[0, 8], Gen.Int[0, 4095], Gen.Int[0, 65_535]);

    private static readonly Gen<string> s_texts =
        Gen.Select(Gen.Int[0, s_all.Length - 1], s_change.Array[0, 4], (which, changes) => changes.Aggregate(s_all[which].Text, ChangeText));

    private static readonly Gen<string> s_bytes =
        Gen.Select(Gen.Int[0, s_messages.Length - 1], s_change.Array[1, 3], Gen.Bool, (which, changes, isMended) =>
        {
            var message = changes.Aggregate(s_messages[which], ChangeBytes);
            return PresentationText.Write(isMended ? Mend(message) : message);
        });

    /// <summary>All of them.</summary>
    public static Gen<string> Texts { get; } = Gen.OneOf(s_texts, s_bytes, Pieces.Codes, Gen.Select(Gen.OneOf(s_bytes, Pieces.Codes), s_change, ChangeText));

    private static string ChangeText(string text, (int Kind, int At, int With) change)
    {
        var at = change.At % (text.Length + 1);
        var c = change.With % 4 == 0 ? (char)change.With : LikelyCharacters[change.With % LikelyCharacters.Length];
        return change.Kind switch
        {
            0 when at < text.Length => text[..at] + c + text[(at + 1)..],
            1 => text.Insert(at, c.ToString()),
            2 => text.Remove(at, Math.Min(text.Length - at, change.With % 9)),
            3 => text[..at],
            4 => text[at..],
            5 => text.Insert(at, s_all[change.With % s_all.Length].Text),
            6 when text.Length < 1500 => text[..at] + text,
            7 when text.Length > 0 => text[..^1] + LikelyCharacters[change.With % 32],
            _ => Respell(text, change.With),
        };
    }

    /// <summary>As a keyboard wedge or an input method writes it: the verdict stays.</summary>
    private static string Respell(string text, int way) => string.Concat(text.Select((c, i) => (way % 4, (i + way) % 5) switch
    {
        (0, _) when c is > ' ' and <= '~' => ((char)(c + 0xFEE0)).ToString(),
        (1, _) => char.ToLowerInvariant(c).ToString(),
        (2, 0) => $"{c}\u3000",
        (3, 0) => $"\t{c}",
        _ => c.ToString(),
    }));

    private static byte[] ChangeBytes(byte[] message, (int Kind, int At, int With) change)
    {
        var at = change.At % (message.Length + 1);
        var value = (byte)change.With;
        return change.Kind switch
        {
            0 or 1 when at < message.Length => [.. message[..at], (byte)(message[at] ^ (1 << (change.With % 8))), .. message[(at + 1)..]],
            2 or 3 when at < message.Length => [.. message[..at], value, .. message[(at + 1)..]],
            4 => [.. message[..at], value, .. message[at..]],
            5 when at < message.Length => [.. message[..at], .. message[(at + 1)..]],
            6 => message[..at],
            _ => [.. message[..at], .. s_messages[change.With % s_messages.Length].Skip(at)],
        };
    }

    /// <summary>Makes the announced length agree with the bytes again, so that what was changed within is looked at.</summary>
    private static byte[] Mend(byte[] message)
    {
        var lengthAt = message.Length > 2 ? 2 + (message[2] & 0x1F) + HeadToLength : int.MaxValue;
        if (lengthAt >= message.Length)
        {
            return message;
        }

        var mended = message.ToArray();
        mended[lengthAt] = (byte)Math.Clamp(message.Length - lengthAt - 1 - AfterPayload, 0, 255);
        return mended;
    }
}
