namespace CrossProvince.Service.Storage.Sealing;

/// <summary>What a re-wrap has done.</summary>
/// <param name="Looked">Licences looked at.</param>
/// <param name="Rewrapped">Licences sealed anew.</param>
/// <param name="Unreadable">Licences that cannot be opened, and stay as they are.</param>
/// <param name="Problems">The first of these: row and key, nothing of a person.</param>
/// <param name="Unused">Keys that no row needs any more.</param>
/// <param name="StillNeeded">Keys that were to be replaced, and are needed by rows that cannot be opened.</param>
public sealed record RewrapReport(long Looked, long Rewrapped, long Unreadable, IReadOnlyList<string> Problems, IReadOnlyList<string> Unused, IReadOnlyList<string> StillNeeded);
