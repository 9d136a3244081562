using System.Text;

namespace CrossProvince.Core.Presentation;

/// <summary>Unicode normalisation form C (UAX #15).</summary>
/// <remarks>.NET normalises nothing when it runs without culture data, as this project does; and two nodes must agree on it for ever,
/// whatever library their systems have. Characters newer than the data are left as they are.</remarks>
internal static partial class NormalFormC
{
    // A character has at most four parts.
    private const int MaxParts = 4;

    // Hangul syllables are composed by arithmetic (The Unicode Standard, 3.12).
    private const int SBase = 0xAC00;
    private const int LBase = 0x1100;
    private const int VBase = 0x1161;
    private const int TBase = 0x11A7;
    private const int LCount = 19;
    private const int VCount = 21;
    private const int TCount = 28;
    private const int SCount = LCount * VCount * TCount;

    private static readonly Dictionary<int, (int First, int Second)> s_parts = [];
    private static readonly Dictionary<(int First, int Second), int> s_compositions = [];
    private static readonly Dictionary<int, byte> s_classes = [];
    private static readonly HashSet<int> s_seconds = [];

    static NormalFormC()
    {
        var data = Convert.FromBase64String(Decompositions);
        var (character, first) = (0, 0);
        for (var at = 0; at < data.Length;)
        {
            character += ReadNumber(data, ref at);
            var difference = ReadNumber(data, ref at);
            first += (difference >> 1) ^ -(difference & 1);
            var second = ReadNumber(data, ref at);
            s_parts.Add(character, (first, second >> 1));
            if ((second & 1) != 0)
            {
                s_compositions.Add((first, second >> 1), character);
                s_seconds.Add(second >> 1);
            }
        }

        data = Convert.FromBase64String(CombiningClasses);
        character = 0;
        for (var at = 0; at < data.Length; at++)
        {
            character += ReadNumber(data, ref at);
            for (var end = character + ReadNumber(data, ref at); character < end; character++)
            {
                s_classes.Add(character, data[at]);
            }
        }
    }

    /// <summary>Normalises a well-formed text.</summary>
    public static string Of(string text)
    {
        Span<int> source = new int[text.Length];
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            source[length++] = rune.Value;
        }

        source = source[..length];
        if (IsInert(source))
        {
            return text;
        }

        Span<int> normal = new int[source.Length * MaxParts];
        normal = normal[..Normalise(source, normal)];
        var result = new StringBuilder(normal.Length);
        foreach (var character in normal)
        {
            result.Append(new Rune(character).ToString());
        }

        return result.ToString();
    }

    /// <summary>Whether a well-formed text of at most 54 bytes is in normal form, without allocating.</summary>
    public static bool IsNormal(ReadOnlySpan<byte> utf8)
    {
        Span<int> source = stackalloc int[Display.MaxEncodedBytes];
        var length = 0;
        for (; !utf8.IsEmpty; length++)
        {
            Rune.DecodeFromUtf8(utf8, out var rune, out var consumed);
            source[length] = rune.Value;
            utf8 = utf8[consumed..];
        }

        source = source[..length];
        if (IsInert(source))
        {
            return true;
        }

        Span<int> normal = stackalloc int[Display.MaxEncodedBytes * MaxParts];
        return source.SequenceEqual(normal[..Normalise(source, normal)]);
    }

    /// <summary>Whether no character can change or make its neighbours change.</summary>
    private static bool IsInert(ReadOnlySpan<int> characters)
    {
        foreach (var c in characters)
        {
            // Latin letters that normal texts hold, and the unified ideographs: by far the most.
            var isInert = c is < 0x300 or (>= 0x3400 and <= 0x9FFF)
                || (!s_parts.ContainsKey(c) && !s_classes.ContainsKey(c) && !s_seconds.Contains(c) && c is not ((>= VBase and < VBase + VCount) or (> TBase and < TBase + TCount)));
            if (!isInert)
            {
                return false;
            }
        }

        return true;
    }

    private static int Normalise(ReadOnlySpan<int> source, Span<int> text)
    {
        var length = 0;
        foreach (var character in source)
        {
            length += Decompose(character, text[length..]);
        }

        text = text[..length];
        Reorder(text);
        return Compose(text);
    }

    private static int Decompose(int character, Span<int> parts)
    {
        var syllable = character - SBase;
        if (syllable is >= 0 and < SCount)
        {
            parts[0] = LBase + (syllable / (VCount * TCount));
            parts[1] = VBase + (syllable % (VCount * TCount) / TCount);
            if (syllable % TCount == 0)
            {
                return 2;
            }

            parts[2] = TBase + (syllable % TCount);
            return 3;
        }

        if (!s_parts.TryGetValue(character, out var pair))
        {
            parts[0] = character;
            return 1;
        }

        var length = Decompose(pair.First, parts);
        return pair.Second == 0 ? length : length + Decompose(pair.Second, parts[length..]);
    }

    /// <summary>Sorts each run of combining characters by class, keeping the order within a class.</summary>
    private static void Reorder(Span<int> text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            var combiningClass = ClassOf(text[i]);
            for (var j = i; combiningClass > 0 && j > 0 && ClassOf(text[j - 1]) > combiningClass; j--)
            {
                (text[j - 1], text[j]) = (text[j], text[j - 1]);
            }
        }
    }

    private static int Compose(Span<int> text)
    {
        var (length, starter, lastClass) = (0, -1, -1);
        foreach (var character in text)
        {
            var combiningClass = ClassOf(character);

            // Nothing of the same or a higher class may stand between a character and the one it joins.
            if (starter >= 0 && lastClass < combiningClass && TryCompose(text[starter], character, out var composed))
            {
                text[starter] = composed;
                continue;
            }

            if (combiningClass == 0)
            {
                (starter, lastClass) = (length, -1);
            }
            else
            {
                lastClass = combiningClass;
            }

            text[length++] = character;
        }

        return length;
    }

    private static bool TryCompose(int first, int second, out int composed)
    {
        var (l, v, s, t) = (first - LBase, second - VBase, first - SBase, second - TBase);
        if (l is >= 0 and < LCount && v is >= 0 and < VCount)
        {
            composed = SBase + (((l * VCount) + v) * TCount);
            return true;
        }

        if (s is >= 0 and < SCount && s % TCount == 0 && t is > 0 and < TCount)
        {
            composed = first + t;
            return true;
        }

        return s_compositions.TryGetValue((first, second), out composed);
    }

    private static int ClassOf(int character) => s_classes.GetValueOrDefault(character);

    private static int ReadNumber(ReadOnlySpan<byte> data, ref int at)
    {
        var number = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = data[at++];
            number |= (b & 0x7F) << shift;
            if (b < 0x80)
            {
                return number;
            }
        }
    }
}
