namespace CrossProvince.Cli.Samples;

/// <summary>One line of the import format (docs/operations.md, "Licence import"); dates are ISO 8601.</summary>
internal sealed record SampleLicence(
    string LicenceId,
    string TypeCode,
    string Number,
    SampleParty Holder,
    SampleIssuer Issuer,
    DateOnly IssuedOn,
    DateOnly ValidFrom,
    DateOnly? ValidUntil,
    string Status,
    IReadOnlyDictionary<string, string> Fields,
    IReadOnlyList<SampleParty> Guardians,
    IReadOnlyList<SampleParty> Agents);
