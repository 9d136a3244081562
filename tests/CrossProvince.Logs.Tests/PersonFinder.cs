using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Logs.Tests;

/// <summary>Finds what must not stand in a log: given values, and whatever looks like a code, a token or a citizen number.</summary>
internal sealed partial class PersonFinder
{
    /// <summary>A single character, or a short number, stands in logs for other reasons.</summary>
    private const int ShortestText = 2;
    private const int ShortestNumber = 6;

    private readonly SearchValues<string> _values;

    /// <param name="values">Names and numbers.</param>
    public PersonFinder(IEnumerable<string> values)
    {
        var told = values.Where(IsTelling).Distinct().ToArray();
        Count = told.Length;
        _values = SearchValues.Create(told, StringComparison.Ordinal);
    }

    /// <summary>How many values are looked for.</summary>
    public int Count { get; }

    /// <summary>What kind of thing a line holds; null if none. Never the thing itself.</summary>
    public string? Find(string line) =>
        line.AsSpan().ContainsAny(_values) ? "a name or number of a sample person"
        : Code().IsMatch(line) ? "a presentation code"
        : Token().IsMatch(line) ? "a token"
        : Citizen().Matches(line).Any(match => CitizenNumber.IsValid(match.ValueSpan)) ? "a citizen number"
        : null;

    /// <summary>Files and lines at which something was found.</summary>
    public IEnumerable<string> FindIn(string file)
    {
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (Find(line) is { } kind)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}:{number}: {kind}");
            }
        }
    }

    private static bool IsTelling(string value) =>
        value.Length >= (value.All(char.IsAscii) ? ShortestNumber : ShortestText);

    [GeneratedRegex("CP1[A-Z2-7]{12,}", RegexOptions.IgnoreCase)]
    private static partial Regex Code();

    [GeneratedRegex("eyJ[A-Za-z0-9_-]{8,}")]
    private static partial Regex Token();

    [GeneratedRegex("(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")]
    private static partial Regex Citizen();
}
