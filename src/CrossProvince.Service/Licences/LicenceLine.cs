using System.Globalization;
using System.Text;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Service.Licences;

/// <summary>Reads one line of the licence import format (docs/operations.md, "Licence import").</summary>
/// <param name="catalogue">The licence types.</param>
/// <param name="region">The region of this node.</param>
internal sealed class LicenceLine(LicenceCatalogue catalogue, RegionCode region)
{
    private const int LongestName = 200;
    private const int LongestField = 500;

    /// <summary>Reads and checks a line.</summary>
    /// <param name="line">One JSON text.</param>
    /// <param name="today">Today, China Standard Time.</param>
    /// <exception cref="LineRefusedException">The line is not taken.</exception>
    public LicenceRecord Read(string line, int today)
    {
        var json = LineJson.Read(line);
        var type = catalogue.FindTypeByCode(Required(json.TypeCode, "type_code"))
            ?? throw new LineRefusedException("type_code", "is not in the catalogue of licence types; see 'crossprovince catalogue'.");
        var issuer = ReadIssuer(json.Issuer);
        var number = Text(json.Number, "number", LongestName);
        var holder = ReadParty(json.Holder, "holder");
        var issuedOn = Day(json.IssuedOn, "issued_on");
        var validFrom = Day(json.ValidFrom, "valid_from");
        int? validUntil = json.ValidUntil is null ? null : Day(json.ValidUntil, "valid_until");
        if (validUntil < validFrom)
        {
            throw new LineRefusedException("valid_until", "is before valid_from.");
        }

        if (validUntil is < 0 or > ushort.MaxValue)
        {
            throw new LineRefusedException("valid_until", "must lie between 1970-01-01 and 2149-06-06; leave it null for a licence without end.");
        }

        var status = ReadStatus(json.Status, validUntil, today);
        var fields = ReadFields(json.Fields, type);
        var id = ReadId(json.LicenceId, type, issuer, number);
        return new LicenceRecord
        {
            Id = id,
            TypeNumber = type.Number,
            Number = number,
            Holder = holder,
            Issuer = issuer,
            IssuedOn = issuedOn,
            ValidFrom = validFrom,
            ValidUntil = validUntil,
            Status = status,
            Fields = fields,
            Guardians = ReadParties(json.Guardians, "guardians"),
            Agents = ReadParties(json.Agents, "agents"),
            Display = catalogue.MakeDisplay(type, new LicenceFacts(
                holder.Name,
                holder.Code,
                holder.CodeType,
                number,
                ChinaDate.ToDate(issuedOn),
                validUntil is { } until ? ChinaDate.ToDate(until) : null,
                fields)),
        };
    }

    private Party ReadIssuer(IssuerJson? json)
    {
        if (json is null)
        {
            throw new LineRefusedException("issuer", "is missing.");
        }

        var name = Text(json.Name, "issuer.name", LongestName);
        var code = Required(json.Code, "issuer.code");
        string issuerRegion;
        if (RegionCode.TryParse(code, out _))
        {
            issuerRegion = code;
        }
        else if (SocialCreditCode.IsValid(code))
        {
            issuerRegion = code[2..8];
        }
        else
        {
            throw new LineRefusedException("issuer.code", "is neither a unified social credit code with a correct check character (GB 32100) nor a region code (GB/T 2260).");
        }

        // Issuers stand under the province's code: its first two digits are the region's.
        if (!issuerRegion.AsSpan(0, 2).SequenceEqual(region.ToString().AsSpan(0, 2)))
        {
            throw new LineRefusedException("issuer.code", $"is of another region ({issuerRegion}); this node keeps licences of {region} only. Import it at that region's node.");
        }

        return new Party(name, code, "001");
    }

    private static Party ReadParty(PartyJson? json, string field)
    {
        if (json is null)
        {
            throw new LineRefusedException(field, "is missing.");
        }

        var name = Text(json.Name, $"{field}.name", LongestName);
        var code = Text(json.Code, $"{field}.code", 64);
        var codeType = Required(json.CodeType, $"{field}.code_type");
        switch (codeType)
        {
            case "111" when !CitizenNumber.IsValid(code):
                throw new LineRefusedException($"{field}.code", "is not a citizen number with a real birth date and a correct check digit (GB 11643).");
            case "001" when !SocialCreditCode.IsValid(code):
                throw new LineRefusedException($"{field}.code", "is not a unified social credit code with a correct check character (GB 32100).");
            case { Length: 3 } when !codeType.AsSpan().ContainsAnyExceptInRange('0', '9'):
                return new Party(name, code, codeType);
            default:
                throw new LineRefusedException($"{field}.code_type", "is not a three-digit code type such as 111 or 001 (GB/T 36903).");
        }
    }

