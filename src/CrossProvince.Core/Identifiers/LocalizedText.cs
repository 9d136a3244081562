namespace CrossProvince.Core.Identifiers;

/// <summary>A text in both languages of the service.</summary>
/// <param name="Zh">Chinese.</param>
/// <param name="En">English.</param>
public sealed record LocalizedText(string Zh, string En);
