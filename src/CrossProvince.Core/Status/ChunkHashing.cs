using System.Buffers;
using System.Runtime.CompilerServices;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.Hashing;

namespace CrossProvince.Core.Status;

/// <summary>Hashes chunks again that have changed, and of each only what has.</summary>
/// <remarks>
/// Of a chunk's 34 KB of CBOR the first 32 KB depend on its list and tags alone. Where SM3 stands after each eighth of them is kept with the tags, so that a change of status costs
/// the hash of the last kilobyte or two, and a new entry that of its eighth and those after it. Chunks with new tags are hashed side by side in as many lanes as the processor
/// has, those together that begin at about the same eighth.
/// </remarks>
internal static class ChunkHashing
{
    /// <summary>Bytes of the part that is kept: whole blocks, and no byte of it after the tags.</summary>
    private const int KeptBytes = ChunkEncoding.TagsBytes;

    private const int EighthBytes = KeptBytes / ChunkTags.Eighths;

    /// <summary>Fewest bytes of a head, which comes before the tags.</summary>
    private const int MinHeadBytes = 15;

    /// <summary>Lanes are worth it from so many chunks on.</summary>
    private const int WorthLanes = 3;

    /// <summary>What <see cref="IsDamaged"/> works with.</summary>
    [ThreadStatic]
    private static ChunkTags? t_again;

    /// <summary>The first eighth that an entry's tag can lie in; heads differ in length by two bytes.</summary>
    internal static int EighthOf(int index) => Math.Min(((index * EntryTag.Size) + MinHeadBytes) / EighthBytes, ChunkTags.Eighths - 1);

    /// <summary>Computes the hashes that are missing.</summary>
    /// <param name="chunks">Frozen chunks with the numbers of their list and their own.</param>
    internal static void Compute(IEnumerable<(int List, int Number, ChunkData Chunk)> chunks)
    {
        var missing = chunks.Where(chunk => !chunk.Chunk.IsHashed).ToArray();
        ComputeStates([.. missing.Where(chunk => !chunk.Chunk.Tags.IsHashed).Select(chunk => (chunk.List, chunk.Chunk.Tags))]);
        foreach (var (list, number, chunk) in missing)
        {
            var hash = new byte[Sm3.HashSize];
            Finish(list, number, chunk, chunk.Tags.State, hash);
            chunk.SetHash(hash);
        }
    }

    /// <summary>Computes hashes of chunks again from nothing but their entries, and compares them with those they had.</summary>
    /// <param name="chunks">Frozen chunks with their hashes.</param>
    /// <returns>Those whose entries, or what was kept of their hash, are no longer what they were.</returns>
    internal static List<(int List, int Number, ChunkData Chunk)> FindDamaged(IReadOnlyList<(int List, int Number, ChunkData Chunk)> chunks)
    {
        var again = chunks.Select(chunk => (chunk.List, Tags: new ChunkTags(chunk.Chunk.Tags.Values))).ToArray();
        ComputeStates([.. again]);
        var damaged = new List<(int List, int Number, ChunkData Chunk)>();
        for (var i = 0; i < chunks.Count; i++)
        {
            if (!IsStill(chunks[i].Chunk, chunks[i].List, chunks[i].Number, again[i].Tags))
            {
                damaged.Add(chunks[i]);
            }
        }

        return damaged;
    }

    /// <summary>The same for one chunk, by the thread that is verifying, without a byte of garbage.</summary>
    internal static bool IsDamaged(int list, int number, ChunkData chunk)
    {
        var again = t_again ??= new ChunkTags([]);
        again.Begin(chunk.Tags.Values);
        var message = ArrayPool<byte>.Shared.Rent(KeptBytes + ChunkEncoding.MaxHeadBytes);
        ComputeTogether<OneWord>([(list, again)], message);
        ArrayPool<byte>.Shared.Return(message);
        return !IsStill(chunk, list, number, again);
    }

    /// <summary>Whether a chunk has the hash that its entries make now.</summary>
    private static bool IsStill(ChunkData chunk, int list, int number, ChunkTags again)
    {
        Span<byte> hash = stackalloc byte[Sm3.HashSize];
        Finish(list, number, chunk, again.State, hash);
        return (chunk.Tags is not { IsHashed: true, States: { } states } || states.AsSpan().SequenceEqual(again.States)) && chunk.Hash(list, number).AsSpan().SequenceEqual(hash);
    }

    private static void ComputeStates((int List, ChunkTags Tags)[] chunks)
    {
        if (chunks.Length < WorthLanes)
        {
            ComputeStates<OneWord>(chunks);
        }
        else if (SixteenWords.IsSupported)
        {
            ComputeStates<SixteenWords>(chunks);
        }
        else if (EightWords.IsSupported)
        {
            ComputeStates<EightWords>(chunks);
        }
        else
        {
            ComputeStates<OneWord>(chunks);
        }
    }

