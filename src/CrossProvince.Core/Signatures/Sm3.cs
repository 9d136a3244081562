using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using CrossProvince.Core.Signatures.Hashing;

namespace CrossProvince.Core.Signatures;

/// <summary>The hash SM3 (GB/T 32905).</summary>
/// <remarks>Allocates nothing but what it returns. Safe for concurrent calls.</remarks>
public static class Sm3
{
    /// <summary>Length of a hash, in bytes.</summary>
    public const int HashSize = 32;

    private const int BlockSize = Sm3Compression.BlockSize;
    private const int LengthSize = sizeof(ulong);

    /// <summary>Hashes bytes.</summary>
    /// <param name="data">Any length.</param>
    /// <param name="hash">Receives the hash; at least 32 bytes.</param>
    /// <exception cref="ArgumentException">There is no room for the hash.</exception>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> hash) => Hash([], data, hash);

    /// <summary>Hashes bytes.</summary>
    /// <param name="data">Any length.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Hash(ReadOnlySpan<byte> data)
    {
        var hash = new byte[HashSize];
        Hash(data, hash);
        return hash;
    }

    /// <summary>Hashes two runs of bytes as one.</summary>
    /// <param name="head">Less than one block, 64 bytes.</param>
    /// <param name="data">Any length.</param>
    /// <param name="hash">Receives the hash; at least 32 bytes.</param>
    [SkipLocalsInit]
    internal static void Hash(ReadOnlySpan<byte> head, ReadOnlySpan<byte> data, Span<byte> hash)
    {
        if (hash.Length < HashSize)
        {
            throw new ArgumentException("A hash of SM3 has 32 bytes.", nameof(hash));
        }

        var length = head.Length + (long)data.Length;
        Span<OneWord> state = stackalloc OneWord[Sm3Compression.StateWords];
        Sm3Compression.Begin(state);

        Span<byte> blocks = stackalloc byte[2 * BlockSize];
        if (head.Length > 0 && length >= BlockSize)
        {
            head.CopyTo(blocks);
            var rest = BlockSize - head.Length;
            data[..rest].CopyTo(blocks[head.Length..]);
            Sm3Compression.Compress(state, blocks);
            head = [];
            data = data[rest..];
        }

        while (data.Length >= BlockSize)
        {
            Sm3Compression.Compress(state, data);
            data = data[BlockSize..];
        }

        head.CopyTo(blocks);
        data.CopyTo(blocks[head.Length..]);
        var padded = Pad(blocks, head.Length + data.Length, length);
        for (var i = 0; i < padded; i += BlockSize)
        {
            Sm3Compression.Compress(state, blocks[i..]);
        }

        OneWord.Store(state, hash);
    }

    /// <summary>Ends a message: a bit 1, zeros up to a whole block, the length in bits (GB/T 32905 §5.2).</summary>
    /// <param name="blocks">The last bytes of the message, with room for the padding.</param>
    /// <param name="used">How many bytes of <paramref name="blocks"/> there are.</param>
    /// <param name="length">Bytes of the whole message.</param>
    /// <returns>Bytes with padding, a multiple of 64.</returns>
    internal static int Pad(Span<byte> blocks, int used, long length)
    {
        var padded = PaddedSize(used);
        blocks[used] = 0x80;
        blocks[(used + 1)..(padded - LengthSize)].Clear();
        BinaryPrimitives.WriteUInt64BigEndian(blocks[(padded - LengthSize)..], (ulong)length * 8);
        return padded;
    }

    /// <summary>Bytes that a message takes with its padding.</summary>
    internal static int PaddedSize(int length) => (length + LengthSize + BlockSize) / BlockSize * BlockSize;
}
