using System.Formats.Cbor;
using System.Text.RegularExpressions;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Tests.Fuzzing;

/// <summary>Steps 1 and 2 of docs/payload.md once more, by other means and as slowly as they like: texts, regular expressions and a CBOR library.</summary>
internal static partial class SlowReader
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const string EveryCodeStart = "2KCE";

    /// <summary>Reads a scan.</summary>
    /// <returns>Valid with a code, Truncated with its beginning, or another verdict with neither.</returns>
    public static (Verdict Verdict, SlowCode? Code, SlowBeginning? Beginning) Read(string raw)
    {
        if (raw.Length > 2048)
        {
            return (Verdict.Malformed, null, null);
        }

        var clean = string.Concat(raw.Select(c => c is >= '\uFF01' and <= '\uFF5E' ? (char)(c - 0xFEE0) : c)
            .Select(c => c is >= 'a' and <= 'z' ? (char)(c - 'a' + 'A') : c)
            .Where(c => !char.IsControl(c) && !" \u00A0\u200B\u3000\uFEFF".Contains(c, StringComparison.Ordinal)));
        var parts = clean.Split("CP1").Skip(1)
            .Select(part => OfAlphabet().Match(part).Value)
            .Where(part => part.StartsWith(EveryCodeStart, StringComparison.Ordinal) || EveryCodeStart.StartsWith(part, StringComparison.Ordinal))
            .Distinct().ToArray();
        var longest = parts.Where(part => !parts.Any(other => other != part && other.StartsWith(part, StringComparison.Ordinal))).ToArray();
        return longest.Length switch
        {
            1 => ReadPart(longest[0]),
            0 when OtherVersion().IsMatch(clean) => (Verdict.UnsupportedVersion, null, null),
            _ => (Verdict.Malformed, null, null),
        };
    }

    private static (Verdict Verdict, SlowCode? Code, SlowBeginning? Beginning) ReadPart(string part)
    {
        var bits = string.Concat(part.Select(c => Convert.ToString(Alphabet.IndexOf(c, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        var bytes = Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(i * 8, 8), 2)).ToArray();
        var rest = bits[(bytes.Length * 8)..];
        if (rest.Length < 5 && !rest.Contains('1', StringComparison.Ordinal) && Decode(bytes) is { } code)
        {
            return (Verdict.Valid, code, null);
        }

        return SlowBeginning.Find(bytes) is { } beginning ? (Verdict.Truncated, null, beginning) : (Verdict.Malformed, null, null);
    }

    private static SlowCode? Decode(byte[] bytes)
    {
        try
        {
            return DecodeStrictly(bytes);
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The library's strictest mode that knows tags: shortest numbers, definite lengths, sorted keys, well-formed UTF-8.</summary>
    private static SlowCode DecodeStrictly(byte[] bytes)
    {
        var outer = Open(bytes);
        Require(outer.ReadTag() == (CborTag)18 && outer.ReadStartArray() == 4);
        var (algorithm, keyId) = DecodeHeader(outer.ReadByteString());
        Require(outer.ReadStartMap() == 0);
        outer.ReadEndMap();
        var payload = outer.ReadByteString();
        var signature = outer.ReadByteString();
        outer.ReadEndArray();
        Require(signature.Length == 64 && outer.BytesRemaining == 0);
        var (claims, display) = DecodePayload(payload);
        return new SlowCode(bytes, algorithm, keyId, claims, display, signature);
    }

    private static (SignatureAlgorithm Algorithm, byte[] KeyId) DecodeHeader(byte[] bytes)
    {
        var header = Open(bytes);
        Require(header.ReadStartMap() == 2 && header.ReadInt64() == 1);
        var algorithm = header.ReadInt64() switch
        {
            -65537 => SignatureAlgorithm.Sm2,
            -9 => SignatureAlgorithm.Esp256,
            _ => throw new FormatException(),
        };
        Require(header.ReadInt64() == 4);
        var keyId = header.ReadByteString();
        header.ReadEndMap();
        Require(keyId.Length == 4 && header.BytesRemaining == 0);
        return (algorithm, keyId);
    }

    private static (PresentationClaims Claims, Display Display) DecodePayload(byte[] bytes)
    {
        var payload = Open(bytes);
        Require(payload.ReadStartMap() == 5 && payload.ReadInt64() == 1);
        var region = payload.ReadTextString();
        Require(Region().IsMatch(region) && payload.ReadInt64() == 4);
        var expiresAt = payload.ReadUInt64();
        Require(expiresAt is >= 65_536 and <= uint.MaxValue && payload.ReadInt64() == 6);
        var issuedAt = payload.ReadUInt64();
        Require(issuedAt is >= 65_536 and <= uint.MaxValue && payload.ReadInt64() == 7);
        var cti = payload.ReadByteString();
        Require(cti.Length == 8 && payload.ReadInt64() == -65537 && payload.ReadStartArray() == 6);
        var numbers = new ulong[] { 0xFFFF, 255, 65_535, (1 << 20) - 1, 3 }.Select(max => ReadNumber(payload, max)).ToArray();
        var display = DecodeDisplay(payload.ReadEncodedValue().ToArray());
        payload.ReadEndArray();
        payload.ReadEndMap();
        Require(payload.BytesRemaining == 0);
        return (new PresentationClaims
        {
            Region = RegionCode.Parse(region),
            ExpiresAt = (long)expiresAt,
            IssuedAt = (long)issuedAt,
            Showing = new ShowingId(Convert.ToUInt64(Convert.ToHexString(cti[..6]), 16)),
            CodeNumber = Convert.ToInt32(Convert.ToHexString(cti[6..]), 16),
            LicenceType = numbers[0] & 0x7FFF,
            Specimen = numbers[0] > 0x7FFF,
            Scenario = numbers[1],
            List = numbers[2],
            Index = numbers[3],
            Presenter = (Presenter)numbers[4],
        }, display);
    }

    private static Display DecodeDisplay(byte[] bytes)
    {
        Require(bytes.Length <= 54);
        var reader = Open(bytes);
        Require(reader.ReadStartArray() == 4);
        var (name, number) = (ReadText(reader), ReadText(reader));
        int? day = ReadNull(reader) ? null : ReadNumber(reader, 65_535);
        var extra = ReadNull(reader) ? null : ReadText(reader);
        reader.ReadEndArray();
        return Display.Fit(name, number, day, extra);
    }

    private static CborReader Open(byte[] bytes) => new(bytes, CborConformanceMode.Canonical);

    private static int ReadNumber(CborReader reader, ulong max)
    {
        var value = reader.ReadUInt64();
        Require(value <= max);
        return (int)value;
    }

    private static string ReadText(CborReader reader)
    {
        var text = reader.ReadTextString();
        Require(IsNormal(text));
        return text;
    }

    private static bool ReadNull(CborReader reader)
    {
        var isNull = reader.PeekState() == CborReaderState.Null;
        if (isNull)
        {
            reader.ReadNull();
        }

        return isNull;
    }

    internal static bool IsNormal(string text) => !text.Contains('\uFFFE', StringComparison.Ordinal) && text.IsNormalized();

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new FormatException();
        }
    }

    [GeneratedRegex("^[A-Z2-7]*", RegexOptions.CultureInvariant)]
    private static partial Regex OfAlphabet();

    [GeneratedRegex("CP[02-9]", RegexOptions.CultureInvariant)]
    private static partial Regex OtherVersion();

    [GeneratedRegex(@"\A[1-9][0-9]{5}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Region();
}
