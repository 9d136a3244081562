using CrossProvince.Core.Identifiers;
using Newtonsoft.Json.Linq;

namespace CrossProvince.Core.Catalogue;

/// <summary>Turns the three files into entries, and checks what a schema can't: doubles, dangling ids, contradictions.</summary>
internal sealed class CatalogueReader
{
    private const string ProvisionalPrefix = "PROVISIONAL";

    private static readonly Dictionary<string, UseRule> s_useRules = new()
    {
        ["many"] = UseRule.Many,
        ["once-per-region"] = UseRule.OncePerRegion,
        ["once-everywhere"] = UseRule.OnceEverywhere,
    };

    private static readonly Dictionary<string, VerifierRule> s_verifierRules = new()
    {
        ["listed"] = VerifierRule.Listed,
        ["any-organisation"] = VerifierRule.AnyOrganisation,
        ["anyone"] = VerifierRule.Anyone,
    };

    private static readonly HashSet<string> s_factsOfEveryLicence = ["holder.name", "holder.code", "number"];
    private static readonly HashSet<string> s_disclosableFacts = [.. s_factsOfEveryLicence, "issuer.name", "issued_on", "valid_until"];

    private readonly CatalogueDocument _typeFile;
    private readonly CatalogueDocument _scenarioFile;
    private readonly CatalogueDocument _recognitionFile;
    private readonly List<string> _errors = [];

    private CatalogueReader(CatalogueDocument typeFile, CatalogueDocument scenarioFile, CatalogueDocument recognitionFile)
    {
        _typeFile = typeFile;
        _scenarioFile = scenarioFile;
        _recognitionFile = recognitionFile;
        CompoundSurnames = typeFile["compoundSurnames"].Select(Text).ToHashSet();
        Types = [.. typeFile.Entries.Select(ReadType)];
        Scenarios = [.. scenarioFile.Entries.Select(ReadScenario)];
        Recognitions = [.. recognitionFile.Entries.Select(ReadRecognition)];
    }

    public IReadOnlySet<string> CompoundSurnames { get; }

    public IReadOnlyList<LicenceType> Types { get; }

    public IReadOnlyList<Scenario> Scenarios { get; }

    public IReadOnlyList<Recognition> Recognitions { get; }

    /// <summary>Reads and checks the files.</summary>
    /// <exception cref="CatalogueException">Something is wrong: all errors of shape, or else all of content.</exception>
    public static CatalogueReader Read(CatalogueFile licenceTypes, CatalogueFile scenarios, CatalogueFile recognitions)
    {
        var errors = new List<string>();
        var typeFile = CatalogueDocument.Read(licenceTypes, "licence-types.schema.json", errors);
        var scenarioFile = CatalogueDocument.Read(scenarios, "scenarios.schema.json", errors);
        var recognitionFile = CatalogueDocument.Read(recognitions, "recognitions.schema.json", errors);
        if (typeFile is null || scenarioFile is null || recognitionFile is null)
        {
            throw new CatalogueException(errors);
        }

        var reader = new CatalogueReader(typeFile, scenarioFile, recognitionFile);
        reader.CheckTypes();
        reader.CheckScenarios();
        reader.CheckRecognitions();
        return reader._errors.Count == 0 ? reader : throw new CatalogueException(reader._errors);
    }

    private static LicenceType ReadType(JObject entry) => new()
    {
        Number = (int)entry["number"]!,
        Id = Text(entry["id"]!),
        TypeCode = Text(entry["typeCode"]!),
        CodeSource = Text(entry["codeSource"]!),
        Source = Text(entry["source"]!),
        Names = ReadNames(entry),
        Fields = [.. entry["fields"]!.Select(field => new LicenceField(Text(field["name"]!), Text(field["type"]!), (string?)field["mask"]))],
        Display = new DisplayRule(
            ReadPart(entry["display"]!["name"]!),
            ReadPart(entry["display"]!["number"]!),
            entry["display"]!["extra"] is JObject extra ? ReadPart(extra) : null),
        MaxLifetimeSeconds = (int)entry["maxLifetimeSeconds"]!,
    };

