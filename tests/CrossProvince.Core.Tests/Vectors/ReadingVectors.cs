using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;
using static CrossProvince.Core.Tests.Vectors.CodeParts;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>Steps 1 and 2: what scanners make of a code, and bytes that are no code.</summary>
internal static class ReadingVectors
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private static readonly CodeVector s_good = new("", Verdict.Valid, "") { UseRequired = true };

    internal static IReadOnlyList<CodeVector> All { get; } =
    [
        Read("lower-case", "A scanner that types in lower case.", text => text.ToLowerInvariant()),
        Read("full-width", "A Chinese input method in full-width mode.", text => string.Concat(text.Select(c => (char)(c + 0xFEE0)))),
        Read("blanks", "Blanks of several kinds and line ends anywhere.", text => string.Join(" \t\r\n\u00A0\u200B\u3000\uFEFF", text.Chunk(40).Select(part => new string(part)))),
        Read("link", "A link with the code in it.", text => $"HTTPS://NODE.EXAMPLE/V/{text}"),
        Read("text-behind", "What follows the code is cut off at the first character outside the alphabet.", text => $"{text}?FROM=1"),
        Read("read-twice", "A scanner's double read gives the same code twice.", text => text + text),
        Read("read-one-and-a-half-times", "A double read that was cut short: a part that is the beginning of another yields to it.", text => text[..100] + text),
        Read("other-prefix-before", "A part that neither begins as every code does nor is a beginning of that is ignored.", text => $"CP1HELLO {text}"),
        Read("other-version-before", "CP2 in the text does not matter where there is a code.", text => $"CP2ABC {text}"),

        Bad("empty", Verdict.Malformed, "Nothing was read.", _ => ""),
        Bad("no-code", Verdict.Malformed, "A text without CP1.", _ => "HTTPS://EXAMPLE.COM/"),
        Bad("two-codes", Verdict.Malformed, "Two different codes in one read.", text => text + (s_good with { Claims = c => c with { CodeNumber = 4 } }).Text),
        Bad("too-much-text", Verdict.Malformed, "2,049 characters: more than are looked at, though a good code begins them.", text => text.PadRight(2049, ' ')),
        Bad("other-version", Verdict.UnsupportedVersion, "CP and another digit than 1.", text => $"CP2{text[3..]}"),
        Bad("other-version-lower-case", Verdict.UnsupportedVersion, "The same as an input method leaves it.", text => $"cp0{text[3..]}"),
        Bad("prefix-alone", Verdict.Truncated, "Nothing but the prefix: the beginning of every code.", _ => "CP1"),
        Bad("cut-in-the-header", Verdict.Truncated, "Cut off in the protected header.", text => text[..15]),
        Bad("cut-in-the-claims", Verdict.Truncated, "Cut off in the claims.", text => text[..87]),
        Bad("cut-by-one-character", Verdict.Truncated, "The last character is missing.", text => text[..^1]),
        Bad("cut-by-a-foreign-character", Verdict.Truncated, "U+017F, which becomes S only by Unicode's case rules, ends the code.", text => Swap(text, 'S', '\u017F')),
        Bad("cut-and-wrong", Verdict.Malformed, "Cut short, but wrong in a part that is whole: not the beginning of a code.", text => Cut(text, PresentationAt)),
        Bad("one-character-more", Verdict.Malformed, "A character behind the code.", text => text + "A"),
        Bad("bits-left-over", Verdict.Malformed, "The bits left over of the last character are not zero.", LeaveBits),

        Shape("unprotected-header", "The unprotected header is not empty.", message => Replace(message, 16, 1, "A10441AA")),
        Shape("no-tag", "COSE_Sign1 without its tag.", message => message[1..]),
        Shape("byte-behind", "A byte follows the signature.", message => [.. message, 0]),
        Shape("signature-of-63-bytes", "The signature has 63 bytes.", message => Replace(message[..^1], message.Length - 66, 2, "583F")),
        Shape("algorithm-es256", "ES256 (-7) in the header; of P-256 only ESP256 (-9) is known.", Header(header => Replace(header, 1, 6, "0126"))),
        Shape("header-with-more", "An unknown key in the protected header.", Header(header => [0xA3, .. header[1..], 0x05, 0x40])),
        Shape("key-id-of-3-bytes", "The key id has 3 bytes.", Header(header => Replace(header, 8, 5, "43AABBCC"))),
        Shape("unknown-claim", "A claim more than the five: refused in codes, though ignored in signed documents.", Payload(payload => [0xA6, .. payload[1..PresentationAt], 0x08, 0x01, .. payload[PresentationAt..]])),
        Shape("unknown-element", "An element more in the presentation.", Payload(payload => [.. Replace(payload, PresentationAt + 5, 1, "87"), 0x00])),
        Shape("claims-out-of-order", "Issue stands before expiry: not deterministic CBOR.", Payload(payload => [.. payload[..ExpiryAt], .. payload[IssueAt..ShowingAt], .. payload[ExpiryAt..IssueAt], .. payload[ShowingAt..]])),
        Shape("longer-number", "The scenario 1 written in two bytes: not the shortest form.", Payload(ScenarioAt, 1, "1801")),
        Shape("indefinite-map", "The claims as a map of indefinite length.", Payload(payload => [0xBF, .. payload[1..], 0xFF])),
        Shape("region-of-digit-0", "A region code that begins with 0.", Payload(RegionAt, 1, "30")),
        Shape("region-with-letter", "A region code with a letter.", Payload(RegionAt + 5, 1, "41")),
        Shape("expiry-in-two-bytes", "An expiry before 65,536.", Payload(ExpiryAt, 6, "0419FFFF")),
        Shape("showing-of-7-bytes", "The showing and its number have 7 bytes.", Payload(ShowingAt, 10, "074701020304050607")),
        Shape("scenario-too-large", "Scenario 256.", Payload(ScenarioAt, 1, "190100")),
        Shape("list-too-large", "List 65,536.", Payload(ListAt, 1, "1A00010000")),
        Shape("entry-too-large", "Entry 2^20.", Payload(IndexAt, 1, "1A00100000")),
        Shape("presenter-unknown", "Presenter 4.", Payload(PresenterAt, 1, "04")),
        Shape("presenter-negative", "Presenter -1.", Payload(PresenterAt, 1, "20")),
        Shape("display-of-5", "A display of five elements.", WithDisplay("8561416142F6F6F6")),
        Shape("display-too-long", "A display of 55 bytes.", WithDisplay("847830" + string.Concat(Enumerable.Repeat("41", 48)) + "6141F6F6")),
        Shape("display-not-utf-8", "A name that is not UTF-8.", WithDisplay("8462C3286141F6F6")),
        Shape("display-not-normal", "A name that is not in normal form C: e and U+0301 instead of U+00E9.", WithDisplay("846365CC816141F6F6")),
        Shape("display-no-character", "U+FFFE in a name, which is no character.", WithDisplay("8463EFBFBE6141F6F6")),
        Shape("last-day-too-large", "Last valid day 65,536.", WithDisplay("84614161421A00010000F6")),
        Shape("last-day-undefined", "Undefined (F7) instead of null (F6).", WithDisplay("8461416142F7F6")),
    ];

    private static CodeVector Read(string id, string why, Func<string, string> scanning) => s_good with { Id = $"read-{id}", Why = why, Scanning = scanning };

    private static CodeVector Bad(string id, Verdict verdict, string why, Func<string, string> scanning) => new($"read-{id}", verdict, why) { Scanning = scanning };

    private static CodeVector Shape(string id, string why, Func<byte[], byte[]> damage) => new($"shape-{id}", Verdict.Malformed, why) { Damage = damage };

    private static string Swap(string text, char from, char to)
    {
        var at = text.IndexOf(from, StringComparison.Ordinal);
        return at > 0 ? string.Concat(text.AsSpan(0, at), to.ToString(), text.AsSpan(at + 1)) : throw new InvalidOperationException($"The code has no {from}.");
    }

    /// <summary>Breaks the piece of the payload there, and cuts the text off behind it.</summary>
    private static string Cut(string text, int at)
    {
        var message = new byte[PresentationMessage.MaxBytes];
        _ = PresentationText.Read(text, message, out var length);
        return PresentationText.Write(Flip(message[..length], 19 + at + 5))[..110];
    }

    private static string LeaveBits(string text)
    {
        var leftOver = (text.Length - 3) * 5 % 8;
        return leftOver > 0 ? text[..^1] + Alphabet[Alphabet.IndexOf(text[^1], StringComparison.Ordinal) | 1] : throw new InvalidOperationException("The code leaves no bits over.");
    }
}
