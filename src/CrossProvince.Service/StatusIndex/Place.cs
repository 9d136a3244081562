namespace CrossProvince.Service.StatusIndex;

/// <summary>Where an entry stands in the region's lists.</summary>
/// <param name="List">List number, 0 to 65535.</param>
/// <param name="Index">Index in the list, below 2^20.</param>
internal readonly record struct Place(int List, int Index);
