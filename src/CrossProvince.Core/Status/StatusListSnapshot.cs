using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Status;

/// <summary>What a list said at one moment; never changes, so that all of it agrees with the head it was published in.</summary>
public sealed class StatusListSnapshot
{
    private readonly ChunkData[] _chunks;
    private byte[]? _chunkHashes;
    private byte[]? _root;

    internal StatusListSnapshot(int number, int allocated, ChunkData[] chunks)
    {
        Number = number;
        Allocated = allocated;
        _chunks = chunks;
    }

    /// <summary>Number of the list.</summary>
    public int Number { get; }

    /// <summary>Number of entries that were ever allocated.</summary>
    public int Allocated { get; }

    /// <summary>Number of chunks.</summary>
    public int ChunkCount => _chunks.Length;

    /// <summary>The chunks' hashes one after another, 32 bytes each. Only chunks that changed since they were last hashed cost time.</summary>
    public ReadOnlyMemory<byte> ChunkHashes => _chunkHashes ??= HashChunks();

    /// <summary>SM3 over <see cref="ChunkHashing"/>: the list's root in the head.</summary>
    public ReadOnlyMemory<byte> Root => _root ??= Sm3.Hash(ChunkHashes.Span);

    /// <summary>The chunks whose hash is not known yet.</summary>
    internal IEnumerable<(int List, int Number, ChunkData Chunk)> Unhashed =>
        _chunkHashes is null ? _chunks.Select((chunk, number) => (Number, number, chunk)).Where(chunk => !chunk.chunk.IsHashed) : [];

    /// <summary>The statuses of all entries, two bits each, least significant first.</summary>
    /// <returns>1,024 bytes a chunk; see <see cref="StatusListToken"/> for the layout's source.</returns>
    public byte[] StatusBits()
    {
        var bits = new byte[_chunks.Length * StatusList.ChunkSize / 4];
        for (var i = 0; i < _chunks.Length; i++)
        {
            _chunks[i].StatusBits.CopyTo(bits.AsSpan(i * StatusList.ChunkSize / 4));
        }

        return bits;
    }

    /// <summary>A chunk's CBOR, as its hash covers it; for the region's own lists (a chunk taken over may have had keys unknown here).</summary>
    /// <param name="chunk">Below <see cref="ChunkCount"/>.</param>
    public byte[] EncodeChunk(int chunk) => _chunks[chunk].Encode(Number, chunk);

    /// <summary>A chunk's raw bytes.</summary>
    /// <param name="chunk">Below <see cref="ChunkCount"/>.</param>
    public StatusChunkParts ReadChunk(int chunk) => _chunks[chunk].ToParts();

    /// <summary>Which chunks differ from those that the issuing region signed.</summary>
    /// <param name="chunkHashes">The region's chunk hashes, as fetched.</param>
    /// <param name="root">The list's root in the region's head.</param>
    /// <returns>Numbers of the chunks to fetch, ascending.</returns>
    /// <exception cref="StatusDocumentException">The hashes are not those of the root, or the list has become shorter.</exception>
    public IReadOnlyList<int> FindChangedChunks(ReadOnlySpan<byte> chunkHashes, ReadOnlySpan<byte> root)
    {
        if (chunkHashes.Length % Sm3.HashSize != 0 || chunkHashes.Length > StatusList.MaxChunks * Sm3.HashSize)
        {
            throw new StatusDocumentException($"List {Number}: {chunkHashes.Length} bytes are no chunk hashes.");
        }

        if (!root.SequenceEqual(Sm3.Hash(chunkHashes)))
        {
            throw new StatusDocumentException($"List {Number}: the chunk hashes don't make the signed root.");
        }

        if (chunkHashes.Length < ChunkHashes.Length)
        {
            throw new StatusDocumentException($"List {Number} has become shorter.");
        }

        var changed = new List<int>();
        for (var i = 0; i < chunkHashes.Length / Sm3.HashSize; i++)
        {
            if (i >= ChunkCount || !chunkHashes.Slice(i * Sm3.HashSize, Sm3.HashSize).SequenceEqual(_chunks[i].Hash(Number, i)))
            {
                changed.Add(i);
            }
        }

        return changed;
    }

    private byte[] HashChunks()
    {
        ChunkHashing.Compute(Unhashed);
        var hashes = new byte[_chunks.Length * Sm3.HashSize];
        for (var i = 0; i < _chunks.Length; i++)
        {
            _chunks[i].Hash(Number, i).CopyTo(hashes, i * Sm3.HashSize);
        }

        return hashes;
    }
}
