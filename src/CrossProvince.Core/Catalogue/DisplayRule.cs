namespace CrossProvince.Core.Catalogue;

/// <summary>How the display of a licence type is made.</summary>
/// <param name="Name">The name; from a fact that every licence has.</param>
/// <param name="Number">The number; from a fact that every licence has.</param>
/// <param name="Extra">One type-specific text, or null.</param>
public sealed record DisplayRule(DisplayPart Name, DisplayPart Number, DisplayPart? Extra);
