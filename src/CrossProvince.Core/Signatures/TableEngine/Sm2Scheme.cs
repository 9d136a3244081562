using System.Numerics;
using System.Runtime.CompilerServices;
using CrossProvince.Core.Signatures.Hashing;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>SM2 with SM3: s·G + t·P has x₁ ≡ c (mod n), with t = r + s, c = r − e, and e the hash of ZA and message.</summary>
/// <remarks>GB/T 32918.2 §7.1, B3 to B7, turned round so that nothing is multiplied or inverted modulo n. s and t are not 0, as was checked.</remarks>
internal readonly struct Sm2Scheme : IScheme<Sm2Curve>
{
    private const int Capacity = Group<Sm2Curve>.Capacity;

    /// <inheritdoc/>
    [SkipLocalsInit]
    public static void MakeEquations(in Group<Sm2Curve> group, Span<Equation<Sm2Curve>> equations)
    {
        Span<byte> hashes = stackalloc byte[Capacity * Sm3.HashSize];
        HashAll(group, hashes);
        for (var i = 0; i < group.Count; i++)
        {
            equations[i] = EquationOf(group.Signature(i), HashAt(hashes, i));
        }
    }

    /// <summary>Makes one equation.</summary>
    /// <param name="signature">r ‖ s, checked by <see cref="SignatureScalars.AreInRange"/>.</param>
    /// <param name="hash">e, 32 bytes; it may be n or more.</param>
    internal static Equation<Sm2Curve> EquationOf(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> hash)
    {
        var r = OrderScalar<Sm2Curve>.FromBytes(signature[..Curves.ScalarSize]);
        var s = OrderScalar<Sm2Curve>.FromBytes(signature[Curves.ScalarSize..]);
        return new Equation<Sm2Curve>(s, r + s, r - OrderScalar<Sm2Curve>.FromBytes(hash));
    }

    private static Span<byte> HashAt(Span<byte> hashes, int i) => hashes.Slice(i * Sm3.HashSize, Sm3.HashSize);

    /// <summary>Bytes that are hashed: ZA and message.</summary>
    private static int LengthOf(in Group<Sm2Curve> group, int i) => Sm3.HashSize + group.Message(i).Length;

    /// <summary>SM3 of ZA and message of each: those of as many blocks side by side, the others alone.</summary>
    private static void HashAll(in Group<Sm2Curve> group, Span<byte> hashes)
    {
        Span<int> members = stackalloc int[Capacity];
        for (var open = (1u << group.Count) - 1; open != 0;)
        {
            var size = Sm3.PaddedSize(LengthOf(group, BitOperations.TrailingZeroCount(open)));
            var count = 0;
            for (var rest = open; rest != 0; rest &= rest - 1)
            {
                var i = BitOperations.TrailingZeroCount(rest);
                if (Sm3.PaddedSize(LengthOf(group, i)) == size)
                {
                    members[count++] = i;
                    open &= ~(1u << i);
                }
            }

            HashOfOneSize(group, members[..count], size, hashes);
        }
    }

    /// <summary>Hashes messages of one padded size in as many lanes as fit them, and what is left alone.</summary>
    private static void HashOfOneSize(in Group<Sm2Curve> group, ReadOnlySpan<int> members, int size, Span<byte> hashes)
    {
        while (members.Length > 1 && size <= Sm3Lanes.MaxPaddedSize)
        {
            if (SixteenWords.IsSupported && members.Length > EightWords.Lanes)
            {
                HashTogether<SixteenWords>(group, ref members, size, hashes);
            }
            else if (EightWords.IsSupported)
            {
                HashTogether<EightWords>(group, ref members, size, hashes);
            }
            else
            {
                break;
            }
        }

        foreach (var i in members)
        {
            Sm3.Hash(group.Table(i).IdentityHash, group.Message(i), HashAt(hashes, i));
        }
    }

    [SkipLocalsInit]
    private static void HashTogether<T>(in Group<Sm2Curve> group, ref ReadOnlySpan<int> members, int size, Span<byte> hashes)
        where T : unmanaged, IWords<T>
    {
        var together = members[..Math.Min(members.Length, T.Lanes)];
        members = members[together.Length..];

        Span<byte> message = stackalloc byte[Sm3Lanes.MaxPaddedSize];
        Span<byte> lanes = stackalloc byte[Sm3Lanes.MaxPaddedSize * T.Lanes];
        lanes = lanes[..(size * T.Lanes)];
        for (var lane = 0; lane < together.Length; lane++)
        {
            var i = together[lane];
            var length = LengthOf(group, i);
            group.Table(i).IdentityHash.CopyTo(message);
            group.Message(i).CopyTo(message[Sm3.HashSize..]);
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
