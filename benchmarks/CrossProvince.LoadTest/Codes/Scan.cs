using CrossProvince.Contracts.Verification.V1;

namespace CrossProvince.LoadTest.Codes;

/// <summary>One scan to be sent.</summary>
/// <param name="Code">The text.</param>
/// <param name="Expected">The verdict that it must get.</param>
internal sealed record Scan(string Code, Verdict Expected);
