namespace CrossProvince.Service.Licences;

/// <summary>Those of some licences that are stored, by identifier.</summary>
/// <param name="Licences">Those that can be read.</param>
/// <param name="Unreadable">Why the others cannot.</param>
/// <param name="Hashes">By what a new row of each of those that were asked for is found.</param>
internal sealed record FoundLicences(IReadOnlyDictionary<string, StoredLicence> Licences, IReadOnlyDictionary<string, string> Unreadable, IReadOnlyDictionary<string, byte[]> Hashes)
{
    /// <summary>None of them.</summary>
    public static FoundLicences None { get; } = new(new Dictionary<string, StoredLicence>(), new Dictionary<string, string>(), new Dictionary<string, byte[]>());
}
