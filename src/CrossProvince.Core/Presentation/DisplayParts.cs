namespace CrossProvince.Core.Presentation;

/// <summary>Where the parts of an encoded display are.</summary>
internal readonly record struct DisplayParts(Range Name, Range Number, int? LastValidDay, Range? Extra);
