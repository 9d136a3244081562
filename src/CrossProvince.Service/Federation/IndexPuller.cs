using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Service.Federation.Following;

namespace CrossProvince.Service.Federation;

/// <summary>Pulls the head, changes and chunks of a region whose node does not know streams yet, over HTTP (docs/adr/0055: until every node of the federation has been upgraded).</summary>
internal static class IndexPuller
{
    /// <summary>Chunks asked for at once, over one connection.</summary>
    private const int ChunksAtOnce = 16;

    /// <summary>Brings a copy to the region's newest head.</summary>
    /// <param name="partner">The region's node.</param>
    /// <param name="copy">The copy.</param>
    /// <param name="metrics">Counts.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StatusDocumentException">What came is not what the region has signed.</exception>
    /// <exception cref="ForkedChainException">The head names another history.</exception>
    /// <exception cref="HttpRequestException">The node does not answer.</exception>
    public static async Task PullAsync(PartnerIndex partner, RegionCopy copy, FollowingMetrics metrics, CancellationToken cancellation)
    {
        var document = await partner.GetHeadAsync(cancellation);
        var head = copy.Open(document);
        var stands = copy.TakeHead(head, document);
        if (stands == FollowedHead.Ahead && await TryFollowFeedAsync(partner, copy, head, cancellation))
        {
            stands = copy.TakeHead(head, document);
        }

        if (stands is FollowedHead.Ahead or FollowedHead.Differs)
        {
            metrics.Fetched(head.Region);
            foreach (var list in head.Lists)
            {
                await PullListAsync(partner, copy.Index, list, cancellation);
            }

            copy.Follow(head, document);
        }
    }

    /// <summary>Takes in the changes between copy and head, which are a thousandth of the chunks that they change.</summary>
    /// <returns>Whether the copy has come to the head's change.</returns>
    private static async Task<bool> TryFollowFeedAsync(PartnerIndex partner, RegionCopy copy, StatusHead head, CancellationToken cancellation)
    {
        if (!copy.IsFilled || head.Seq - copy.Index.Seq > StatusFeedDocument.MaxChanges || await partner.FindFeedAsync(copy.Index.Seq + 1, head.Seq, cancellation) is not { } document)
        {
            return false;
        }

        try
        {
            return copy.TakeBatch(document) && copy.Index.Seq == head.Seq;
        }
        catch (StatusDocumentException e)
        {
            copy.Diverged(e.Message);
            return false;
        }
    }

    /// <summary>Fetches the chunks of a list in which a copy differs.</summary>
    /// <exception cref="StatusDocumentException">What came does not lead to the list's root.</exception>
    public static async Task PullListAsync(PartnerIndex partner, RegionIndex copy, ListHead list, CancellationToken cancellation)
    {
        var held = copy.Snapshot(list.List);
        if (held.Root.Span.SequenceEqual(list.Root.Span))
        {
            return;
        }

        var hashes = await partner.GetChunkHashesAsync(list, cancellation);
        var chunks = new ParallelOptions { MaxDegreeOfParallelism = ChunksAtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(held.FindChangedChunks(hashes, list.Root.Span), chunks, async (number, stopping) =>
        {
            var hash = hashes.AsMemory(number * Sm3.HashSize, Sm3.HashSize);
            copy.ReplaceChunk(StatusChunk.Open(await partner.GetChunkAsync(list.List, number, hash, stopping), list.List, number, hash.Span));
        });
    }
}
