using CrossProvince.Client.Connecting;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;

namespace CrossProvince.Faults.Tests.Judging;

/// <summary>The licence index in one node's memory, read over HTTP as a partner reads it.</summary>
internal static class Mirror
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Compares it with the chain, entry by entry, once the node has come so far.</summary>
    /// <param name="connection">To the node.</param>
    /// <param name="node">What it is called.</param>
    /// <param name="region">Whose index is compared.</param>
    /// <param name="trust">What the index is held to.</param>
    /// <param name="chain">The region's chain.</param>
    /// <returns>How many entries were compared, and what differs.</returns>
    public static async Task<(int Entries, List<string> Differences)> CompareAsync(NodeConnection connection, string node, RegionCode region, TrustList trust, Chain chain)
    {
        var copy = new RegionIndex(region, trust.FindRegion(region)!.ListBound);
        StatusHead head;
        for (var start = TimeProvider.System.GetTimestamp(); (head = await PullAsync(connection, copy, trust)).Seq < chain.Seq;)
        {
            if (TimeProvider.System.GetElapsedTime(start) > s_patience)
            {
                return (0, [$"{node} stands at change {head.Seq}, the chain at {chain.Seq}."]);
            }

            await Task.Delay(s_pause);
        }

        var differences = chain.Entries.Where(entry => copy.Find(entry.Key.List, entry.Key.Index) != entry.Value)
            .Select(entry => $"{node} says {copy.Find(entry.Key.List, entry.Key.Index)} of entry {entry.Key}, the chain {entry.Value}.").ToList();
        if (head.Seq != chain.Seq || head.Lists.Sum(list => list.Allocated) != chain.Entries.Count)
        {
            differences.Add($"{node} has {head.Lists.Sum(list => list.Allocated)} entries at change {head.Seq}, the chain {chain.Entries.Count} at {chain.Seq}.");
        }

        return (chain.Entries.Count, differences);
    }

    private static async Task<StatusHead> PullAsync(NodeConnection node, RegionIndex copy, TrustList trust)
    {
        var head = StatusHeadDocument.Open(await node.Http.GetByteArrayAsync($"v1/heads/{copy.Region}"), trust, copy.Region, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        foreach (var list in head.Lists)
        {
            var hashes = await node.Http.GetByteArrayAsync($"v1/lists/{copy.Region}/{list.List}/chunkHashes?root={Convert.ToHexString(list.Root.Span)}");
            foreach (var number in copy.Snapshot(list.List).FindChangedChunks(hashes, list.Root.Span))
            {
                var hash = hashes.AsMemory(number * Sm3.HashSize, Sm3.HashSize);
                var bytes = await node.Http.GetByteArrayAsync($"v1/lists/{copy.Region}/{list.List}/chunks/{number}?hash={Convert.ToHexString(hash.Span)}");
                copy.ReplaceChunk(StatusChunk.Open(bytes, list.List, number, hash.Span));
            }
        }

        copy.Follow(head);
        return head;
    }
}
