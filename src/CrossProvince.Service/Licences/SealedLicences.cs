namespace CrossProvince.Service.Licences;

/// <summary>Licences as they are written.</summary>
/// <param name="Created">Rows that are new.</param>
/// <param name="Changed">Rows that there are, as they are to be.</param>
/// <param name="Parties">By which hashes the guardians and agents of all of them find their rows.</param>
internal sealed record SealedLicences(IReadOnlyList<LicenceRow> Created, IReadOnlyList<LicenceRow> Changed, IReadOnlyList<(long Row, byte[] Hash)> Parties);
