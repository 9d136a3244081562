using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace CrossProvince.Core.Presentation;

/// <summary>What a code itself says about the licence, masked: made once, when the licence gets its list index.</summary>
/// <remarks>CBOR <c>[name, number, last valid day or null, extra or null]</c>, at most 54 bytes. An instance always fits.</remarks>
public sealed record Display
{
    /// <summary>Most bytes of the encoded form.</summary>
    public const int MaxEncodedBytes = 54;

    /// <summary>The largest last valid day: 2149-06-06.</summary>
    public const int MaxDay = 65_535;

    private const string Ellipsis = "…";

    private Display(string name, string number, int? lastValidDay, string? extra)
    {
        Name = name;
        Number = number;
        LastValidDay = lastValidDay;
        Extra = extra;
    }

    /// <summary>The holder's masked name; ends in <c>…</c> when it was longer.</summary>
    public string Name { get; }

    /// <summary>The masked number.</summary>
    public string Number { get; }

    /// <summary>The last day, inclusive, on which the licence is valid, in days since 1970-01-01 (China Standard Time); null: without end.</summary>
    public int? LastValidDay { get; }

    /// <summary>One text that depends on the type, such as a driving class, or null.</summary>
    public string? Extra { get; }

    /// <summary>Makes a display; a name that is too long becomes its longest prefix of whole code points that fits, with <c>…</c>.</summary>
    /// <param name="name">The masked name.</param>
    /// <param name="number">The masked number.</param>
    /// <param name="lastValidDay">0 to 65,535 days since 1970-01-01, or null.</param>
    /// <param name="extra">A text that depends on the type, or null.</param>
    /// <exception cref="ArgumentException">A text is not well-formed Unicode, the day is out of range, or number and extra leave no room for a name.</exception>
    public static Display Fit(string name, string number, int? lastValidDay, string? extra)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(number);
        if (lastValidDay is < 0 or > MaxDay)
        {
            throw new ArgumentOutOfRangeException(nameof(lastValidDay), lastValidDay, "The last valid day is 0 to 65,535 days after 1970-01-01.");
        }

        name = Normal(name, nameof(name));
        number = Normal(number, nameof(number));
        extra = extra is null ? null : Normal(extra, nameof(extra));
        var room = MaxEncodedBytes - 1 - TextSize(number) - DaySize(lastValidDay) - (extra is null ? 1 : TextSize(extra));
        var fitted = name;
        for (var end = name.Length; TextSize(fitted) > room; fitted = string.Concat(name.AsSpan(0, end), Ellipsis))
        {
            if (end == 0)
            {
                throw new ArgumentException("Number and extra leave no room for a name.", nameof(number));
            }

            end -= end >= 2 && char.IsSurrogatePair(name[end - 2], name[end - 1]) ? 2 : 1;
        }

        return new Display(fitted, number, lastValidDay, extra);
    }

    /// <summary>Encodes the display as it stands in the code and under the tag of the licence index.</summary>
    /// <returns>Deterministic CBOR, at most 54 bytes.</returns>
    public byte[] Encode()
    {
        Span<byte> buffer = stackalloc byte[MaxEncodedBytes];
        var writer = new CborSpanWriter(buffer);
        writer.WriteByte(PresentationTemplate.DisplayArray);
        writer.WriteText(Name);
        writer.WriteText(Number);
        if (LastValidDay is { } day)
        {
            writer.WriteUnsigned((uint)day);
        }
        else
        {
            writer.WriteByte(PresentationTemplate.Null);
        }

        if (Extra is not null)
        {
            writer.WriteText(Extra);
        }
        else
        {
            writer.WriteByte(PresentationTemplate.Null);
        }

        return buffer[..writer.Position].ToArray();
    }

    /// <summary>Decodes what <see cref="Encode"/> gives, and nothing else.</summary>
    /// <param name="encoded">The bytes.</param>
    /// <param name="display">The display, else null.</param>
    /// <returns>Whether the bytes are the deterministic CBOR of a display. Never throws for bad input.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out Display? display)
    {
        display = null;
        var cursor = new PresentationCursor(encoded);
        if (!cursor.TryReadDisplay(out var parts) || !cursor.IsAtEnd)
        {
            return false;
        }

        display = new Display(
            Encoding.UTF8.GetString(encoded[parts.Name]),
            Encoding.UTF8.GetString(encoded[parts.Number]),
            parts.LastValidDay,
            parts.Extra is { } extra ? Encoding.UTF8.GetString(encoded[extra]) : null);
        return true;
    }

    private static int TextSize(string text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        return bytes + (bytes < 24 ? 1 : 2);
    }

    private static int DaySize(int? day) => day switch
    {
        null or < 24 => 1,
        <= byte.MaxValue => 2,
        _ => 3,
    };

    private static string Normal(string text, string name)
    {
        // A lone surrogate has no UTF-8.
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
            {
                throw new ArgumentException("The text is not well-formed Unicode.", name);
            }
        }

        return NormalFormC.Of(text);
    }
}