    private static Party[] ReadParties(IReadOnlyList<PartyJson?>? json, string field)
    {
        if (json is null or { Count: 0 })
        {
            return [];
        }

        if (json.Count > 10)
        {
            throw new LineRefusedException(field, "has more than 10 entries.");
        }

        var parties = json.Select((p, i) => ReadParty(p, $"{field}[{i.ToString(CultureInfo.InvariantCulture)}]")).ToArray();
        return parties.Length < 2 || parties.DistinctBy(p => p.Code).Count() == parties.Length
            ? parties
            : throw new LineRefusedException(field, "names the same code twice.");
    }

    private static NormalisedStatus ReadStatus(string? text, int? validUntil, int today)
    {
        if (!NormalisedStatuses.TryParse(Required(text, "status"), out var status))
        {
            throw new LineRefusedException("status", $"is not one of {string.Join(", ", NormalisedStatuses.Names)}.");
        }

        if (status == NormalisedStatus.Expired && !(validUntil < today))
        {
            throw new LineRefusedException("status", "says expired, but valid_until is not past; give the true last day.");
        }

        return status;
    }

    private static SortedDictionary<string, string> ReadFields(IReadOnlyDictionary<string, string>? json, LicenceType type)
    {
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in json ?? new Dictionary<string, string>())
        {
            if (!type.Fields.Any(f => f.Name == name))
            {
                throw new LineRefusedException($"fields.{Shorten(name)}", $"is not a field of {type.Id}; it has {string.Join(", ", type.Fields.Select(f => f.Name))}.");
            }

            fields[name] = Text(value, $"fields.{name}", LongestField);
        }

        return fields;
    }

    private static LicenceId ReadId(string? text, LicenceType type, Party issuer, string number)
    {
        if (text is null)
        {
            return LicenceId.Create(type.TypeCode, issuer.Code, Serial(number), version: 1);
        }

        if (!LicenceId.TryParse(text, out var id))
        {
            throw new LineRefusedException("licence_id", "has not the shape of GB/T 36904: 1.2.156.3005.2.TYPE.ISSUER.SERIAL.VERSION.CHECK.");
        }

        if (!id.HasCorrectCheck)
        {
            throw new LineRefusedException("licence_id", "has a wrong check character (GB/T 17710); licences of the own region must have the right one.");
        }

        if (id.TypeCode != type.TypeCode)
        {
            throw new LineRefusedException("licence_id", "names another licence type than type_code.");
        }

        return id.IssuerCode == issuer.Code ? id : throw new LineRefusedException("licence_id", "names another issuer than issuer.code.");
    }

    private static string Serial(string number)
    {
        var serial = new StringBuilder(number.Length);
        foreach (var c in number.ToUpperInvariant().Where(char.IsAsciiLetterOrDigit))
        {
            serial.Append(c);
        }

        return serial.Length > 0
            ? serial.ToString()
            : throw new LineRefusedException("number", "has no letter or digit to make a licence_id of; give licence_id.");
    }

    private static int Day(string? text, string field) => ChinaDate.TryParse(Required(text, field), out var day)
        ? day
        : throw new LineRefusedException(field, "is not a date written YYYY-MM-DD.");

    private static string Text(string? text, string field, int longest)
    {
        var value = Required(text, field);
        if (value.Length > longest)
        {
            throw new LineRefusedException(field, string.Create(CultureInfo.InvariantCulture, $"is longer than {longest} characters."));
        }

        return !IsPlain(value, out var isNormal) ? throw new LineRefusedException(field, "has control characters or broken Unicode.")
            : isNormal ? value
            : value.Normalize(NormalizationForm.FormC);
    }

    /// <summary>Whether a text is well formed and without control characters; and whether it is in normal form C beyond doubt, so that nobody need be asked.</summary>
    /// <remarks>UAX #15 §9: what stands before the first combining mark, Chinese characters of the basic block and extension A, and full-width ASCII compose with nothing and decompose into nothing.</remarks>
    private static bool IsPlain(string text, out bool isNormal)
    {
        isNormal = true;
        foreach (var c in text)
        {
            if (c is < ' ' or (>= '\u007F' and < '\u00A0'))
            {
                return false;
            }

            isNormal &= c is < '\u0300' or (>= '\u3400' and <= '\u4DBF') or (>= '\u4E00' and <= '\u9FFF') or (>= '\uFF01' and <= '\uFF5E');
        }

        return isNormal || IsWellFormed(text);
    }

    private static bool IsWellFormed(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return true;
    }

    private static string Required(string? text, string field) =>
        string.IsNullOrWhiteSpace(text) ? throw new LineRefusedException(field, "is missing or empty.") : text;

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
