using System.Runtime.CompilerServices;
using CrossProvince.Core.Signatures.TableEngine.Lanes;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>sm2p256v1, the curve of SM2 (GB/T 32918.5): p = 2^256 − 2^224 − 2^96 + 2^64 − 1.</summary>
/// <remarks>p ≡ −1 (mod 2^64), and m·p = m·(p + 1) − m needs no multiplication: p + 1 = (2^32 − 1)·(2^224 − 2^64). So with w = m·(2^32 − 1) &lt; 2^84:
/// m·p = w·2^224 − w·2^64 − m. Seen from the column of m, w·2^64 begins at bit 12 of the next one and w·2^224 at bit 16 of the fourth after.</remarks>
internal readonly struct Sm2Curve : ICurve
{
    private const ulong LimbMask = (1UL << 52) - 1;
    private const double TwoTo48 = 1UL << 48;

    // GB/T 32918.2 §5.5, the bytes before a public key: length of the identity in bits, identity, a, b, generator.
    private static ReadOnlySpan<byte> BeforeKey =>
    [
        0x00, 0x80,
        0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38,
        0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFC,
        0x28, 0xE9, 0xFA, 0x9E, 0x9D, 0x9F, 0x5E, 0x34, 0x4D, 0x5A, 0x9E, 0x4B, 0xCF, 0x65, 0x09, 0xA7,
        0xF3, 0x97, 0x89, 0xF5, 0x15, 0xAB, 0x8F, 0x92, 0xDD, 0xBC, 0xBD, 0x41, 0x4D, 0x94, 0x0E, 0x93,
        0x32, 0xC4, 0xAE, 0x2C, 0x1F, 0x19, 0x81, 0x19, 0x5F, 0x99, 0x04, 0x46, 0x6A, 0x39, 0xC9, 0x94,
        0x8F, 0xE3, 0x0B, 0xBF, 0xF2, 0x66, 0x0B, 0xE1, 0x71, 0x5A, 0x45, 0x89, 0x33, 0x4C, 0x74, 0xC7,
        0xBC, 0x37, 0x36, 0xA2, 0xF4, 0xF6, 0x77, 0x9C, 0x59, 0xBD, 0xCE, 0xE3, 0x6B, 0x69, 0x21, 0x53,
        0xD0, 0xA9, 0x87, 0x7C, 0xC6, 0x2A, 0x47, 0x40, 0x02, 0xDF, 0x32, 0xE5, 0x21, 0x39, 0xF0, 0xA0,
    ];

    /// <inheritdoc/>
    public static SignatureAlgorithm Algorithm => SignatureAlgorithm.Sm2;

    /// <inheritdoc/>
    public static ulong P0 => 0xFFFFFFFFFFFFF;

    /// <inheritdoc/>
    public static ulong P1 => 0xFF00000000FFF;

    /// <inheritdoc/>
    public static ulong P2 => 0xFFFFFFFFFFFFF;

    /// <inheritdoc/>
    public static ulong P3 => 0xFFFFFFFFFFFFF;

    /// <inheritdoc/>
    public static ulong P4 => 0x0FFFFFFFEFFFF;

    /// <inheritdoc/>
    public static ulong N0 => 0x53BBF40939D54123;

    /// <inheritdoc/>
    public static ulong N1 => 0x7203DF6B21C6052B;

    /// <inheritdoc/>
    public static ulong N2 => 0xFFFFFFFFFFFFFFFF;

    /// <inheritdoc/>
    public static ulong N3 => 0xFFFFFFFEFFFFFFFF;

    /// <inheritdoc/>
    public static UInt128 PrimeMinusOrder => new(0x8DFC2093DE39FAD5, 0xAC440BF6C62ABEDC);

    /// <inheritdoc/>
    public static ReadOnlySpan<long> One => [0x10, 0xFFFFFFFF0000, 0, 0, 0x100000];

    /// <inheritdoc/>
    public static ReadOnlySpan<long> Radix => [0x20000000300, -0x100000, 0x100000003, 0x200000001000, 0x4000000];

    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Generator => BeforeKey[^(2 * Curves.ScalarSize)..];

    /// <summary>ZA of a public key: the hash that is signed before every message (GB/T 32918.2 §5.5).</summary>
    /// <param name="key">A key of SM2.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] IdentityHash(PublicKey key) => Sm3.Hash([.. BeforeKey, .. key.Spki.Span[^(2 * Curves.ScalarSize)..]]);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eliminate(ulong c, ref ulong next1, ref ulong next2, ref ulong next3, ref ulong next4, ref ulong next5)
    {
        var m = c & LimbMask;
        var low = (m << 32) - m;
        var high = m - ((m + 0xFFFFFFFF) >> 32);
        next1 += (ulong)((long)c >> 52) - ((low << 12) & LimbMask);
        next2 -= high >> 8;
        next4 += (low << 16) & LimbMask;
        next5 += high >> 4;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fold(long q, ref long x0, ref long x1, ref long x2, ref long x3, ref long x4)
    {
        x0 += q;
        x1 += (q << 44) - (q << 12);
        x4 += q << 16;
    }

    /// <inheritdoc/>
    /// <remarks>Here w·2^12 = h·2^52 + l for each digit, so that m·p takes l from the next column and h from the one after it, and adds 16·l and 16·h three columns further up:
    /// the l of one digit and the h of the digit before go the same way, and go together.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eliminate<T>(T c0, T c1, T c2, T c3, T c4, ref T c5, ref T c6, ref T c7, ref T c8, ref T c9)
        where T : unmanaged, ILanes<T>
    {
        T.Fold(c0, out var h0, out var w);
        c1 = c1 + (c0 >>> 52) - w;
        c4 += w << 4;
        T.Fold(c1, out var h1, out w);
        w += h0;
        c2 = c2 + (c1 >>> 52) - w;
        c5 += w << 4;
        T.Fold(c2, out var h2, out w);
        w += h1;
        c3 = c3 + (c2 >>> 52) - w;
        c6 += w << 4;
        T.Fold(c3, out var h3, out w);
        w += h2;
        c4 = c4 + (c3 >>> 52) - w;
        c7 += w << 4;
        T.Fold(c4, out var h4, out w);
        w += h3;
        c5 = c5 + (c4 >>> 52) - w;
        c8 += w << 4;
        c6 -= h4;
        c9 += h4 << 4;
    }

    /// <inheritdoc/>
    public static int FoldBiases(int column) => column switch
    {
        2 or 3 or 4 => -1,
        5 or 6 => 16 - 1,
        7 or 8 or 9 => 16,
        _ => 0,
    };

    /// <inheritdoc/>
    /// <remarks>p = 2^208·(2^48 − 2^16) − 2^52·(2^44 − 2^12) − 1.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SubtractMultiple<T>(T q, ref LaneElement<T> x)
        where T : unmanaged, ILanes<T>
    {
        x.X4 = T.MultiplyAdd(q, T.OfDouble((65536 / TwoTo48) - 1), x.X4);
        x.X1 = T.MultiplyAdd(q, T.OfDouble(((1UL << 44) - (1UL << 12)) / TwoTo48), x.X1);
        x.X0 = T.MultiplyAdd(q, T.OfDouble(1 / TwoTo48), x.X0);
    }
}
