using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>A number modulo a prime p in Montgomery form: x is held as x·2^260 mod p.</summary>
/// <typeparam name="TField">The prime: of a curve's coordinates, or of its order.</typeparam>
/// <remarks>
/// <para>Five limbs of 52 bits, least first. <b>Invariant of every element:</b> each limb is below 2^52 and the value below 2p. It is not unique: x and x + p are the
/// same number; only <see cref="IsZero"/> and <see cref="WriteCanonical"/> look through that.</para>
/// <para>Bounds are those of any p that <see cref="IField"/> admits; what its shape makes cheap is written there.
/// P. Montgomery, Modular multiplication without trial division, Math. Comp. 44 (1985).</para>
/// <para>For public numbers only: the time depends on them.</para>
/// </remarks>
internal readonly struct FieldElement<TField>
    where TField : struct, IField
{
    private const int LimbBits = 52;
    private const ulong LimbMask = (1UL << LimbBits) - 1;
    private const long HalfLimb = 1L << (LimbBits - 1);
    private const int TopBits = 48;
    private const ulong TopMask = (1UL << TopBits) - 1;

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
    public static FieldElement<TField> Zero => default;

    /// <summary>1, that is 2^260 mod p.</summary>
    public static FieldElement<TField> One => FromSignedLimbs(TField.One);

    /// <summary>What is held as 1: 1 / 2^260.</summary>
    public static FieldElement<TField> HeldAsOne => new(1, 0, 0, 0, 0);

    /// <summary>2^260, that is 2^520 mod p: multiplying by it brings a plain number into Montgomery form.</summary>
    private static FieldElement<TField> Radix => FromSignedLimbs(TField.Radix);

    /// <summary>Whether the number is 0 modulo p: its value is 0 or p.</summary>
    public bool IsZero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_x0 | _x1 | _x2 | _x3 | _x4) == 0
            || (_x0 == TField.P0 && _x1 == TField.P1 && _x2 == TField.P2 && _x3 == TField.P3 && _x4 == TField.P4);
    }

    /// <summary>Sum. Below 4p before the reduction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FieldElement<TField> operator +(in FieldElement<TField> a, in FieldElement<TField> b) =>
        Reduce((long)(a._x0 + b._x0), (long)(a._x1 + b._x1), (long)(a._x2 + b._x2), (long)(a._x3 + b._x3), (long)(a._x4 + b._x4));

    /// <summary>Difference. 2p is added, so that it is above 0 and below 4p before the reduction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FieldElement<TField> operator -(in FieldElement<TField> a, in FieldElement<TField> b) =>
        Reduce(
            (long)((2 * TField.P0) + a._x0 - b._x0),
            (long)((2 * TField.P1) + a._x1 - b._x1),
            (long)((2 * TField.P2) + a._x2 - b._x2),
            (long)((2 * TField.P3) + a._x3 - b._x3),
            (long)((2 * TField.P4) + a._x4 - b._x4));

    /// <summary>Product: a·b / 2^260.</summary>
    /// <remarks>
    /// Each partial product is split at its own bit 52: with b shifted left by 12, its upper word is that of 2^52 and more. A column holds at most five lower and
    /// five upper parts, below 10·2^52 in all, so words of 64 bits do. Value: (2p)²/2^260 + p &lt; 1.25p + p/2^20.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static FieldElement<TField> operator *(in FieldElement<TField> a, in FieldElement<TField> b)
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
    public FieldElement<TField> Square()
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

    /// <summary>1/a, and 0 for 0.</summary>
    public FieldElement<TField> Invert() => DivisionSteps<TField>.Invert(this);

    /// <summary>Reads a number.</summary>
    /// <param name="bytes">32 bytes, big endian; 2^256 &lt; 2p, so it may be p or more.</param>
    public static FieldElement<TField> FromBytes(ReadOnlySpan<byte> bytes) => FromHeldBytes(bytes) * Radix;

    /// <summary>Reads the Montgomery form itself: of x the element x / 2^260.</summary>
    /// <param name="bytes">32 bytes, big endian; they may be p or more.</param>
    public static FieldElement<TField> FromHeldBytes(ReadOnlySpan<byte> bytes) =>
        Split(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes));

    /// <summary>The element of a plain number below 2^256, given as words of 64 bits, least first.</summary>
    /// <remarks>2^256 &lt; 2p, so it may be an operand.</remarks>
    public static FieldElement<TField> FromPlain(ulong w0, ulong w1, ulong w2, ulong w3) => Split(w0, w1, w2, w3) * Radix;

    /// <summary>Takes what <see cref="WriteEntry"/> wrote.</summary>
    /// <param name="words">Four words.</param>
    /// <remarks>Half a limb is taken off limbs 0 to 3 again.</remarks>
    public static unsafe FieldElement<TField> ReadEntry(ulong* words)
    {
        var lifted = Split(words[0], words[1], words[2], words[3]);
        var x0 = (long)lifted._x0 - HalfLimb;
        var x1 = (long)lifted._x1 - HalfLimb + (x0 >> LimbBits);
        var x2 = (long)lifted._x2 - HalfLimb + (x1 >> LimbBits);
        var x3 = (long)lifted._x3 - HalfLimb + (x2 >> LimbBits);
        var x4 = (long)lifted._x4 + (x3 >> LimbBits);
        return new((ulong)x0 & LimbMask, (ulong)x1 & LimbMask, (ulong)x2 & LimbMask, (ulong)x3 & LimbMask, (ulong)x4);
    }

    /// <summary>Writes the Montgomery form itself, below p, lifted by half of each limb but the last, as four words of 64 bits, least first.</summary>
    /// <param name="words">Four words.</param>
    /// <remarks>So that lanes get signed limbs at once: who takes 2^51 off each limb but the last has the number, and limbs from −2^51. It stays below 2^256, as p &lt; 2^256 − 2^208.</remarks>
    public unsafe void WriteEntry(ulong* words)
    {
        var least = Canonical();
        var x0 = least._x0 + (ulong)HalfLimb;
        var x1 = least._x1 + (ulong)HalfLimb + (x0 >> LimbBits);
        var x2 = least._x2 + (ulong)HalfLimb + (x1 >> LimbBits);
        var x3 = least._x3 + (ulong)HalfLimb + (x2 >> LimbBits);
        var x4 = least._x4 + (x3 >> LimbBits);
        Join(x0 & LimbMask, x1 & LimbMask, x2 & LimbMask, x3 & LimbMask, x4, words);
    }

    /// <summary>Writes the Montgomery form itself, below p, as four words of 64 bits, least first.</summary>
    /// <param name="words">Four words.</param>
    public unsafe void WriteCanonical(ulong* words)
    {
        var least = Canonical();
        Join(least._x0, least._x1, least._x2, least._x3, least._x4, words);
    }

    /// <summary>Writes the Montgomery form itself, below p, as five limbs of 52 bits, least first.</summary>
    /// <param name="limbs">At least five.</param>
    internal void CopyCanonicalLimbs(Span<long> limbs)
    {
        var least = Canonical();
        limbs[0] = (long)least._x0;
        limbs[1] = (long)least._x1;
        limbs[2] = (long)least._x2;
        limbs[3] = (long)least._x3;
        limbs[4] = (long)least._x4;
    }

    /// <summary>The same number held below p.</summary>
    /// <remarks>The value is below 2p: x − p is the answer unless it is negative.</remarks>
    private FieldElement<TField> Canonical()
    {
        var d0 = (long)(_x0 - TField.P0);
        var d1 = (long)(_x1 - TField.P1) + (d0 >> LimbBits);
        var d2 = (long)(_x2 - TField.P2) + (d1 >> LimbBits);
        var d3 = (long)(_x3 - TField.P3) + (d2 >> LimbBits);
        var d4 = (long)(_x4 - TField.P4) + (d3 >> LimbBits);
        return d4 < 0 ? this : new((ulong)d0 & LimbMask, (ulong)d1 & LimbMask, (ulong)d2 & LimbMask, (ulong)d3 & LimbMask, (ulong)d4);
    }

    /// <summary>The element whose Montgomery form is Σ limbs[i]·2^(52i), computed elsewhere.</summary>
    /// <param name="limbs">Five limbs, each of either sign and below 2^62, their sum between −2p and 2p.</param>
    internal static FieldElement<TField> FromSignedLimbs(ReadOnlySpan<long> limbs) =>
        Reduce(limbs[0] + (2 * (long)TField.P0), limbs[1] + (2 * (long)TField.P1), limbs[2] + (2 * (long)TField.P2), limbs[3] + (2 * (long)TField.P3), limbs[4] + (2 * (long)TField.P4));

    private static FieldElement<TField> Split(ulong w0, ulong w1, ulong w2, ulong w3) =>
        new(
            w0 & LimbMask,
            ((w0 >> 52) | (w1 << 12)) & LimbMask,
            ((w1 >> 40) | (w2 << 24)) & LimbMask,
            ((w2 >> 28) | (w3 << 36)) & LimbMask,
            w3 >> 16);

    private static unsafe void Join(ulong x0, ulong x1, ulong x2, ulong x3, ulong x4, ulong* words)
    {
        words[0] = x0 | (x1 << 52);
        words[1] = (x1 >> 12) | (x2 << 40);
        words[2] = (x2 >> 24) | (x3 << 28);
        words[3] = (x3 >> 36) | (x4 << 16);
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
    /// <remarks>For values between 0 and 4p, limbs of either sign: with q = ⌊x / 2^256⌋ ≤ 3, x − q·p = (x mod 2^256) + q·(2^256 − p), which is between 0 and
    /// 2^256 + 3·2^225 &lt; 2p.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement<TField> Reduce(long x0, long x1, long x2, long x3, long x4)
    {
        // The true top limb decides, so the limbs are carried before it is looked at, and once more after.
        x1 += x0 >> LimbBits;
        x2 += x1 >> LimbBits;
        x3 += x2 >> LimbBits;
        x4 += x3 >> LimbBits;
        var q = x4 >> TopBits;
        x0 &= (long)LimbMask;
        x1 &= (long)LimbMask;
        x2 &= (long)LimbMask;
        x3 &= (long)LimbMask;
        x4 &= (long)TopMask;
        TField.Fold(q, ref x0, ref x1, ref x2, ref x3, ref x4);
        x1 += x0 >> LimbBits;
        x2 += x1 >> LimbBits;
        x3 += x2 >> LimbBits;
        x4 += x3 >> LimbBits;
        return new((ulong)x0 & LimbMask, (ulong)x1 & LimbMask, (ulong)x2 & LimbMask, (ulong)x3 & LimbMask, (ulong)x4);
    }

    /// <summary>(c + m·p) / 2^260, where m is the one number below 2^260 that makes it whole.</summary>
    /// <remarks>Columns begin below 10·2^52 and gain or lose at most 2·2^52 with each of five digits, and a carry: they are read as signed.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement<TField> MontgomeryReduce(ulong c0, ulong c1, ulong c2, ulong c3, ulong c4, ulong c5, ulong c6, ulong c7, ulong c8, ulong c9)
    {
        TField.Eliminate(c0, ref c1, ref c2, ref c3, ref c4, ref c5);
        TField.Eliminate(c1, ref c2, ref c3, ref c4, ref c5, ref c6);
        TField.Eliminate(c2, ref c3, ref c4, ref c5, ref c6, ref c7);
        TField.Eliminate(c3, ref c4, ref c5, ref c6, ref c7, ref c8);
        TField.Eliminate(c4, ref c5, ref c6, ref c7, ref c8, ref c9);
        c6 += (ulong)((long)c5 >> LimbBits);
        c7 += (ulong)((long)c6 >> LimbBits);
        c8 += (ulong)((long)c7 >> LimbBits);
        c9 += (ulong)((long)c8 >> LimbBits);
        return new(c5 & LimbMask, c6 & LimbMask, c7 & LimbMask, c8 & LimbMask, c9);
    }
}
