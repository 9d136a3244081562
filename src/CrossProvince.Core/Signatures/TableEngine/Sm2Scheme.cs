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
        Sm3Batch.Hash(new Messages(group), hashes);
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

    /// <summary>What is hashed of each signature: ZA and message.</summary>
    private readonly ref struct Messages(Group<Sm2Curve> group) : IMessages
    {
        private readonly Group<Sm2Curve> _group = group;

        public int Count => _group.Count;

        public int LengthOf(int i) => Sm3.HashSize + _group.Message(i).Length;

        public void CopyTo(int i, scoped Span<byte> message)
        {
            _group.Table(i).IdentityHash.CopyTo(message);
            _group.Message(i).CopyTo(message[Sm3.HashSize..]);
        }

        public void Hash(int i, scoped Span<byte> hash) => Sm3.Hash(_group.Table(i).IdentityHash, _group.Message(i), hash);
    }
}
