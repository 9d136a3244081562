using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>ECDSA over P-256 with SHA-256: u·G + v·Q has x₁ ≡ r (mod n), with u = e/s, v = r/s, and e the hash of the message.</summary>
/// <remarks>FIPS 186-5 §6.4.2, steps 2 to 5; SEC 1 §4.1.4; RFC 9864 for the name ESP256. v is not 0, as r and s are not; u is where e ≡ 0 (mod n).</remarks>
internal readonly struct Esp256Scheme : IScheme<P256Curve>
{
    private const int Capacity = Group<P256Curve>.Capacity;
    private const int HashSize = SHA256.HashSizeInBytes;

    /// <inheritdoc/>
    [SkipLocalsInit]
    public static void MakeEquations(in Group<P256Curve> group, Span<Equation<P256Curve>> equations)
    {
        Span<byte> hashes = stackalloc byte[Capacity * HashSize];
        for (var i = 0; i < group.Count; i++)
        {
            SHA256.HashData(group.Message(i), hashes.Slice(i * HashSize, HashSize));
        }

        MakeEquations(group, hashes, equations);
    }

    /// <summary>Makes the equations of hashes.</summary>
    /// <param name="group">The signatures.</param>
    /// <param name="hashes">e of each, 32 bytes, one after the other; any may be n or more.</param>
    /// <param name="equations">Receives what each claims; as long as the group.</param>
    /// <remarks>
    /// <para>One inversion for all (Montgomery's trick): with Pᵢ the product of the first i numbers s, 1/sᵢ is Pᵢ / Pᵢ₊₁, and 1/Pᵢ is sᵢ / Pᵢ₊₁.</para>
    /// <para>No number is brought into Montgomery form and back. With R = 2^260, what is held as r, e or s counts r/R, e/R, s/R; that held as 1, multiplied in once, makes the
    /// inverses (R/s)/R = 1/s; and the product of r/R and 1/s, which is (r/s)/R, is held as r/s.</para>
    /// </remarks>
    [SkipLocalsInit]
    internal static void MakeEquations(in Group<P256Curve> group, ReadOnlySpan<byte> hashes, Span<Equation<P256Curve>> equations)
    {
        Span<FieldElement<P256Order>> denominators = stackalloc FieldElement<P256Order>[Capacity];
        Span<FieldElement<P256Order>> products = stackalloc FieldElement<P256Order>[Capacity];
        var product = FieldElement<P256Order>.One;
        for (var i = 0; i < group.Count; i++)
        {
            denominators[i] = FieldElement<P256Order>.FromHeldBytes(group.Signature(i)[Curves.ScalarSize..]);
            products[i] = product;
            product *= denominators[i];
        }

        var inverse = product.Invert() * FieldElement<P256Order>.HeldAsOne;
        for (var i = group.Count - 1; i >= 0; i--)
        {
            var bySignature = inverse * products[i];
            inverse *= denominators[i];

            var r = group.Signature(i)[..Curves.ScalarSize];
            var u = FieldElement<P256Order>.FromHeldBytes(hashes.Slice(i * HashSize, HashSize)) * bySignature;
            var v = FieldElement<P256Order>.FromHeldBytes(r) * bySignature;
            equations[i] = new(OrderScalar<P256Curve>.FromHeld(u), OrderScalar<P256Curve>.FromHeld(v), OrderScalar<P256Curve>.FromBytes(r));
        }
    }
}
