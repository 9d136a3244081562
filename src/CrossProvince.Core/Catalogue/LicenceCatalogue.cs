using System.Collections.Frozen;
using System.Text;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Catalogue;

/// <summary>The shared catalogue: licence types, scenarios and recognitions. Immutable; safe for concurrent calls.</summary>
public sealed class LicenceCatalogue
{
    /// <summary>Longest life of any code, seconds (docs/payload.md, step 6).</summary>
    private const int LongestLifetimeSeconds = 600;

    private const int AdultAge = 18;

    // Shares of the display's bytes, so that some of the name always fits; the rest is what heads and the day take at most.
    private const int LongestNumberBytes = 24;
    private const int SureExtraBytes = 12;
    private const int DisplayOverheadBytes = 10;

    private static readonly int s_epochDay = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    private readonly IReadOnlySet<string> _compoundSurnames;
    private readonly FrozenDictionary<int, LicenceType> _typesByNumber;
    private readonly FrozenDictionary<string, LicenceType> _typesById;
    private readonly FrozenDictionary<string, LicenceType> _typesByCode;
    private readonly FrozenDictionary<int, Scenario> _scenariosByNumber;
    private readonly FrozenDictionary<string, Scenario> _scenariosById;
    private readonly FrozenSet<ulong> _recognised;

    private LicenceCatalogue(CatalogueReader reader, byte[] hash)
    {
        Types = [.. reader.Types.OrderBy(type => type.Number)];
        Scenarios = [.. reader.Scenarios.OrderBy(scenario => scenario.Number)];
        Recognitions = reader.Recognitions;
        Hash = hash;
        _compoundSurnames = reader.CompoundSurnames;
        _typesByNumber = Types.ToFrozenDictionary(type => type.Number);
        _typesById = Types.ToFrozenDictionary(type => type.Id);
        _typesByCode = Types.ToFrozenDictionary(type => type.TypeCode);
        _scenariosByNumber = Scenarios.ToFrozenDictionary(scenario => scenario.Number);
        _scenariosById = Scenarios.ToFrozenDictionary(scenario => scenario.Id);
        _recognised = AllRecognised().ToFrozenSet();
    }

    /// <summary>Licence types in the order of their numbers.</summary>
    public IReadOnlyList<LicenceType> Types { get; }

    /// <summary>Scenarios in the order of their numbers.</summary>
    public IReadOnlyList<Scenario> Scenarios { get; }

    /// <summary>Recognitions in the order of the file.</summary>
    public IReadOnlyList<Recognition> Recognitions { get; }

    /// <summary>SM3 over the SM3 hashes of the three files (types, scenarios, recognitions), 32 bytes.</summary>
    public ReadOnlyMemory<byte> Hash { get; }

    /// <summary>Reads the catalogue.</summary>
    /// <param name="licenceTypes">licence-types.json.</param>
    /// <param name="scenarios">scenarios.json.</param>
    /// <param name="recognitions">recognitions.json.</param>
    /// <exception cref="CatalogueException">
    /// A file is wrong. Lists every error: of shape if there are any, since content can't be judged then, else of content.
    /// </exception>
    public static LicenceCatalogue Parse(CatalogueFile licenceTypes, CatalogueFile scenarios, CatalogueFile recognitions)
    {
        ArgumentNullException.ThrowIfNull(licenceTypes);
        ArgumentNullException.ThrowIfNull(scenarios);
        ArgumentNullException.ThrowIfNull(recognitions);

        var reader = CatalogueReader.Read(licenceTypes, scenarios, recognitions);
        var hash = Sm3.Hash([.. Sm3.Hash(licenceTypes.Utf8), .. Sm3.Hash(scenarios.Utf8), .. Sm3.Hash(recognitions.Utf8)]);
        return new LicenceCatalogue(reader, hash);
    }

    /// <summary>The licence type of that number, or null.</summary>
    public LicenceType? FindType(int number) => _typesByNumber.GetValueOrDefault(number);

    /// <summary>The licence type of that id, or null.</summary>
    public LicenceType? FindType(string id) => _typesById.GetValueOrDefault(id);

    /// <summary>The licence type of that 21-character type code, or null.</summary>
    public LicenceType? FindTypeByCode(string typeCode) => _typesByCode.GetValueOrDefault(typeCode);

    /// <summary>The scenario of that number, or null.</summary>
    public Scenario? FindScenario(int number) => _scenariosByNumber.GetValueOrDefault(number);

    /// <summary>The scenario of that id, or null.</summary>
    public Scenario? FindScenario(string id) => _scenariosById.GetValueOrDefault(id);

    /// <summary>Whether a region recognises a licence type of another for a scenario, without allocating.</summary>
    /// <param name="from">Issuing region.</param>
    /// <param name="to">Recognising region; a region recognises its own licences for every scenario of their type.</param>
    /// <param name="type">Number of the licence type.</param>
    /// <param name="scenario">Number of the scenario; if unknown, whether the type is recognised for any.</param>
    /// <returns>False for an unknown type.</returns>
    public bool Recognises(RegionCode from, RegionCode to, int type, int scenario)
    {
        if (!_typesByNumber.ContainsKey(type))
        {
            return false;
        }

        var known = _scenariosByNumber.ContainsKey(scenario) ? scenario : 0;
        if (from == to)
        {
            return known == 0 || _recognised.Contains(Key(default, default, type, known));
        }

        return from.Value is > 0 and <= 999999 && to.Value is > 0 and <= 999999 && _recognised.Contains(Key(from, to, type, known));
    }

