namespace CrossProvince.Core.Identifiers;

/// <summary>Check characters of GB/T 17710 (ISO/IEC 7064), hybrid system MOD 37,36.</summary>
public static class CheckCharacter
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary>Computes the check character of a text.</summary>
    /// <param name="text">Characters 0–9 and A–Z, without separators and without the check character itself.</param>
    /// <returns>One of 0–9 and A–Z.</returns>
    /// <exception cref="ArgumentException">The text has another character.</exception>
    public static char Compute(ReadOnlySpan<char> text)
    {
        var product = 36;
        foreach (var c in text)
        {
            var value = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetterUpper(c) ? c - 'A' + 10 : -1;
            if (value < 0)
            {
                throw new ArgumentException($"U+{(int)c:X4} is outside 0-9A-Z.", nameof(text));
            }

            var sum = (product + value) % 36;
            product = 2 * (sum == 0 ? 36 : sum) % 37;
        }

        // A product of 1 gives 36: the last "mod 36" that some deployed systems leave out.
        return Alphabet[(37 - product) % 36];
    }
}
