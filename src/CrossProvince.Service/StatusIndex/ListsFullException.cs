namespace CrossProvince.Service.StatusIndex;

/// <summary>Every list that the trust list allows this region is full.</summary>
internal sealed class ListsFullException(int bound)
    : Exception($"All {bound} lists that the trust list allows this region are full: have lists.bound raised in the trust list.");
