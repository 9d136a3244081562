using System.Collections.Concurrent;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;

namespace CrossProvince.Service.StatusIndex;

/// <summary>The signed heads this node holds, of its own and of other regions, with the lists they speak of.</summary>
/// <remarks>Some earlier states are kept, so that who read a head a moment ago can still fetch exactly its chunks. Safe for concurrent calls.</remarks>
internal sealed class PublishedIndexes
{
    private readonly ConcurrentDictionary<RegionCode, Published[]> _regions = new();

    /// <summary>Adds a region's newest state.</summary>
    /// <param name="snapshot">What the head speaks of.</param>
    /// <param name="document">The signed head.</param>
    /// <param name="keep">How many states to keep.</param>
    public void Add(RegionSnapshot snapshot, byte[] document, int keep)
    {
        var added = new Published(snapshot, document);
        _regions.AddOrUpdate(
            snapshot.Head.Region,
            static (_, state) => [state.added],
            static (_, kept, state) => kept[0].Snapshot.Head.Seq == state.added.Snapshot.Head.Seq
                ? [state.added, .. kept[1..]]
                : [state.added, .. kept.Take(state.keep - 1)],
            (added, keep));
    }

    /// <summary>Forgets a region: what it signed is no longer given on.</summary>
    public void Forget(RegionCode region) => _regions.TryRemove(region, out _);

    /// <summary>The newest signed head of a region, or null.</summary>
    public byte[]? FindHead(RegionCode region) => FindNewest(region)?.Document;

    /// <summary>A list as it was last published, or null.</summary>
    public StatusListSnapshot? FindList(RegionCode region, int list) => FindNewest(region)?.Snapshot.Lists.FirstOrDefault(l => l.Number == list);

    /// <summary>Chunk hashes of a list.</summary>
    /// <param name="region">The region.</param>
    /// <param name="list">The list.</param>
    /// <param name="root">The root of the head that the caller read; null means the newest.</param>
    public ReadOnlyMemory<byte>? FindChunkHashes(RegionCode region, int list, ReadOnlyMemory<byte>? root)
    {
        foreach (var published in _regions.GetValueOrDefault(region) ?? [])
        {
            var found = published.Snapshot.Lists.FirstOrDefault(l => l.Number == list);
            if (found is not null && (root is null || found.Root.Span.SequenceEqual(root.Value.Span)))
            {
                return found.ChunkHashes;
            }
        }

        return null;
    }

    /// <summary>A chunk of a list.</summary>
    /// <param name="region">The region.</param>
    /// <param name="list">The list.</param>
    /// <param name="chunk">The chunk.</param>
    /// <param name="hash">The hash that it must have; null means the newest.</param>
    public byte[]? FindChunk(RegionCode region, int list, int chunk, ReadOnlyMemory<byte>? hash)
    {
        foreach (var published in _regions.GetValueOrDefault(region) ?? [])
        {
            var found = published.Snapshot.Lists.FirstOrDefault(l => l.Number == list);
            if (found is not null && chunk < found.ChunkCount
                && (hash is null || found.ChunkHashes.Span.Slice(chunk * 32, 32).SequenceEqual(hash.Value.Span)))
            {
                return found.EncodeChunk(chunk);
            }
        }

        return null;
    }

    /// <summary>The newest state of a region, or null.</summary>
    public Published? FindNewest(RegionCode region) => _regions.GetValueOrDefault(region)?[0];

    /// <summary>One state with its signed head.</summary>
    internal sealed record Published(RegionSnapshot Snapshot, byte[] Document);
}
