using System.Formats.Cbor;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Status;

/// <summary>A chunk of another region's list, 4,096 entries, as it came (docs/signed-documents.md).</summary>
public sealed class StatusChunk
{
    /// <summary>Most bytes of a chunk that are looked at: all reasons set, and room for keys yet unknown.</summary>
    public const int MaxBytes = 65_536;

    private StatusChunk(int list, int chunk, ChunkData data, byte[] hash)
    {
        List = list;
        Chunk = chunk;
        Data = data;
        Hash = hash;
    }

    /// <summary>Number of the list.</summary>
    public int List { get; }

    /// <summary>Number of the chunk in the list.</summary>
    public int Chunk { get; }

    /// <summary>SM3 of the CBOR as it came.</summary>
    public ReadOnlyMemory<byte> Hash { get; }

    internal ChunkData Data { get; }

    /// <summary>Reads a chunk that must be the one asked for.</summary>
    /// <param name="encoded">CBOR.</param>
    /// <param name="list">Number of the list.</param>
    /// <param name="chunk">Number of the chunk.</param>
    /// <param name="hash">Its hash among those of the signed root.</param>
    /// <exception cref="StatusDocumentException">It isn't.</exception>
    public static StatusChunk Open(ReadOnlyMemory<byte> encoded, int list, int chunk, ReadOnlySpan<byte> hash)
    {
        if (encoded.Length > MaxBytes || !hash.SequenceEqual(Sm3.Hash(encoded.Span)))
        {
            throw new StatusDocumentException($"Chunk {chunk} of list {list} doesn't have the signed hash.");
        }

        return TryDecode(encoded, out var decoded) && decoded.List == list && decoded.Chunk == chunk
            ? decoded
            : throw new StatusDocumentException($"What came as chunk {chunk} of list {list} is no such chunk.");
    }

    /// <summary>Puts chunks together from raw bytes that may have been changed where they were kept; they are hashed side by side.</summary>
    /// <param name="parts">The bytes of chunks that follow one another.</param>
    /// <param name="list">Number of the list.</param>
    /// <param name="first">Number of the first chunk.</param>
    /// <param name="hashes">Their hashes among those of the signed root, 32 bytes each.</param>
    /// <exception cref="StatusDocumentException">They don't make the chunks of those hashes. So it is, too, for a chunk that came with keys unknown here.</exception>
    public static StatusChunk[] FromParts(IReadOnlyList<StatusChunkParts> parts, int list, int first, ReadOnlySpan<byte> hashes)
    {
        var data = new (int List, int Number, ChunkData Chunk)[parts.Count];
        for (var i = 0; i < data.Length; i++)
        {
            data[i] = (list, first + i, Unpack(parts[i]) ?? throw Damaged(list, first + i));
        }

        ChunkHashing.Compute(data);
        var chunks = new StatusChunk[data.Length];
        for (var i = 0; i < chunks.Length; i++)
        {
            var hash = data[i].Chunk.Hash(list, first + i);
            chunks[i] = hashes.Slice(i * Sm3.HashSize, Sm3.HashSize).SequenceEqual(hash) ? new StatusChunk(list, first + i, data[i].Chunk, hash) : throw Damaged(list, first + i);
        }

        return chunks;
    }

    private static ChunkData? Unpack(StatusChunkParts parts)
    {
        if (parts.Status.Length == StatusChunkParts.StatusBytes && parts.Tags.Length == StatusChunkParts.TagsBytes
            && TryReadReasons(parts.Reasons.Span, out var reasons))
        {
            var data = new ChunkData(parts.Status.Span, parts.Tags.Span, reasons, hash: null);
            return data.IsConsistent() ? data : null;
        }

        return null;
    }

    private static StatusDocumentException Damaged(int list, int chunk) => new($"The bytes kept of chunk {chunk} of list {list} don't have the signed hash.");

    /// <summary>Reads a chunk: exact sizes, ranges and consistency of every entry; unknown keys are ignored.</summary>
    /// <param name="encoded">Deterministic CBOR.</param>
    /// <param name="chunk">The chunk, else null.</param>
    /// <returns>Whether it is one. Never throws for bad input.</returns>
    public static bool TryDecode(ReadOnlyMemory<byte> encoded, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out StatusChunk? chunk)
    {
        chunk = encoded.Length <= MaxBytes && CborFields.TryRead(encoded, reader => Read(reader, encoded.Span), out var read) ? read : null;
        return chunk is not null;
    }

    private static StatusChunk Read(CborReader reader, ReadOnlySpan<byte> encoded)
    {
        int? list = null;
        int? chunk = null;
        ReadOnlyMemory<byte>? status = null;
        ReadOnlyMemory<byte>? tags = null;
        int[]? reasons = null;
        var hasUnknownKeys = false;
        reader.ReadMap(key =>
        {
            switch (key)
            {
                case "list":
                    list = reader.ReadInt(0, ushort.MaxValue);
                    return true;
                case "chunk":
                    chunk = reader.ReadInt(0, StatusList.MaxChunks - 1);
                    return true;
                case "status":
                    status = reader.ReadBytes(StatusList.ChunkSize / 4);
                    return true;
                case "tags":
                    tags = reader.ReadBytes(StatusList.ChunkSize * EntryTag.Size);
                    return true;
                case "reasons":
                    reasons = ReadReasons(reader);
                    return true;
                default:
                    hasUnknownKeys = true;
                    return false;
            }
        });

        var hash = Sm3.Hash(encoded);
        var data = new ChunkData(CborFields.Need(status, "status").Span, CborFields.Need(tags, "tags").Span, CborFields.Need(reasons, "reasons"), hash) { HasUnknownKeys = hasUnknownKeys };
        return data.IsConsistent()
            ? new StatusChunk(CborFields.Need(list, "list"), CborFields.Need(chunk, "chunk"), data, hash)
            : throw new CborContentException("an entry contradicts itself");
    }

    private static bool TryReadReasons(ReadOnlySpan<byte> packed, out int[] reasons)
    {
        reasons = new int[packed.Length / StatusChunkParts.ReasonBytes];
        for (var i = 0; i < reasons.Length; i++)
        {
            var reason = packed.Slice(i * StatusChunkParts.ReasonBytes, StatusChunkParts.ReasonBytes);
            var index = (reason[0] << 8) | reason[1];
            reasons[i] = (index << 8) | reason[2];
            if (index >= StatusList.ChunkSize || reason[2] == 0 || (i > 0 && reasons[i - 1] >> 8 >= index))
            {
                return false;
            }
        }

        return packed.Length % StatusChunkParts.ReasonBytes == 0;
    }

    private static int[] ReadReasons(CborReader reader)
    {
        var reasons = new List<int>();
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            // Canonical order makes the indexes ascend and come once.
            var index = reader.ReadInt(0, StatusList.ChunkSize - 1);
            reasons.Add((index << 8) | reader.ReadInt(1, byte.MaxValue));
        }

        reader.ReadEndMap();
        return [.. reasons];
    }
}
