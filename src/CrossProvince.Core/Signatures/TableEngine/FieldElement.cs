using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>A number modulo p = 2^256 − 2^224 − 2^96 + 2^64 − 1, the field of SM2, in Montgomery form: x is held as x·2^260 mod p.</summary>
/// <remarks>
/// <para>Five limbs of 52 bits, least first. <b>Invariant of every element:</b> each limb is below 2^52 and the value below 2p. It is not unique: x and x + p are the
/// same number; only <see cref="IsZero"/> and <see cref="WriteCanonical"/> look through that.</para>
/// <para>p ≡ −1 (mod 2^64), so the quotient digit of Montgomery's reduction is the lowest limb itself, and m·p = m·(p + 1) − m needs no multiplication:
/// p + 1 = (2^32 − 1)·(2^224 − 2^64). P. Montgomery, Modular multiplication without trial division, Math. Comp. 44 (1985); GB/T 32918.5 for p.</para>
/// <para>For public numbers only: the time depends on them.</para>
/// </remarks>
internal readonly struct FieldElement
{
    private const int LimbBits = 52;
    private const ulong LimbMask = (1UL << LimbBits) - 1;
    private const int TopBits = 48;
    private const ulong TopMask = (1UL << TopBits) - 1;

    private const ulong P0 = 0xFFFFFFFFFFFFF;
    private const ulong P1 = 0xFF00000000FFF;
    private const ulong P2 = 0xFFFFFFFFFFFFF;
    private const ulong P3 = 0xFFFFFFFFFFFFF;
    private const ulong P4 = 0x0FFFFFFFEFFFF;

    private readonly ulong _x0;
    private readonly ulong _x1;
    private readonly ulong _x2;
    private readonly ulong _x3;
    private readonly ulong _x4;

    private FieldElement(ulong x0, ulong x1, ulong x2, ulong x3, ulong x4)
    {
        _x0 = x0;
        _x1 = x1;
        _x2 = x2;
        _x3 = x3;
        _x4 = x4;
    }

    /// <summary>0.</summary>
    public static FieldElement Zero => default;

    /// <summary>1, that is 2^260 mod p.</summary>
    public static FieldElement One => new(0x10, 0xFFFFFFFF0000, 0, 0, 0x100000);

    /// <summary>2^260, that is 2^520 mod p: multiplying by it brings a plain number into Montgomery form.</summary>
    private static FieldElement Radix => new(0x20000000300, 0xFFFFFFFF00000, 0x100000002, 0x200000001000, 0x4000000);

    /// <summary>Whether the number is 0 modulo p: its value is 0 or p.</summary>
    public bool IsZero =>
        (_x0 | _x1 | _x2 | _x3 | _x4) == 0
        || (_x0 == P0 && _x1 == P1 && _x2 == P2 && _x3 == P3 && _x4 == P4);

    /// <summary>Sum. Below 4p before the reduction.</summary>
    public static FieldElement operator +(in FieldElement a, in FieldElement b) =>
        Reduce((long)(a._x0 + b._x0), (long)(a._x1 + b._x1), (long)(a._x2 + b._x2), (long)(a._x3 + b._x3), (long)(a._x4 + b._x4));

    /// <summary>Difference. 2p is added, so that it is above 0 and below 4p before the reduction.</summary>
    public static FieldElement operator -(in FieldElement a, in FieldElement b) =>
        Reduce(
            (long)((2 * P0) + a._x0 - b._x0),
            (long)((2 * P1) + a._x1 - b._x1),
            (long)((2 * P2) + a._x2 - b._x2),
            (long)((2 * P3) + a._x3 - b._x3),
            (long)((2 * P4) + a._x4 - b._x4));

    /// <summary>Product: a·b / 2^260.</summary>
    /// <remarks>
    /// Each partial product is split at its own bit 52: with b shifted left by 12, its upper word is that of 2^52 and more. A column holds at most five lower and
    /// five upper parts, below 10·2^52 in all, so words of 64 bits do. Value: (2p)²/2^260 + p &lt; 1.25p + p/2^20.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static FieldElement operator *(in FieldElement a, in FieldElement b)
    {
        ulong a0 = a._x0, a1 = a._x1, a2 = a._x2, a3 = a._x3, a4 = a._x4;
        ulong b0 = b._x0 << 12, b1 = b._x1 << 12, b2 = b._x2 << 12, b3 = b._x3 << 12, b4 = b._x4 << 12;

        var c1 = High(a0, b0, out var c0);
        var c2 = High(a0, b1, out var l) + High(a1, b0, out var m);
        c1 += l + m;
        var c3 = High(a0, b2, out l) + High(a1, b1, out m) + High(a2, b0, out var n);
        c2 += l + m + n;
        var c4 = High(a0, b3, out l) + High(a1, b2, out m) + High(a2, b1, out n) + High(a3, b0, out var o);
        c3 += l + m + n + o;
        var c5 = High(a0, b4, out l) + High(a1, b3, out m) + High(a2, b2, out n) + High(a3, b1, out o) + High(a4, b0, out var q);
        c4 += l + m + n + o + q;
        var c6 = High(a1, b4, out l) + High(a2, b3, out m) + High(a3, b2, out n) + High(a4, b1, out o);
        c5 += l + m + n + o;
        var c7 = High(a2, b4, out l) + High(a3, b3, out m) + High(a4, b2, out n);
        c6 += l + m + n;
        var c8 = High(a3, b4, out l) + High(a4, b3, out m);
        c7 += l + m;
        var c9 = High(a4, b4, out l);
        c8 += l;
        return MontgomeryReduce(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9);
    }

    /// <summary>Square: a² / 2^260.</summary>
    /// <remarks>As the product; a doubled limb is below 2^53, its partial products below 2^105, their upper parts below 2^53: the same columns.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public FieldElement Square()
    {
        ulong a0 = _x0, a1 = _x1, a2 = _x2, a3 = _x3, a4 = _x4;
        ulong b0 = a0 << 12, b1 = a1 << 12, b2 = a2 << 12, b3 = a3 << 12, b4 = a4 << 12;
        ulong d0 = a0 << 1, d1 = a1 << 1, d2 = a2 << 1, d3 = a3 << 1;

        var c1 = High(a0, b0, out var c0);
        var c2 = High(d0, b1, out var l);
        c1 += l;
        var c3 = High(d0, b2, out l) + High(a1, b1, out var m);
        c2 += l + m;
        var c4 = High(d0, b3, out l) + High(d1, b2, out m);
        c3 += l + m;
        var c5 = High(d0, b4, out l) + High(d1, b3, out m) + High(a2, b2, out var n);
        c4 += l + m + n;
        var c6 = High(d1, b4, out l) + High(d2, b3, out m);
        c5 += l + m;
        var c7 = High(d2, b4, out l) + High(a3, b3, out m);
        c6 += l + m;
        var c8 = High(d3, b4, out l);
        c7 += l;
        var c9 = High(a4, b4, out l);
        c8 += l;
        return MontgomeryReduce(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9);
    }

    /// <summary>1/a, and 0 for 0: a^(p − 2), by Fermat.</summary>
    /// <remarks>p − 2 = FFFFFFFE FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF 00000000 FFFFFFFF FFFFFFFD; x with index k stands for a^(2^k − 1).</remarks>
    public FieldElement Invert()
    {
        var x1 = this;
        var x2 = x1.SquareTimes(1) * x1;
        var x3 = x2.SquareTimes(1) * x1;
        var x6 = x3.SquareTimes(3) * x3;
        var x7 = x6.SquareTimes(1) * x1;
        var x14 = x7.SquareTimes(7) * x7;
        var x15 = x14.SquareTimes(1) * x1;
        var x30 = x15.SquareTimes(15) * x15;
        var x31 = x30.SquareTimes(1) * x1;
        var x32 = x31.SquareTimes(1) * x1;
        var r = x31.SquareTimes(33) * x32;
        r = r.SquareTimes(32) * x32;
        r = r.SquareTimes(32) * x32;
        r = r.SquareTimes(32) * x32;
        r = r.SquareTimes(64) * x32;
        return (r.SquareTimes(30) * x30).SquareTimes(2) * x1;
    }

    /// <summary>Reads a coordinate.</summary>
    /// <param name="bytes">32 bytes, big endian, a number below p.</param>
    public static FieldElement FromBytes(ReadOnlySpan<byte> bytes) =>
        FromPlain(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes));

    /// <summary>The element of a plain number below 2^256, given as words of 64 bits, least first.</summary>
    /// <remarks>2^256 &lt; 2p, so it may be an operand.</remarks>
    public static FieldElement FromPlain(ulong w0, ulong w1, ulong w2, ulong w3) => Split(w0, w1, w2, w3) * Radix;

    /// <summary>Takes what <see cref="WriteCanonical"/> wrote.</summary>
    /// <param name="words">Four words.</param>
    public static unsafe FieldElement ReadCanonical(ulong* words) => Split(words[0], words[1], words[2], words[3]);

    /// <summary>Writes the Montgomery form itself, below p, as four words of 64 bits, least first.</summary>
    /// <param name="words">Four words.</param>
    public unsafe void WriteCanonical(ulong* words)
    {
        // The value is below 2p: x − p is the answer unless it is negative.
        var d0 = (long)(_x0 - P0);
        var d1 = (long)(_x1 - P1) + (d0 >> LimbBits);
        var d2 = (long)(_x2 - P2) + (d1 >> LimbBits);
        var d3 = (long)(_x3 - P3) + (d2 >> LimbBits);
        var d4 = (long)(_x4 - P4) + (d3 >> LimbBits);
        var least = d4 < 0 ? this : new FieldElement((ulong)d0 & LimbMask, (ulong)d1 & LimbMask, (ulong)d2 & LimbMask, (ulong)d3 & LimbMask, (ulong)d4);
        words[0] = least._x0 | (least._x1 << 52);
        words[1] = (least._x1 >> 12) | (least._x2 << 40);
        words[2] = (least._x2 >> 24) | (least._x3 << 28);
        words[3] = (least._x3 >> 36) | (least._x4 << 16);
    }

    /// <summary>The element whose Montgomery form is Σ limbs[i]·2^(52i), computed elsewhere.</summary>
    /// <param name="limbs">Five limbs, each of either sign and below 2^62, their sum between −2p and 2p.</param>
    internal static FieldElement FromSignedLimbs(ReadOnlySpan<long> limbs) =>
        Reduce(limbs[0] + (2 * (long)P0), limbs[1] + (2 * (long)P1), limbs[2] + (2 * (long)P2), limbs[3] + (2 * (long)P3), limbs[4] + (2 * (long)P4));

    private static FieldElement Split(ulong w0, ulong w1, ulong w2, ulong w3) =>
        new(
            w0 & LimbMask,
            ((w0 >> 52) | (w1 << 12)) & LimbMask,
            ((w1 >> 40) | (w2 << 24)) & LimbMask,
            ((w2 >> 28) | (w3 << 36)) & LimbMask,
            w3 >> 16);

    private FieldElement SquareTimes(int count)
    {
        var x = this;
        for (var i = 0; i < count; i++)
        {
            x = x.Square();
        }

        return x;
    }

    /// <summary>a·b = high·2^52 + low, for b given shifted left by 12.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong High(ulong a, ulong bShifted, out ulong low)
    {
        var high = Math.BigMul(a, bShifted, out low);
        low >>= 12;
        return high;
    }

    /// <summary>Carries, and takes off the multiple of p that the bits from 2^256 upward show.</summary>
    /// <remarks>For values between 0 and 4p, limbs of either sign: with q = ⌊x / 2^256⌋ ≤ 3, x − q·p = (x mod 2^256) + q·(2^224 + 2^96 − 2^64 + 1), which is
    /// between 0 and 2^256 + 3·2^225 &lt; 2p.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement Reduce(long x0, long x1, long x2, long x3, long x4)
    {
        // The true top limb decides, so the limbs are carried before it is looked at, and once more after.
        x1 += x0 >> LimbBits;
        x2 += x1 >> LimbBits;
        x3 += x2 >> LimbBits;
        x4 += x3 >> LimbBits;
        var q = x4 >> TopBits;
        x0 = (x0 & (long)LimbMask) + q;
        x1 = (x1 & (long)LimbMask) + (q << 44) - (q << 12) + (x0 >> LimbBits);
        x2 = (x2 & (long)LimbMask) + (x1 >> LimbBits);
        x3 = (x3 & (long)LimbMask) + (x2 >> LimbBits);
        x4 = (x4 & (long)TopMask) + (q << 16) + (x3 >> LimbBits);
        return new((ulong)x0 & LimbMask, (ulong)x1 & LimbMask, (ulong)x2 & LimbMask, (ulong)x3 & LimbMask, (ulong)x4);
    }

    /// <summary>(c + m·p) / 2^260, where m is the one number below 2^260 that makes it whole.</summary>
    /// <remarks>Columns begin below 10·2^52 and gain or lose less than 5·2^52: they are read as signed.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement MontgomeryReduce(ulong c0, ulong c1, ulong c2, ulong c3, ulong c4, ulong c5, ulong c6, ulong c7, ulong c8, ulong c9)
    {
        Eliminate(c0, ref c1, ref c2, ref c4, ref c5);
        Eliminate(c1, ref c2, ref c3, ref c5, ref c6);
        Eliminate(c2, ref c3, ref c4, ref c6, ref c7);
        Eliminate(c3, ref c4, ref c5, ref c7, ref c8);
        Eliminate(c4, ref c5, ref c6, ref c8, ref c9);
        c6 += (ulong)((long)c5 >> LimbBits);
        c7 += (ulong)((long)c6 >> LimbBits);
        c8 += (ulong)((long)c7 >> LimbBits);
        c9 += (ulong)((long)c8 >> LimbBits);
        return new(c5 & LimbMask, c6 & LimbMask, c7 & LimbMask, c8 & LimbMask, c9);
    }

    /// <summary>Adds m·p to the columns from c upward, where m = c mod 2^52, and carries what is left of c: a multiple of 2^52.</summary>
    /// <remarks>With w = m·(2^32 − 1) &lt; 2^84: m·p = w·2^224 − w·2^64 − m. w·2^64 begins at bit 12 of the next column, w·2^224 at bit 16 of the fourth after.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eliminate(ulong c, ref ulong next1, ref ulong next2, ref ulong next4, ref ulong next5)
    {
        var m = c & LimbMask;
        var low = (m << 32) - m;
        var high = m - ((m + 0xFFFFFFFF) >> 32);
        next1 += (ulong)((long)c >> LimbBits) - ((low << 12) & LimbMask);
        next2 -= high >> 8;
        next4 += (low << 16) & LimbMask;
        next5 += high >> 4;
    }
}