    private static Scenario ReadScenario(JObject entry) => new()
    {
        Number = (int)entry["number"]!,
        Id = Text(entry["id"]!),
        Names = ReadNames(entry),
        Types = Texts(entry["types"]!),
        Verifiers = s_verifierRules[Text(entry["verifiers"]!)],
        LifetimeSeconds = (int)entry["lifetimeSeconds"]!,
        Use = s_useRules[Text(entry["use"]!)],
        OfflineUse = Text(entry["offlineUse"]!) == "local" ? OfflineUseRule.Local : OfflineUseRule.None,
        Discloses = Texts(entry["discloses"]!),
        Requires = Texts(entry["requires"]!),
        SoftSeconds = (int?)entry["softSeconds"],
        HardSeconds = (int?)entry["hardSeconds"],
    };

    private static Recognition ReadRecognition(JObject entry) => new(
        RegionCode.Parse(Text(entry["from"]!)),
        RegionCode.Parse(Text(entry["to"]!)),
        Texts(entry["types"]!),
        Texts(entry["scenarios"]!),
        Text(entry["source"]!));

    private static LocalizedText ReadNames(JObject entry) => new(Text(entry["names"]!["zh"]!), Text(entry["names"]!["en"]!));

    private static DisplayPart ReadPart(JToken part) => new(Text(part["from"]!), Text(part["mask"]!));

    private static string Text(JToken token) => (string)token!;

    private static List<string> Texts(JToken tokens) => [.. tokens.Select(Text)];

    private void CheckTypes()
    {
        RefuseDoubles(_typeFile, "number", "id", "typeCode");
        foreach (var entry in _typeFile.Entries)
        {
            CheckTypeCode(entry);
            CheckFields(entry);

            var display = entry["display"]!;
            CheckPart(entry, display["name"]!, mayBeField: false);
            CheckPart(entry, display["number"]!, mayBeField: false);
            if (display["extra"] is JObject extra)
            {
                CheckPart(entry, extra, mayBeField: true);
            }
        }
    }

    private void CheckTypeCode(JObject entry)
    {
        var token = entry["typeCode"]!;
        var code = Text(token);
        var provisional = Text(entry["codeSource"]!) == "provisional";
        if (provisional != code.StartsWith(ProvisionalPrefix, StringComparison.Ordinal))
        {
            _errors.Add(_typeFile.Error(token, $"type code {code}: a provisional code, and no other, begins with {ProvisionalPrefix}."));
        }
        else if (!provisional && !SocialCreditCode.IsValid(code.AsSpan(0, 18)))
        {
            _errors.Add(_typeFile.Error(token, $"type code {code}: its first 18 characters are not a unified social credit code with a right check character."));
        }
    }

    private void CheckFields(JObject entry)
    {
        var names = new HashSet<string>();
        foreach (var field in entry["fields"]!)
        {
            if (!names.Add(Text(field["name"]!)))
            {
                _errors.Add(_typeFile.Error(field["name"]!, $"field '{field["name"]}' is there twice."));
            }

            if ((string?)field["mask"] is not null)
            {
                CheckMask(field["mask"]!);
            }
        }
    }

    private void CheckPart(JObject entry, JToken part, bool mayBeField)
    {
        CheckMask(part["mask"]!);
        var from = Text(part["from"]!);
        if (!s_factsOfEveryLicence.Contains(from) && !(mayBeField && HasField(entry, from)))
        {
            _errors.Add(_typeFile.Error(part["from"]!, mayBeField
                ? $"'{from}' is neither {string.Join(", ", s_factsOfEveryLicence)} nor a field of this type."
                : $"'{from}' is not a fact of every licence: {string.Join(", ", s_factsOfEveryLicence)}."));
        }
    }

