using System.Text.RegularExpressions;

namespace CrossProvince.Core.Catalogue;

/// <summary>Masks for personal values; one <c>*</c> stands for one hidden code point, except where said.</summary>
/// <remarks>
/// By id: <c>name</c>, <c>name-of-minor</c>, <c>citizen-number</c>, <c>citizen-number-on-screen</c>, <c>phone</c>,
/// <c>licence-number</c>, <c>address</c>, and <c>none</c> for what is public, such as organisations and their codes.
/// </remarks>
public static partial class Masks
{
    /// <summary>Masks a natural person's name: two characters hide one, longer ones keep first and last, compound surnames are kept.</summary>
    /// <param name="name">The full name.</param>
    /// <param name="compoundSurnames">Surnames of more than one character.</param>
    public static string Name(string name, IReadOnlySet<string> compoundSurnames)
    {
        var length = CountCodePoints(name);
        var surname = CompoundSurname(name, compoundSurnames);
        return surname > 0 ? Keep(name, surname, 0) : Keep(name, length > 1 ? 1 : 0, length > 2 ? 1 : 0);
    }

    /// <summary>Masks a minor's name: only the surname is kept.</summary>
    /// <param name="name">The full name.</param>
    /// <param name="compoundSurnames">Surnames of more than one character.</param>
    public static string NameOfMinor(string name, IReadOnlySet<string> compoundSurnames)
    {
        var surname = CompoundSurname(name, compoundSurnames);
        return Keep(name, surname > 0 ? surname : CountCodePoints(name) > 1 ? 1 : 0, 0);
    }

    /// <summary>Masks a citizen number for a code: first and last character are kept.</summary>
    public static string CitizenNumberInCode(string number) => Keep(number, 1, 1);

    /// <summary>Masks a citizen number for a counter's screen after disclosure: first six and last four characters are kept.</summary>
    public static string CitizenNumberOnScreen(string number) => Keep(number, 6, 4);

    /// <summary>Masks a telephone number: first three and last four digits are kept.</summary>
    public static string Phone(string number) => Keep(number, 3, 4);

    /// <summary>Masks a licence's number: up to three characters at either end are kept, and never more than half of it.</summary>
    /// <remarks>Eight asterisks stand for more than eight hidden characters too, so that long numbers fit a code.</remarks>
    public static string LicenceNumber(string number)
    {
        var kept = Math.Min(3, CountCodePoints(number) / 4);
        return Keep(number, kept, kept, mostAsterisks: 8);
    }

    /// <summary>Masks an address: what stands after the county is hidden, and all of it if no county is found.</summary>
    public static string Address(string address) => CountyPattern().Match(address).Value + "***";

    /// <summary>Whether there is a mask of that id.</summary>
    public static bool IsKnown(string maskId) => Find(maskId) is not null;

    /// <summary>Masks a value by the id of the mask.</summary>
    /// <param name="maskId">Id of the mask.</param>
    /// <param name="value">The value.</param>
    /// <param name="compoundSurnames">Surnames of more than one character, for names.</param>
    /// <exception cref="ArgumentException">There is no such mask.</exception>
    public static string Apply(string maskId, string value, IReadOnlySet<string> compoundSurnames) =>
        (Find(maskId) ?? throw new ArgumentException($"There is no mask '{maskId}'.", nameof(maskId)))(value, compoundSurnames);

    private static Func<string, IReadOnlySet<string>, string>? Find(string maskId) => maskId switch
    {
        "none" => static (value, _) => value,
        "name" => Name,
        "name-of-minor" => NameOfMinor,
        "citizen-number" => static (value, _) => CitizenNumberInCode(value),
        "citizen-number-on-screen" => static (value, _) => CitizenNumberOnScreen(value),
        "phone" => static (value, _) => Phone(value),
        "licence-number" => static (value, _) => LicenceNumber(value),
        "address" => static (value, _) => Address(value),
        _ => null,
    };

    /// <summary>Keeps code points at the ends; a value too short to hide anything between them is hidden whole.</summary>
    private static string Keep(string value, int first, int last, int mostAsterisks = int.MaxValue)
    {
        var runes = value.EnumerateRunes().ToArray();
        if (first + last >= runes.Length)
        {
            (first, last) = (0, 0);
        }

        var asterisks = new string('*', Math.Min(runes.Length - first - last, mostAsterisks));
        return string.Concat([.. runes[..first].Select(rune => rune.ToString()), asterisks, .. runes[^last..].Select(rune => rune.ToString())]);
    }

    /// <summary>Code points of the compound surname that the name begins with, leaving at least one for the given name; 0: none.</summary>
    private static int CompoundSurname(string name, IReadOnlySet<string> compoundSurnames)
    {
        foreach (var surname in compoundSurnames)
        {
            if (name.Length > surname.Length && name.StartsWith(surname, StringComparison.Ordinal))
            {
                return CountCodePoints(surname);
            }
        }

        return 0;
    }

    private static int CountCodePoints(string value) => value.EnumerateRunes().Count();

    // Province or municipality, prefecture, county; each name is free of the words that end the others, so that a 小区
    // further on is not taken for a county.
    [GeneratedRegex("^(?:[^省市区县旗]{2,6}(?:省|自治区)|(?:北京|天津|上海|重庆)市)?(?:[^省市区县旗]{1,14}?(?:市|州|盟|地区))?[^省市区县旗]{1,14}[市区县旗]", RegexOptions.CultureInvariant)]
    private static partial Regex CountyPattern();
}
