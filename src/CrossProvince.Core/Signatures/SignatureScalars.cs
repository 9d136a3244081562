namespace CrossProvince.Core.Signatures;

/// <summary>The ranges of r and s, checked before any arithmetic (GB/T 32918.2 §7.1 B1, B2, B5; FIPS 186-5 §6.4.2).</summary>
internal static class SignatureScalars
{
    private static ReadOnlySpan<byte> Sm2Order =>
        [0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
         0x72, 0x03, 0xDF, 0x6B, 0x21, 0xC6, 0x05, 0x2B, 0x53, 0xBB, 0xF4, 0x09, 0x39, 0xD5, 0x41, 0x23];

    private static ReadOnlySpan<byte> P256Order =>
        [0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
         0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51];

    /// <summary>Whether the signature has 64 bytes, r and s are in [1, n − 1], and for SM2 r + s is not n.</summary>
    public static bool AreInRange(SignatureAlgorithm algorithm, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignedMessage.SignatureSize)
        {
            return false;
        }

        var order = algorithm == SignatureAlgorithm.Sm2 ? Sm2Order : P256Order;
        var r = signature[..Curves.ScalarSize];
        var s = signature[Curves.ScalarSize..];
        return IsInRange(r, order) && IsInRange(s, order) && (algorithm != SignatureAlgorithm.Sm2 || !SumIs(r, s, order));
    }

    private static bool IsInRange(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> order) =>
        scalar.ContainsAnyExcept((byte)0) && scalar.SequenceCompareTo(order) < 0;

    private static bool SumIs(ReadOnlySpan<byte> r, ReadOnlySpan<byte> s, ReadOnlySpan<byte> order)
    {
        var carry = 0;
        for (var i = Curves.ScalarSize - 1; i >= 0; i--)
        {
            var digit = r[i] + s[i] + carry;
            if ((byte)digit != order[i])
            {
                return false;
            }

            carry = digit >> 8;
        }

        return carry == 0;
    }
}
