using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.Hashing;

/// <summary>Hashes many short messages: those of as many blocks side by side while the processor has lanes for them, the others alone.</summary>
internal static class Sm3Batch
{
    /// <summary>Most messages of a batch.</summary>
    public const int Capacity = 64;

    /// <summary>Hashes a batch.</summary>
    /// <param name="places">The messages, each at the beginning of its place; their padding is written behind them.</param>
    /// <param name="place">Bytes of a place: a multiple of 64 that every message fits with its padding, at most <see cref="Sm3Lanes.MaxPaddedSize"/>.</param>
    /// <param name="lengths">Bytes of each message; at most <see cref="Capacity"/> of them.</param>
    /// <param name="hashes">Receives 32 bytes for each.</param>
    public static void Hash(Span<byte> places, int place, ReadOnlySpan<int> lengths, Span<byte> hashes)
    {
        Span<int> members = stackalloc int[Capacity];
        for (var size = Sm3Compression.BlockSize; size <= place; size += Sm3Compression.BlockSize)
        {
            var count = 0;
            for (var i = 0; i < lengths.Length; i++)
            {
                if (Sm3.PaddedSize(lengths[i]) == size)
                {
                    Sm3.Pad(places.Slice(i * place, place), lengths[i], lengths[i]);
                    members[count++] = i;
                }
            }

            HashOfOneSize(places, place, size, members[..count], hashes);
        }
    }

    private static void HashOfOneSize(ReadOnlySpan<byte> places, int place, int size, ReadOnlySpan<int> members, Span<byte> hashes)
    {
        while (members.Length > 0)
        {
            if (SixteenWords.IsSupported && members.Length > EightWords.Lanes)
            {
                HashTogether<SixteenWords>(places, place, size, ref members, hashes);
            }
            else if (EightWords.IsSupported && members.Length > 1)
            {
                HashTogether<EightWords>(places, place, size, ref members, hashes);
            }
            else
            {
                HashTogether<OneWord>(places, place, size, ref members, hashes);
            }
        }
    }

    [SkipLocalsInit]
    private static void HashTogether<T>(ReadOnlySpan<byte> places, int place, int size, ref ReadOnlySpan<int> members, Span<byte> hashes)
        where T : unmanaged, IWords<T>
    {
        var together = members[..Math.Min(members.Length, T.Lanes)];
        members = members[together.Length..];

        Span<byte> lanes = stackalloc byte[Sm3Lanes.MaxPaddedSize * T.Lanes];
        lanes = lanes[..(size * T.Lanes)];
        for (var lane = 0; lane < together.Length; lane++)
        {
            Sm3Lanes.Place<T>(places.Slice(together[lane] * place, size), lane, lanes);
        }

        Span<byte> hashed = stackalloc byte[Sm3.HashSize * T.Lanes];
        Sm3Lanes.Hash<T>(lanes, hashed);
        for (var lane = 0; lane < together.Length; lane++)
        {
            Sm3Lanes.Take<T>(hashed, lane, hashes.Slice(together[lane] * Sm3.HashSize, Sm3.HashSize));
        }
    }
}
