namespace CrossProvince.Core.Identifiers;

/// <summary>Citizen numbers of GB 11643: 18 characters, the last a check digit 0–9 or X.</summary>
public static class CitizenNumber
{
    private const int Length = 18;
    private const string CheckDigits = "10X98765432";

    private static ReadOnlySpan<byte> Weights => [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

    /// <summary>Whether the text has the right shape, a birth date of the calendar and the right check digit.</summary>
    /// <param name="number">18 characters; X is upper case.</param>
    /// <remarks>The region digits are not looked up: retired codes persist in citizen numbers.</remarks>
    public static bool IsValid(ReadOnlySpan<char> number) => TryGetBirthDate(number, out _);

    /// <summary>Computes the check digit.</summary>
    /// <param name="first17">The first 17 digits.</param>
    /// <returns>0–9 or X.</returns>
    /// <exception cref="ArgumentException">The text is not 17 ASCII digits.</exception>
    public static char CheckDigit(ReadOnlySpan<char> first17)
    {
        if (first17.Length != Length - 1 || first17.ContainsAnyExceptInRange('0', '9'))
        {
            throw new ArgumentException("A citizen number's check digit is computed over 17 digits.", nameof(first17));
        }

        var sum = 0;
        for (var i = 0; i < first17.Length; i++)
        {
            sum += (first17[i] - '0') * Weights[i];
        }

        return CheckDigits[sum % 11];
    }

    /// <summary>Reads the birth date out of a valid citizen number.</summary>
    /// <param name="number">18 characters; X is upper case.</param>
    /// <param name="birthDate">The birth date, else default.</param>
    /// <returns>Whether the number is valid.</returns>
    public static bool TryGetBirthDate(ReadOnlySpan<char> number, out DateOnly birthDate)
    {
        birthDate = default;
        if (number.Length != Length || number[0] == '0' || number[..^1].ContainsAnyExceptInRange('0', '9') || CheckDigit(number[..^1]) != number[^1])
        {
            return false;
        }

        var (year, month, day) = ((Digits(number[6..8]) * 100) + Digits(number[8..10]), Digits(number[10..12]), Digits(number[12..14]));
        if (year == 0 || month is < 1 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        birthDate = new DateOnly(year, month, day);
        return true;
    }

    private static int Digits(ReadOnlySpan<char> two) => ((two[0] - '0') * 10) + two[1] - '0';
}
