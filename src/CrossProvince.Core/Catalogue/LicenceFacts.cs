namespace CrossProvince.Core.Catalogue;

/// <summary>What a display is made from.</summary>
/// <param name="HolderName">Holder's full name.</param>
/// <param name="HolderCode">Holder's code.</param>
/// <param name="HolderCodeType">Kind of code, GB/T 36903: 001 unified social credit code, 111 citizen number, 999 other natural person, …</param>
/// <param name="Number">Number as printed.</param>
/// <param name="IssuedOn">Day of issue; a holder who was a minor on it gets the tighter masks.</param>
/// <param name="ValidUntil">Last valid day, inclusive; null: without end.</param>
/// <param name="Fields">Type-specific fields by name.</param>
public sealed record LicenceFacts(
    string HolderName,
    string HolderCode,
    string HolderCodeType,
    string Number,
    DateOnly IssuedOn,
    DateOnly? ValidUntil,
    IReadOnlyDictionary<string, string> Fields);
