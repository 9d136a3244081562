using System.Buffers;

namespace CrossProvince.Core.Identifiers;

/// <summary>Unified social credit codes of GB 32100: 18 characters, the last a check character.</summary>
public static class SocialCreditCode
{
    private const int Length = 18;
    private const string Alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

    private static readonly SearchValues<char> s_alphabet = SearchValues.Create(Alphabet);

    private static ReadOnlySpan<byte> Weights => [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

    /// <summary>Whether the text has 18 characters of the code's alphabet (no I, O, S, V, Z) and the right check character.</summary>
    /// <param name="code">The code, upper case.</param>
    public static bool IsValid(ReadOnlySpan<char> code) =>
        code.Length == Length && !code.ContainsAnyExcept(s_alphabet) && CheckCharacter(code[..^1]) == code[^1];

    /// <summary>Computes the check character.</summary>
    /// <param name="first17">The first 17 characters.</param>
    /// <returns>A character of the code's alphabet.</returns>
    /// <exception cref="ArgumentException">The text is not 17 characters of the code's alphabet.</exception>
    public static char CheckCharacter(ReadOnlySpan<char> first17)
    {
        if (first17.Length != Length - 1 || first17.ContainsAnyExcept(s_alphabet))
        {
            throw new ArgumentException("A social credit code's check character is computed over 17 characters 0-9A-Z without I, O, S, V, Z.", nameof(first17));
        }

        var sum = 0;
        for (var i = 0; i < first17.Length; i++)
        {
            sum += Alphabet.AsSpan().IndexOf(first17[i]) * Weights[i];
        }

        return Alphabet[(31 - (sum % 31)) % 31];
    }
}
