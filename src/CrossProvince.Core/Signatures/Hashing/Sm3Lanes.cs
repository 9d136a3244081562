using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CrossProvince.Core.Signatures.Hashing;

/// <summary>Hashes up to as many messages side by side as there are lanes; it takes the same time whether all lanes are used or not.</summary>
internal static class Sm3Lanes
{
    /// <summary>The longest message, in blocks with padding. Longer ones are hashed alone.</summary>
    public const int MaxBlocks = 8;

    /// <summary>The longest message, in bytes with padding.</summary>
    public const int MaxPaddedSize = MaxBlocks * Sm3Compression.BlockSize;

    private const int WordSize = sizeof(uint);

    /// <summary>Bytes that lanes of messages take side by side.</summary>
    public static int SizeOf<T>(int blocks)
        where T : unmanaged, IWords<T> => blocks * Sm3Compression.BlockSize * T.Lanes;

    /// <summary>Puts a message into its lane.</summary>
    /// <param name="padded">The message with padding, a multiple of 64 bytes.</param>
    /// <param name="lane">Its lane.</param>
    /// <param name="lanes">Receives the words, between those of the other lanes.</param>
    public static void Place<T>(ReadOnlySpan<byte> padded, int lane, Span<byte> lanes)
        where T : unmanaged, IWords<T>
    {
        var words = MemoryMarshal.Cast<byte, uint>(padded);
        var places = MemoryMarshal.Cast<byte, uint>(lanes);
        for (int i = 0, place = lane; i < words.Length; i++, place += T.Lanes)
        {
            places[place] = words[i];
        }
    }

    /// <summary>Hashes all lanes.</summary>
    /// <param name="lanes">Messages of one number of blocks; in lanes without a message any bytes.</param>
    /// <param name="hashes">Receives the hashes, their words between those of the other lanes: 32 bytes a lane.</param>
    [SkipLocalsInit]
    public static void Hash<T>(ReadOnlySpan<byte> lanes, Span<byte> hashes)
        where T : unmanaged, IWords<T>
    {
        Span<T> state = stackalloc T[Sm3Compression.StateWords];
        Sm3Compression.Begin(state);
        for (; lanes.Length > 0; lanes = lanes[SizeOf<T>(1)..])
        {
            Sm3Compression.Compress(state, lanes);
        }

        T.Store(state, hashes);
    }

    /// <summary>Takes the hash of a lane.</summary>
    /// <param name="hashes">What <see cref="Hash"/> gave.</param>
    /// <param name="lane">The lane.</param>
    /// <param name="hash">Receives 32 bytes.</param>
    public static void Take<T>(ReadOnlySpan<byte> hashes, int lane, Span<byte> hash)
        where T : unmanaged, IWords<T>
    {
        for (var i = 0; i < Sm3Compression.StateWords; i++)
        {
            hashes.Slice(((i * T.Lanes) + lane) * WordSize, WordSize).CopyTo(hash[(i * WordSize)..]);
        }
    }
}
