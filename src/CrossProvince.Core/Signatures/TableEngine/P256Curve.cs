using System.Runtime.CompilerServices;
using CrossProvince.Core.Signatures.TableEngine.Lanes;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>P-256, the curve of ESP256 (SP 800-186 §3.2.1.3; secp256r1 in SEC 2): p = 2^256 − 2^224 + 2^192 + 2^96 − 1.</summary>
/// <remarks>p ≡ −1 (mod 2^96), and m·p = m·(p + 1) − m needs no product of two variables: p + 1 = 2^96 + 2^192·v with v = 2^64 − 2^32 + 1. Seen from the column of m,
/// 2^96 is bit 44 of the next one and 2^192 bit 36 of the third after. Everything is added and nothing taken away, m itself apart, which the column holds.</remarks>
internal readonly struct P256Curve : ICurve
{
    private const ulong LimbMask = (1UL << 52) - 1;
    private const double TwoTo48 = 1UL << 48;

    /// <inheritdoc/>
    public static SignatureAlgorithm Algorithm => SignatureAlgorithm.Esp256;

    /// <inheritdoc/>
    public static ulong P0 => 0xFFFFFFFFFFFFF;

    /// <inheritdoc/>
    public static ulong P1 => 0x00FFFFFFFFFFF;

    /// <inheritdoc/>
    public static ulong P2 => 0;

    /// <inheritdoc/>
    public static ulong P3 => 0x0001000000000;

    /// <inheritdoc/>
    public static ulong P4 => 0x0FFFFFFFF0000;

    /// <inheritdoc/>
    public static ulong N0 => 0xF3B9CAC2FC632551;

    /// <inheritdoc/>
    public static ulong N1 => 0xBCE6FAADA7179E84;

    /// <inheritdoc/>
    public static ulong N2 => 0xFFFFFFFFFFFFFFFF;

    /// <inheritdoc/>
    public static ulong N3 => 0xFFFFFFFF00000000;

    /// <inheritdoc/>
    public static UInt128 PrimeMinusOrder => new(0x4319055358E8617B, 0x0C46353D039CDAAE);

    /// <inheritdoc/>
    public static ReadOnlySpan<long> One => [0x10, -0x1000000000000, 0, -0x10000000000, 0x100000];

    /// <inheritdoc/>
    public static ReadOnlySpan<long> Radix => [0x300, -0x100000, -0x100000004, -0x200000000000, 0x5000000];

    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Generator =>
    [
        0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8, 0xBC, 0xE6, 0xE5, 0x63, 0xA4, 0x40, 0xF2,
        0x77, 0x03, 0x7D, 0x81, 0x2D, 0xEB, 0x33, 0xA0, 0xF4, 0xA1, 0x39, 0x45, 0xD8, 0x98, 0xC2, 0x96,
        0x4F, 0xE3, 0x42, 0xE2, 0xFE, 0x1A, 0x7F, 0x9B, 0x8E, 0xE7, 0xEB, 0x4A, 0x7C, 0x0F, 0x9E, 0x16,
        0x2B, 0xCE, 0x33, 0x57, 0x6B, 0x31, 0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51, 0xF5,
    ];

    /// <inheritdoc/>
    /// <remarks>m·v &lt; 2^116 comes from one multiplication by a constant.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eliminate(ulong c, ref ulong next1, ref ulong next2, ref ulong next3, ref ulong next4, ref ulong next5)
    {
        var m = c & LimbMask;
        var high = Math.BigMul(m, 0xFFFFFFFF00000001, out var low);
        next1 += (ulong)((long)c >> 52) + ((m << 44) & LimbMask);
        next2 += m >> 8;
        next3 += (low << 36) & LimbMask;
        next4 += ((low >> 16) | (high << 48)) & LimbMask;
        next5 += high >> 4;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fold(long q, ref long x0, ref long x1, ref long x2, ref long x3, ref long x4)
    {
        x0 += q;
        x1 -= q << 44;
        x3 -= q << 36;
        x4 += q << 16;
    }

    /// <inheritdoc/>
    /// <remarks>v = (2^32 − 1)·2^32 + 1, and as for SM2 m·(2^32 − 1)·2^12 = h·2^52 + l, of which 16·l belongs to the fourth column after and 16·h to the fifth.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eliminate<T>(T c0, T c1, T c2, T c3, T c4, ref T c5, ref T c6, ref T c7, ref T c8, ref T c9)
        where T : unmanaged, ILanes<T>
    {
        var h0 = T.Of(0);
        Eliminate(c0, ref c1, ref c2, ref c3, ref c4, ref h0);
        Eliminate(c1, ref c2, ref c3, ref c4, ref c5, ref h0);
        Eliminate(c2, ref c3, ref c4, ref c5, ref c6, ref h0);
        Eliminate(c3, ref c4, ref c5, ref c6, ref c7, ref h0);
        Eliminate(c4, ref c5, ref c6, ref c7, ref c8, ref h0);
        c9 += h0 << 4;
    }

    /// <inheritdoc/>
    public static int FoldBiases(int column) => column >= 5 ? 16 : 0;

    /// <summary>One digit.</summary>
    /// <param name="c">Its column.</param>
    /// <param name="next1">The next column.</param>
    /// <param name="next2">The one after.</param>
    /// <param name="next3">The third.</param>
    /// <param name="next4">The fourth; it also takes the upper half of the digit before.</param>
    /// <param name="high">That half; receives this digit's.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eliminate<T>(T c, ref T next1, ref T next2, ref T next3, ref T next4, ref T high)
        where T : unmanaged, ILanes<T>
    {
        var mask = T.Of((long)LimbMask);
        var m = c & mask;
        T.Fold(c, out var h, out var l);
        next1 = next1 + (c >>> 52) + ((m << 44) & mask);
        next2 += m >>> 8;
        next3 += (m << 36) & mask;
        next4 = next4 + (m >>> 16) + ((l + high) << 4);
        high = h;
    }

    /// <inheritdoc/>
    /// <remarks>p = 2^208·(2^48 − 2^16) + 2^156·2^36 + 2^52·2^44 − 1.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SubtractMultiple<T>(T q, ref LaneElement<T> x)
        where T : unmanaged, ILanes<T>
    {
        x.X4 = T.MultiplyAdd(q, T.OfDouble((65536 / TwoTo48) - 1), x.X4);
        x.X3 = T.MultiplyAdd(q, T.OfDouble(-(1L << 36) / TwoTo48), x.X3);
        x.X1 = T.MultiplyAdd(q, T.OfDouble(-(1L << 44) / TwoTo48), x.X1);
        x.X0 = T.MultiplyAdd(q, T.OfDouble(1 / TwoTo48), x.X0);
    }
}
