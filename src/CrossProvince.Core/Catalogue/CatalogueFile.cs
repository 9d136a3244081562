namespace CrossProvince.Core.Catalogue;

/// <summary>One file of the catalogue, as read.</summary>
/// <param name="Name">Its name, for errors.</param>
/// <param name="Utf8">Its bytes: JSON in UTF-8 without a byte order mark.</param>
public sealed record CatalogueFile(string Name, byte[] Utf8);
