using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Status;

/// <summary>The tags of a chunk, shared by its copies for as long as none of them gets a new entry.</summary>
/// <remarks>
/// Whoever shares them never writes: a chunk that needs another tag takes a copy first. With the tags stands where SM3 was after each eighth of them
/// (<see cref="ChunkHashing"/>), so that a new entry costs the hash from its eighth on.
/// </remarks>
internal sealed class ChunkTags
{
    /// <summary>How many states are kept.</summary>
    internal const int Eighths = 8;

    internal ChunkTags() => Values = new ulong[StatusList.ChunkSize];

    internal ChunkTags(ulong[] values) => Values = values;

    /// <summary>A copy to be written to.</summary>
    internal ChunkTags(ChunkTags other)
    {
        Values = [.. other.Values];
        States = other.States is { } states ? [.. states] : null;
        Known = other.Known;
    }

    /// <summary>A tag an entry; 0 where there is none.</summary>
    internal ulong[] Values { get; private set; }

    /// <summary>How many of <see cref="States"/> are still those of the tags.</summary>
    internal int Known { get; private set; }

    /// <summary>32 bytes for each eighth: where SM3 stands after it. Null: none was computed yet.</summary>
    internal byte[]? States { get; private set; }

    /// <summary>Whether the last state is known.</summary>
    internal bool IsHashed => Known == Eighths;

    /// <summary>Where SM3 stands after the part of the chunk's CBOR that only its list and tags make.</summary>
    internal ReadOnlySpan<byte> State => StateAfter(Eighths - 1);

    /// <summary>Where SM3 stands after an eighth, 32 bytes.</summary>
    internal Span<byte> StateAfter(int eighth) => (States ??= new byte[Eighths * Sm3.HashSize]).AsSpan(eighth * Sm3.HashSize, Sm3.HashSize);

    /// <summary>A tag has changed: what comes after it is to be hashed again.</summary>
    internal void Changed(int index) => Known = Math.Min(Known, ChunkHashing.EighthOf(index));

    /// <summary>Stands for other tags, of which no state is known.</summary>
    internal void Begin(ulong[] values) => (Values, Known) = (values, 0);

    /// <summary>All states are known now.</summary>
    internal void SetHashed() => Known = Eighths;
}
