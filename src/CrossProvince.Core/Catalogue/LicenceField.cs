namespace CrossProvince.Core.Catalogue;

/// <summary>One field that licences of a type have beside the common ones.</summary>
/// <param name="Name">Name in the <c>fields</c> of a licence, snake_case.</param>
/// <param name="Type"><c>text</c>, <c>date</c> (ISO 8601) or <c>integer</c>.</param>
/// <param name="Mask">Mask for showing it without disclosure (<see cref="Masks"/>), or null: not shown then.</param>
public sealed record LicenceField(string Name, string Type, string? Mask);
