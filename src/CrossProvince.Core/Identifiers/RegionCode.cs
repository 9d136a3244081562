using System.Globalization;

namespace CrossProvince.Core.Identifiers;

/// <summary>A region: 6-digit code of GB/T 2260, 100000 to 999999.</summary>
/// <param name="Value">The code as a number.</param>
public readonly record struct RegionCode(int Value)
{
    private const int Length = 6;

    /// <summary>Reads exactly six ASCII digits, the first not 0.</summary>
    /// <param name="text">The text.</param>
    /// <param name="region">The region, else default.</param>
    /// <returns>Whether the text has that shape; whether such a region exists is not looked up.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out RegionCode region)
    {
        region = default;
        if (text.Length != Length || text[0] == '0')
        {
            return false;
        }

        var value = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }

            value = (value * 10) + (c - '0');
        }

        region = new RegionCode(value);
        return true;
    }

    /// <summary>Reads a region code that must be right.</summary>
    /// <exception cref="FormatException">The text is not six digits.</exception>
    public static RegionCode Parse(string text) =>
        TryParse(text, out var region) ? region : throw new FormatException($"'{text}' is not a region code: six digits of GB/T 2260, such as 110000.");

    /// <summary>Writes the six digits, in ASCII.</summary>
    internal void WriteDigits(Span<byte> digits)
    {
        var rest = (uint)Value;
        for (var i = Length - 1; i >= 0; i--)
        {
            digits[i] = (byte)('0' + (rest % 10));
            rest /= 10;
        }
    }

    /// <summary>The six digits.</summary>
    public override string ToString() => Value.ToString("D6", CultureInfo.InvariantCulture);
}
