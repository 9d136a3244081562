using System.Buffers;
using System.Globalization;

namespace CrossProvince.Core.Identifiers;

/// <summary>Identifier of one licence, GB/T 36904-2018: root, type, issuer, serial, version and check, separated by dots.</summary>
/// <remarks>
/// Reading looks at the structure only: deployed systems emit wrong check characters, so a partner's identifier with a
/// wrong one is a warning and a look-up, never proof of forgery. Identifiers made here are always right.
/// </remarks>
public readonly record struct LicenceId
{
    private const string Root = "1.2.156.3005.2.";
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private static readonly SearchValues<char> s_alphabet = SearchValues.Create(Alphabet);

    private LicenceId(string typeCode, string issuerCode, string serial, string version, char check)
    {
        TypeCode = typeCode;
        IssuerCode = issuerCode;
        Serial = serial;
        Version = version;
        Check = check;
    }

    /// <summary>Licence type: 18 characters 0–9A–Z of the defining body and 3 digits.</summary>
    public string TypeCode { get; }

    /// <summary>Issuer: 18 characters 0–9A–Z, or a region code of 6 digits.</summary>
    public string IssuerCode { get; }

    /// <summary>Serial number: one or more characters 0–9A–Z.</summary>
    public string Serial { get; }

    /// <summary>Version: 3 characters 0–9A–Z.</summary>
    public string Version { get; }

    /// <summary>Check character: 0–9 or A–Z.</summary>
    public char Check { get; }

    /// <summary>Whether <see cref="Check"/> is the check character of the other parts (GB/T 17710).</summary>
    public bool HasCorrectCheck =>
        TypeCode is not null && CheckCharacter.Compute(string.Concat(TypeCode, IssuerCode, Serial, Version)) == Check;

    /// <summary>Reads an identifier by its structure; the check character is not compared.</summary>
    /// <param name="text">The dotted text, upper case.</param>
    /// <param name="id">The identifier, else default.</param>
    /// <returns>Whether root, number, alphabets and lengths of the parts are right.</returns>
    public static bool TryParse(string? text, out LicenceId id)
    {
        id = default;
        if (text is null || !text.StartsWith(Root, StringComparison.Ordinal))
        {
            return false;
        }

        Span<Range> parts = stackalloc Range[6];
        var rest = text.AsSpan(Root.Length);
        if (rest.Split(parts, '.') != 5 || rest[parts[4]].Length != 1)
        {
            return false;
        }

        var (type, issuer, serial, version, check) = (rest[parts[0]].ToString(), rest[parts[1]].ToString(), rest[parts[2]].ToString(), rest[parts[3]].ToString(), rest[parts[4]][0]);
        if (!IsTypeCode(type) || !IsIssuerCode(issuer) || !IsSerial(serial) || version.Length != 3 || !IsText(version) || !s_alphabet.Contains(check))
        {
            return false;
        }

        id = new LicenceId(type, issuer, serial, version, check);
        return true;
    }

    /// <summary>Makes an identifier with the right check character.</summary>
    /// <param name="typeCode">21 characters: 18 of 0–9A–Z and 3 digits.</param>
    /// <param name="issuerCode">18 characters 0–9A–Z, or 6 digits.</param>
    /// <param name="serial">One or more characters 0–9A–Z.</param>
    /// <param name="version">1 to 999.</param>
    /// <exception cref="ArgumentException">A part has another shape; the exception names it.</exception>
    public static LicenceId Create(string typeCode, string issuerCode, string serial, int version)
    {
        Require(IsTypeCode(typeCode), "a licence type code is 18 characters 0-9A-Z and 3 digits", nameof(typeCode));
        Require(IsIssuerCode(issuerCode), "an issuer code is 18 characters 0-9A-Z, or 6 digits", nameof(issuerCode));
        Require(IsSerial(serial), "a serial number is one or more characters 0-9A-Z", nameof(serial));
        Require(version is >= 1 and <= 999, "a version is 1 to 999", nameof(version));

        var versionText = version.ToString("D3", CultureInfo.InvariantCulture);
        var check = CheckCharacter.Compute(string.Concat(typeCode, issuerCode, serial, versionText));
        return new LicenceId(typeCode, issuerCode, serial, versionText, check);
    }

    /// <summary>The full dotted text; empty for default.</summary>
    public override string ToString() =>
        TypeCode is null ? "" : $"{Root}{TypeCode}.{IssuerCode}.{Serial}.{Version}.{Check}";

    private static bool IsTypeCode(string? text) =>
        text is { Length: 21 } && IsText(text) && !text.AsSpan(18).ContainsAnyExceptInRange('0', '9');

    private static bool IsIssuerCode(string? text) =>
        text is { Length: 18 } ? IsText(text) : text is { Length: 6 } && !text.AsSpan().ContainsAnyExceptInRange('0', '9');

    private static bool IsSerial(string? text) => text is { Length: > 0 } && IsText(text);

    private static bool IsText(string text) => !text.AsSpan().ContainsAnyExcept(s_alphabet);

    private static void Require(bool holds, string rule, string part)
    {
        if (!holds)
        {
            throw new ArgumentException($"The {part} has another shape: {rule}.", part);
        }
    }
}
