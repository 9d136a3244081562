namespace CrossProvince.Client.Verifying;

/// <summary>What a code is scanned for; it is recorded with the verification.</summary>
/// <param name="Scenario">Catalogue id of the scenario; null means the code's own.</param>
/// <param name="MatterCode">Matter code (事项编码), at most 64 characters; some scenarios demand it.</param>
/// <param name="CaseNumber">Case number, at most 64 characters; some scenarios demand it.</param>
/// <param name="WantReceipt">Whether a signed receipt is wanted.</param>
public sealed record ScanPurpose(string? Scenario = null, string? MatterCode = null, string? CaseNumber = null, bool WantReceipt = false);
