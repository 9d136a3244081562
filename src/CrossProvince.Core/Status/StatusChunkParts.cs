namespace CrossProvince.Core.Status;

/// <summary>The raw bytes of a chunk of 4,096 entries, for stores that keep lists as bytes.</summary>
/// <param name="Status">1,024 bytes: two bits an entry, least significant first.</param>
/// <param name="Tags">32,768 bytes: eight an entry, big endian.</param>
/// <param name="Reasons">Three bytes for each entry with a reason, by ascending index: the index within the chunk, 16 bits big endian, and the reason code.</param>
public readonly record struct StatusChunkParts(ReadOnlyMemory<byte> Status, ReadOnlyMemory<byte> Tags, ReadOnlyMemory<byte> Reasons)
{
    /// <summary>Length of <see cref="Status"/>.</summary>
    public const int StatusBytes = StatusList.ChunkSize / 4;

    /// <summary>Length of <see cref="Tags"/>.</summary>
    public const int TagsBytes = StatusList.ChunkSize * EntryTag.Size;

    /// <summary>Length of one of <see cref="Reasons"/>.</summary>
    public const int ReasonBytes = 3;
}
