using CrossProvince.Core.Status;

namespace CrossProvince.Service.StatusIndex;

/// <summary>A region's index as it was kept: a signed head, and lists that agree with it.</summary>
/// <param name="Head">The head, its signature checked.</param>
/// <param name="Document">The signed head.</param>
/// <param name="Chunks">All chunks of its lists.</param>
internal sealed record StoredIndex(StatusHead Head, byte[] Document, IReadOnlyList<StatusChunk> Chunks)
{
    /// <summary>Takes it over into an index that is older, in one step for readers.</summary>
    /// <exception cref="StatusDocumentException">The index is not older, or the chunks are not those of the head.</exception>
    public void Fill(RegionIndex index) => index.Replace(Head, Chunks);
}
