namespace CrossProvince.Service.Storage.Sealing;

/// <summary>One key of a database, without the key.</summary>
/// <param name="Purpose"><c>seal</c> or <c>look-up</c>.</param>
/// <param name="Id">Its name.</param>
/// <param name="Algorithm">What it works with; empty when the key file lacks it.</param>
/// <param name="IsInFile">Whether the key file has it.</param>
/// <param name="IsCurrent">Whether the key file makes it the current one.</param>
/// <param name="State"><c>in-use</c>, <c>being-replaced</c> or <c>unused</c>; <c>new</c> when the database does not know it.</param>
public sealed record StorageKeyInfo(string Purpose, string Id, string Algorithm, bool IsInFile, bool IsCurrent, string State);
