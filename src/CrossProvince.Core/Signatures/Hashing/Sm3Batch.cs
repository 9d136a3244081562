using System.Numerics;
using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.Hashing;

/// <summary>Hashes many short messages: those of as many blocks side by side while the processor has lanes for them, the others alone.</summary>
internal static class Sm3Batch
{
    /// <summary>Most messages of a batch.</summary>
    public const int Capacity = 64;

    /// <summary>Hashes a batch.</summary>
    /// <param name="messages">The messages; at most <see cref="Capacity"/> of them.</param>
    /// <param name="hashes">Receives 32 bytes for each.</param>
    [SkipLocalsInit]
    public static void Hash<TMessages>(in TMessages messages, Span<byte> hashes)
        where TMessages : struct, IMessages, allows ref struct
    {
        Span<int> members = stackalloc int[Capacity];
        for (var open = messages.Count == 0 ? 0 : ulong.MaxValue >> (Capacity - messages.Count); open != 0;)
        {
            var size = Sm3.PaddedSize(messages.LengthOf(BitOperations.TrailingZeroCount(open)));
            var count = 0;
            for (var rest = open; rest != 0; rest &= rest - 1)
            {
                var i = BitOperations.TrailingZeroCount(rest);
                if (Sm3.PaddedSize(messages.LengthOf(i)) == size)
                {
                    members[count++] = i;
                    open &= ~(1UL << i);
                }
            }

            HashOfOneSize(messages, size, members[..count], hashes);
        }
    }

    private static Span<byte> HashAt(Span<byte> hashes, int i) => hashes.Slice(i * Sm3.HashSize, Sm3.HashSize);

    private static void HashOfOneSize<TMessages>(in TMessages messages, int size, ReadOnlySpan<int> members, Span<byte> hashes)
        where TMessages : struct, IMessages, allows ref struct
    {
        while (members.Length > 1 && size <= Sm3Lanes.MaxPaddedSize && EightWords.IsSupported)
        {
            if (SixteenWords.IsSupported && members.Length > EightWords.Lanes)
            {
                HashTogether<TMessages, SixteenWords>(messages, size, ref members, hashes);
            }
            else
            {
                HashTogether<TMessages, EightWords>(messages, size, ref members, hashes);
            }
        }

        foreach (var i in members)
        {
            messages.Hash(i, HashAt(hashes, i));
        }
    }

    [SkipLocalsInit]
    private static void HashTogether<TMessages, T>(in TMessages messages, int size, ref ReadOnlySpan<int> members, Span<byte> hashes)
        where TMessages : struct, IMessages, allows ref struct
        where T : unmanaged, IWords<T>
    {
        var together = members[..Math.Min(members.Length, T.Lanes)];
        members = members[together.Length..];

        Span<byte> message = stackalloc byte[Sm3Lanes.MaxPaddedSize];
        Span<byte> lanes = stackalloc byte[Sm3Lanes.MaxPaddedSize * T.Lanes];
        lanes = lanes[..(size * T.Lanes)];
        for (var lane = 0; lane < together.Length; lane++)
        {
            var length = messages.LengthOf(together[lane]);
            messages.CopyTo(together[lane], message);
            Sm3.Pad(message, length, length);
            Sm3Lanes.Place<T>(message[..size], lane, lanes);
        }

        Span<byte> hashed = stackalloc byte[Sm3.HashSize * T.Lanes];
        Sm3Lanes.Hash<T>(lanes, hashed);
        for (var lane = 0; lane < together.Length; lane++)
        {
            Sm3Lanes.Take<T>(hashed, lane, HashAt(hashes, together[lane]));
        }
    }
}