    /// <summary>Longest life of a code, seconds: the smallest of 600, the type's and the scenario's limit.</summary>
    /// <param name="type">Number of the licence type; if unknown, it sets no limit.</param>
    /// <param name="scenario">Number of the scenario; if unknown, it sets no limit.</param>
    public int MaxLifetimeSeconds(int type, int scenario) => Math.Min(
        LongestLifetimeSeconds,
        Math.Min(FindType(type)?.MaxLifetimeSeconds ?? int.MaxValue, FindScenario(scenario)?.LifetimeSeconds ?? int.MaxValue));

    /// <summary>Masks a value (<see cref="Masks"/>) with the catalogue's compound surnames.</summary>
    /// <param name="maskId">Id of the mask.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">There is no such mask.</exception>
    public string Mask(string maskId, string value) => Masks.Apply(maskId, value, _compoundSurnames);

    /// <summary>Makes the display of a licence: masked and fitted to a code.</summary>
    /// <param name="type">The licence's type.</param>
    /// <param name="facts">The licence.</param>
    /// <remarks>
    /// The same facts give the same display, on any day: whether the holder is a minor is judged by the day of issue.
    /// A last valid day past 2149-06-06 does not fit a code and is left out; one before 1970 becomes 1970-01-01, long past too.
    /// </remarks>
    /// <exception cref="ArgumentException">A text is not well-formed Unicode.</exception>
    public Display MakeDisplay(LicenceType type, LicenceFacts facts)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(facts);

        var name = MakePart(type.Display.Name, facts);
        var number = Shorten(MakePart(type.Display.Number, facts), LongestNumberBytes);
        var roomForExtra = Display.MaxEncodedBytes - DisplayOverheadBytes - Encoding.UTF8.GetByteCount(name) - Encoding.UTF8.GetByteCount(number);
        var extra = type.Display.Extra is { } part && FindFact(part.From, facts).Length > 0
            ? Shorten(MakePart(part, facts), Math.Max(SureExtraBytes, roomForExtra))
            : null;
        var lastValidDay = facts.ValidUntil?.DayNumber - s_epochDay;
        return Display.Fit(name, number, lastValidDay > Display.MaxDay ? null : lastValidDay < 0 ? 0 : lastValidDay, extra);
    }

    /// <summary>Whether a part of a display can be this value, masked and shortened: under the part's own mask, or under one that some holders get instead.</summary>
    /// <param name="part">Where the part comes from.</param>
    /// <param name="full">The full value.</param>
    /// <param name="shown">The part as it stands in a display.</param>
    public bool IsShownAs(DisplayPart part, string full, string shown)
    {
        ArgumentNullException.ThrowIfNull(part);
        ArgumentNullException.ThrowIfNull(shown);
        return Matches(part.Mask) || Matches("none") || (part.Mask == "name" && Matches("name-of-minor"));

        bool Matches(string mask)
        {
            var masked = NormalFormC.Of(Mask(mask, full));
            return masked == shown || (shown.EndsWith('…') && masked.StartsWith(shown[..^1], StringComparison.Ordinal));
        }
    }

    /// <summary>The longest prefix of whole code points that fits, with <c>…</c>, if the whole does not.</summary>
    private static string Shorten(string text, int mostBytes)
    {
        const string Ellipsis = "…";
        if (Encoding.UTF8.GetByteCount(text) <= mostBytes)
        {
            return text;
        }

        var room = mostBytes - Encoding.UTF8.GetByteCount(Ellipsis);
        var end = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            room -= rune.Utf8SequenceLength;
            if (room < 0)
            {
                break;
            }

            end += rune.Utf16SequenceLength;
        }

        return string.Concat(text.AsSpan(0, end), Ellipsis);
    }

    private static string FindFact(string from, LicenceFacts facts) => from switch
    {
        "holder.name" => facts.HolderName,
        "holder.code" => facts.HolderCode,
        "number" => facts.Number,
        _ => facts.Fields.GetValueOrDefault(from["fields.".Length..], ""),
    };

    /// <summary>Whether the holder was under 18 when the licence was issued, by citizen number or else by a field <c>birth_date</c>.</summary>
    private static bool IsMinor(LicenceFacts facts) =>
        (CitizenNumber.TryGetBirthDate(facts.HolderCode, out var birth)
            || DateOnly.TryParseExact(facts.Fields.GetValueOrDefault("birth_date"), "yyyy-MM-dd", out birth))
        && birth.AddYears(AdultAge) > facts.IssuedOn;

    private static ulong Key(RegionCode from, RegionCode to, int type, int scenario) =>
        ((ulong)from.Value << 43) | ((ulong)to.Value << 23) | ((ulong)type << 8) | (uint)scenario;

    private string MakePart(DisplayPart part, LicenceFacts facts)
    {
        // GB/T 36903 holder code types 001 and 099: organisations, whose names and codes are public.
        var isPublic = facts.HolderCodeType is "001" or "099" && part.From is "holder.name" or "holder.code";
        var mask = isPublic ? "none" : part.Mask == "name" && IsMinor(facts) ? "name-of-minor" : part.Mask;
        return Mask(mask, FindFact(part.From, facts));
    }

    private IEnumerable<ulong> AllRecognised()
    {
        foreach (var scenario in Scenarios)
        {
            foreach (var type in scenario.Types)
            {
                yield return Key(default, default, _typesById[type].Number, scenario.Number);
            }
        }

        foreach (var recognition in Recognitions)
        {
            foreach (var scenario in recognition.Scenarios.Select(id => _scenariosById[id]))
            {
                foreach (var type in recognition.Types.Intersect(scenario.Types).Select(id => _typesById[id].Number))
                {
                    yield return Key(recognition.From, recognition.To, type, scenario.Number);
                    yield return Key(recognition.From, recognition.To, type, 0);
                }
            }
        }
    }
}
