namespace CrossProvince.Service.Licences;

/// <summary>Those of some licences that are stored, by identifier.</summary>
/// <param name="Licences">Those that can be read.</param>
/// <param name="Unreadable">Why the others cannot.</param>
internal sealed record FoundLicences(IReadOnlyDictionary<string, StoredLicence> Licences, IReadOnlyDictionary<string, string> Unreadable);
