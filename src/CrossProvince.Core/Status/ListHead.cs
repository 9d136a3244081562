namespace CrossProvince.Core.Status;

/// <summary>One list in a head.</summary>
/// <param name="List">Number of the list.</param>
/// <param name="Root">SM3 over its chunk hashes in order, 32 bytes.</param>
/// <param name="Allocated">Number of entries that were ever allocated.</param>
public sealed record ListHead(int List, ReadOnlyMemory<byte> Root, int Allocated);
