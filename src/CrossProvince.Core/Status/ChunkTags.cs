namespace CrossProvince.Core.Status;

/// <summary>The tags of a chunk, shared by its copies for as long as none of them gets a new entry.</summary>
/// <remarks>Whoever shares them never writes: a chunk that needs another tag takes a copy first.</remarks>
internal sealed class ChunkTags
{
    internal ChunkTags() => Values = new ulong[StatusList.ChunkSize];

    internal ChunkTags(ulong[] values) => Values = values;

    /// <summary>A tag an entry; 0 where there is none.</summary>
    internal ulong[] Values { get; }

    /// <summary>Where SM3 stands after the part of the chunk's CBOR that only its list and tags make (<see cref="ChunkHashing"/>); null: not computed yet.</summary>
    internal byte[]? State { get; set; }
}
