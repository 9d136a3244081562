namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>What a signature (r, s) of a hash e under a point P claims: x₁ of s·G + t·P ≡ c (mod n), with t = r + s and c = r − e.</summary>
/// <remarks>GB/T 32918.2 §7.1, B5 to B7, turned round so that nothing is multiplied or inverted modulo n.</remarks>
/// <param name="S">1 to n − 1.</param>
/// <param name="T">1 to n − 1.</param>
/// <param name="C">0 to n − 1.</param>
internal readonly record struct Sm2Equation(OrderScalar S, OrderScalar T, OrderScalar C)
{
    /// <summary>Makes the equation.</summary>
    /// <param name="signature">r ‖ s, checked by <see cref="SignatureScalars.AreInRange"/>.</param>
    /// <param name="hash">e, 32 bytes; it may be n or more.</param>
    public static Sm2Equation Of(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> hash)
    {
        var r = OrderScalar.FromBytes(signature[..Curves.ScalarSize]);
        var s = OrderScalar.FromBytes(signature[Curves.ScalarSize..]);
        return new Sm2Equation(s, r + s, r - OrderScalar.FromBytes(hash));
    }
}