    /// <summary>Computes the states that are missing, of as many chunks at once as there are lanes.</summary>
    internal static void ComputeStates<T>(Span<(int List, ChunkTags Tags)> chunks)
        where T : unmanaged, IWords<T>
    {
        chunks.Sort(static (x, y) => x.Tags.Known.CompareTo(y.Tags.Known));
        var messages = ArrayPool<byte>.Shared.Rent(T.Lanes * (KeptBytes + ChunkEncoding.MaxHeadBytes));
        for (; chunks.Length > 0; chunks = chunks[Math.Min(chunks.Length, T.Lanes)..])
        {
            ComputeTogether<T>(chunks[..Math.Min(chunks.Length, T.Lanes)], messages);
        }

        ArrayPool<byte>.Shared.Return(messages);
    }

    /// <param name="chunks">One for each lane, or fewer; the first has the fewest states.</param>
    /// <param name="messages">Room for the CBOR of each.</param>
    [SkipLocalsInit]
    private static void ComputeTogether<T>(ReadOnlySpan<(int List, ChunkTags Tags)> chunks, Span<byte> messages)
        where T : unmanaged, IWords<T>
    {
        const int Stride = KeptBytes + ChunkEncoding.MaxHeadBytes;
        var from = chunks[0].Tags.Known;
        Span<T> state = stackalloc T[Sm3Compression.StateWords];
        Span<byte> words = stackalloc byte[Sm3.HashSize * T.Lanes];
        for (var lane = 0; lane < chunks.Length; lane++)
        {
            var (list, tags) = chunks[lane];
            var message = messages.Slice(lane * Stride, Stride);
            var head = ChunkEncoding.WriteHead(list, message);

            // What comes before was taken in already; the tag that lies across the border is written whole.
            var first = Math.Max(0, ((from * EighthBytes) - head) / EntryTag.Size);
            ChunkEncoding.WriteTags(tags.Values.AsSpan(first), message.Slice(head + (first * EntryTag.Size), ChunkEncoding.TagsBytes - (first * EntryTag.Size)));
            if (from > 0)
            {
                Sm3Lanes.Place<T>(tags.StateAfter(from - 1), lane, words);
            }
        }

        if (from > 0)
        {
            T.Load(words, state);
        }
        else
        {
            Sm3Compression.Begin(state);
        }

        Span<byte> lanes = stackalloc byte[Sm3Lanes.SizeOf<T>(Sm3Lanes.MaxBlocks)];
        for (var eighth = from; eighth < ChunkTags.Eighths; eighth++)
        {
            for (var at = eighth * EighthBytes; at < (eighth + 1) * EighthBytes; at += Sm3Lanes.MaxPaddedSize)
            {
                for (var lane = 0; lane < chunks.Length; lane++)
                {
                    Sm3Lanes.Place<T>(messages.Slice((lane * Stride) + at, Sm3Lanes.MaxPaddedSize), lane, lanes);
                }

                for (var block = 0; block < Sm3Lanes.MaxBlocks; block++)
                {
                    Sm3Compression.Compress(state, lanes[Sm3Lanes.SizeOf<T>(block)..]);
                }
            }

            T.Store(state, words);
            for (var lane = 0; lane < chunks.Length; lane++)
            {
                Sm3Lanes.Take<T>(words, lane, chunks[lane].Tags.StateAfter(eighth));
            }
        }

        foreach (var (_, tags) in chunks)
        {
            tags.SetHashed();
        }
    }

    /// <summary>Hashes the rest of a chunk.</summary>
    [SkipLocalsInit]
    private static void Finish(int list, int number, ChunkData chunk, ReadOnlySpan<byte> stateAfterTags, Span<byte> hash)
    {
        Span<byte> head = stackalloc byte[ChunkEncoding.MaxHeadBytes];
        var tagsLeft = ChunkEncoding.WriteHead(list, head);
        var rest = ArrayPool<byte>.Shared.Rent(tagsLeft + ChunkEncoding.MaxTailBytes(chunk.Reasons.Length) + (2 * Sm3Compression.BlockSize));

        // The head has pushed so many bytes of the tags out of the kept part; they are the end of the last three tags.
        Span<byte> lastTags = stackalloc byte[3 * EntryTag.Size];
        ChunkEncoding.WriteTags(chunk.Tags.Values.AsSpan(^3..), lastTags);
        lastTags[^tagsLeft..].CopyTo(rest);
        var length = tagsLeft + ChunkEncoding.WriteTail(number, chunk.StatusBits, chunk.Reasons, rest.AsSpan(tagsLeft));
        var padded = Sm3.Pad(rest, length, KeptBytes + (long)length);

        Span<OneWord> state = stackalloc OneWord[Sm3Compression.StateWords];
        OneWord.Load(stateAfterTags, state);
        for (var at = 0; at < padded; at += Sm3Compression.BlockSize)
        {
            Sm3Compression.Compress(state, rest.AsSpan(at));
        }

        ArrayPool<byte>.Shared.Return(rest);
        OneWord.Store(state, hash);
    }
}
