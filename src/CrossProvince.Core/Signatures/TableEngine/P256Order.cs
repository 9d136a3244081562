using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>The order of P-256 as the prime of a field, in which ECDSA multiplies and inverts (SP 800-186 §3.2.1.3).</summary>
/// <remarks>Nothing about n is cheap: the quotient digit of Montgomery's reduction takes one product, n times it five more.</remarks>
internal readonly struct P256Order : IField
{
    private const int LimbBits = 52;
    private const ulong LimbMask = (1UL << LimbBits) - 1;

    /// <summary>−1/n modulo 2^52.</summary>
    private const ulong Digit = 0x1C8AAEE00BC4F;

    /// <inheritdoc/>
    public static ulong P0 => 0x9CAC2FC632551;

    /// <inheritdoc/>
    public static ulong P1 => 0xADA7179E84F3B;

    /// <inheritdoc/>
    public static ulong P2 => 0xFFFFFFFBCE6FA;

    /// <inheritdoc/>
    public static ulong P3 => 0x0000FFFFFFFFF;

    /// <inheritdoc/>
    public static ulong P4 => 0x0FFFFFFFF0000;

    /// <inheritdoc/>
    public static ReadOnlySpan<long> One => [0x353D039CDAAF0, 0x258E8617B0C46, 0x4319055, -0x10000000000, 0x100000];

    /// <inheritdoc/>
    public static ReadOnlySpan<long> Radix => [0x5CC0DEA6DC3BA, 0x192A067D8A084, -0x413A69EAA8E45, 0x1FC245B2392B7, 0xE12D9559D956];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eliminate(ulong c, ref ulong next1, ref ulong next2, ref ulong next3, ref ulong next4, ref ulong next5)
    {
        // Shifted left by 12, so that a product's upper word is that of 2^52 and more.
        var m = ((c * Digit) & LimbMask) << (64 - LimbBits);
        var high0 = Math.BigMul(m, P0, out var low0);
        var high1 = Math.BigMul(m, P1, out var low1);
        var high2 = Math.BigMul(m, P2, out var low2);
        var high3 = Math.BigMul(m, P3, out var low3);
        var high4 = Math.BigMul(m, P4, out var low4);
        next1 += (ulong)((long)(c + (low0 >> 12)) >> LimbBits) + high0 + (low1 >> 12);
        next2 += high1 + (low2 >> 12);
        next3 += high2 + (low3 >> 12);
        next4 += high3 + (low4 >> 12);
        next5 += high4;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fold(long q, ref long x0, ref long x1, ref long x2, ref long x3, ref long x4)
    {
        x0 += q * 0x6353D039CDAAF;
        x1 += q * 0x5258E8617B0C4;
        x2 += q * 0x431905;
        x3 -= q << 36;
        x4 += q << 16;
    }
}