    private void CheckMask(JToken mask)
    {
        if (!Masks.IsKnown(Text(mask)))
        {
            _errors.Add(_typeFile.Error(mask, $"there is no mask '{mask}'."));
        }
    }

    private void CheckScenarios()
    {
        RefuseDoubles(_scenarioFile, "number", "id");
        foreach (var entry in _scenarioFile.Entries)
        {
            RefuseDangling(_scenarioFile, entry["types"]!, _typeFile, "licence type");

            var types = Texts(entry["types"]!).ToHashSet();
            var typeEntries = _typeFile.Entries.Where(type => types.Contains(Text(type["id"]!))).ToList();
            foreach (var fact in entry["discloses"]!)
            {
                if (!s_disclosableFacts.Contains(Text(fact)) && !typeEntries.Any(type => HasField(type, Text(fact))))
                {
                    _errors.Add(_scenarioFile.Error(fact, $"'{fact}' is neither {string.Join(", ", s_disclosableFacts)} nor a field of one of its types."));
                }
            }

            if ((int?)entry["softSeconds"] > (int?)entry["hardSeconds"])
            {
                _errors.Add(_scenarioFile.Error(entry["softSeconds"]!, "softSeconds must not exceed hardSeconds."));
            }
        }
    }

    private void CheckRecognitions()
    {
        var lines = new Dictionary<(string From, string To, string Type, string Scenario), int>();
        foreach (var entry in _recognitionFile.Entries)
        {
            var (from, to) = (Text(entry["from"]!), Text(entry["to"]!));
            if (from == to)
            {
                _errors.Add(_recognitionFile.Error(entry["to"]!, $"{to} recognises its own licences without an entry."));
            }

            RefuseDangling(_recognitionFile, entry["types"]!, _typeFile, "licence type");
            RefuseDangling(_recognitionFile, entry["scenarios"]!, _scenarioFile, "scenario");

            foreach (var scenario in entry["scenarios"]!)
            {
                if (Find(Scenarios, scenario) is { } known && !Texts(entry["types"]!).Intersect(known.Types).Any())
                {
                    _errors.Add(_recognitionFile.Error(scenario, $"scenario '{scenario}' is for none of the licence types of this entry."));
                }

                var doubled = entry["types"]!.FirstOrDefault(type => !lines.TryAdd((from, to, Text(type), Text(scenario)), CatalogueDocument.Line(entry)));
                if (doubled is not null)
                {
                    var first = lines[(from, to, Text(doubled), Text(scenario))];
                    _errors.Add(_recognitionFile.Error(doubled, $"'{doubled}' of {from} is already recognised in {to} for '{scenario}' by the entry at line {first}."));
                }
            }
        }
    }

    private static bool HasField(JObject type, string from) =>
        from.StartsWith("fields.", StringComparison.Ordinal) && type["fields"]!.Any(field => Text(field["name"]!) == from["fields.".Length..]);

    private static Scenario? Find(IReadOnlyList<Scenario> scenarios, JToken id) => scenarios.FirstOrDefault(scenario => scenario.Id == Text(id));

    private void RefuseDoubles(CatalogueDocument file, params ReadOnlySpan<string> properties)
    {
        foreach (var property in properties)
        {
            var lines = new Dictionary<string, int>();
            foreach (var token in file.Entries.Select(entry => entry[property]!))
            {
                if (!lines.TryAdd(token.ToString(), CatalogueDocument.Line(token)))
                {
                    _errors.Add(file.Error(token, $"{property} {token} is already given at line {lines[token.ToString()]}."));
                }
            }
        }
    }

    private void RefuseDangling(CatalogueDocument file, JToken ids, CatalogueDocument target, string kind)
    {
        var known = target.Entries.Select(entry => Text(entry["id"]!)).ToHashSet();
        _errors.AddRange(ids.Where(id => !known.Contains(Text(id))).Select(id => file.Error(id, $"there is no {kind} '{id}'.")));
    }
}
