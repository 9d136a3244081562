using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CrossProvince.Core.Signatures.Signing;

/// <summary>A secret number modulo p = 2^256 − 2^224 − 2^96 + 2^64 − 1, the field of SM2, in Montgomery form: x is held as x·2^260 mod p.</summary>
/// <remarks>
/// <para>Five limbs of 52 bits, least first. <b>Invariant of every element:</b> each limb is below 2^52 and the value below 2p. It is not unique: x and x + p are the
/// same number; what leaves here is made unique by <see cref="Canonical"/>.</para>
/// <para><b>Constant time:</b> multiplications of words, sums, shifts and masks only. No operation compares, branches, looks up or returns early, so the twelve bits
/// above each limb hold carries instead of comparisons finding them.</para>
/// <para>p ≡ −1 (mod 2^64), so the quotient digit of Montgomery's reduction is the lowest limb itself, and m·p = m·(p + 1) − m needs no multiplication:
/// p + 1 = (2^32 − 1)·(2^224 − 2^64). P. Montgomery, Modular multiplication without trial division, Math. Comp. 44 (1985); GB/T 32918.5 for p.</para>
/// <para>Results go straight to their place, word by word: returned as structs they would be copied in vectors, and wait for the words to be written.</para>
/// </remarks>
internal struct SecretElement
{
    private const int LimbBits = 52;
    private const ulong LimbMask = (1UL << LimbBits) - 1;
    private const int TopBits = 48;
    private const ulong TopMask = (1UL << TopBits) - 1;

    private const long P0 = 0xFFFFFFFFFFFFF;
    private const long P1 = 0xFF00000000FFF;
    private const long P2 = 0xFFFFFFFFFFFFF;
    private const long P3 = 0xFFFFFFFFFFFFF;
    private const long P4 = 0x0FFFFFFFEFFFF;

    /// <summary>1/p modulo 2^30.</summary>
    private const int ModulusInverse = 0x3FFFFFFF;

    private static readonly SecretInverse.Limbs s_modulus = new(0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF00000000, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFEFFFFFFFF);

    private ulong _x0;
    private ulong _x1;
    private ulong _x2;
    private ulong _x3;
    private ulong _x4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private SecretElement(ulong x0, ulong x1, ulong x2, ulong x3, ulong x4)
    {
        _x0 = x0;
        _x1 = x1;
        _x2 = x2;
        _x3 = x3;
        _x4 = x4;
    }

    /// <summary>1, that is 2^260 mod p.</summary>
    public static SecretElement One => new(0x10, 0xFFFFFFFF0000, 0, 0, 0x100000);

    /// <summary>2^260, that is 2^520 mod p: multiplying by it brings a plain number into Montgomery form.</summary>
    private static SecretElement Radix => new(0x20000000300, 0xFFFFFFFF00000, 0x100000002, 0x200000001000, 0x4000000);

    /// <summary>2^780 mod p.</summary>
    private static SecretElement RadixCubed => new(0x1200000016000, 0xFFFFFF8000000, 0xC0000000EF, 0x90000000A0000, 0x1B0000000);

    /// <summary>The plain number 1: multiplying by it takes a number out of Montgomery form.</summary>
    private static SecretElement PlainOne => new(1, 0, 0, 0, 0);

    /// <summary>a − b.</summary>
    /// <remarks>With 2p on top it is between 0 and 4p.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Subtract(in SecretElement a, in SecretElement b, out SecretElement difference) =>
        Reduce(
            (2 * P0) + (long)a._x0 - (long)b._x0,
            (2 * P1) + (long)a._x1 - (long)b._x1,
            (2 * P2) + (long)a._x2 - (long)b._x2,
            (2 * P3) + (long)a._x3 - (long)b._x3,
            (2 * P4) + (long)a._x4 - (long)b._x4,
            out difference);

    /// <summary>Product: a·b / 2^260.</summary>
    /// <remarks>
    /// Each partial product is split at its own bit 52: with b shifted left by 12, its upper word is that of 2^52 and more. A column holds at most five lower and
    /// five upper parts, below 10·2^52 in all, so words of 64 bits do. Value: (2p)²/2^260 + p &lt; 1.25p + p/2^20.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    public static void Multiply(in SecretElement a, in SecretElement b, out SecretElement product)
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
        MontgomeryReduce(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, out product);
    }

    /// <summary>Square: a² / 2^260.</summary>
    /// <remarks>As the product; a doubled limb is below 2^53, its partial products below 2^105, their upper parts below 2^53: the same columns.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    public static void Square(in SecretElement a, out SecretElement square)
    {
        ulong a0 = a._x0, a1 = a._x1, a2 = a._x2, a3 = a._x3, a4 = a._x4;
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
        MontgomeryReduce(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, out square);
    }

    /// <summary>±a − b.</summary>
    /// <param name="a">a.</param>
    /// <param name="negative">All ones for −a, 0 for a.</param>
    /// <param name="b">b.</param>
    /// <param name="difference">Receives it.</param>
    /// <remarks>With 4p on top it is between 0 and 6p.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SignedSubtract(in SecretElement a, ulong negative, in SecretElement b, out SecretElement difference) =>
        Reduce(
            (4 * P0) + (long)((a._x0 ^ negative) - negative) - (long)b._x0,
            (4 * P1) + (long)((a._x1 ^ negative) - negative) - (long)b._x1,
            (4 * P2) + (long)((a._x2 ^ negative) - negative) - (long)b._x2,
            (4 * P3) + (long)((a._x3 ^ negative) - negative) - (long)b._x3,
            (4 * P4) + (long)((a._x4 ^ negative) - negative) - (long)b._x4,
            out difference);

    /// <summary>a − b − 2c.</summary>
    /// <remarks>With 6p on top it is between 0 and 8p.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SubtractWithTwice(in SecretElement a, in SecretElement b, in SecretElement c, out SecretElement difference) =>
        Reduce(
            (6 * P0) + (long)a._x0 - (long)b._x0 - (long)(c._x0 << 1),
            (6 * P1) + (long)a._x1 - (long)b._x1 - (long)(c._x1 << 1),
            (6 * P2) + (long)a._x2 - (long)b._x2 - (long)(c._x2 << 1),
            (6 * P3) + (long)a._x3 - (long)b._x3 - (long)(c._x3 << 1),
            (6 * P4) + (long)a._x4 - (long)b._x4 - (long)(c._x4 << 1),
            out difference);

    /// <summary>1/a, and 0 for 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Invert(in SecretElement a, out SecretElement inverse)
    {
        var words = a.Pack();
        var limbs = new SecretInverse.Limbs(words[0], words[1], words[2], words[3]);
        SecretInverse.Invert(ref limbs, s_modulus, ModulusInverse);
        SetWords(limbs.Word(0), limbs.Word(1), limbs.Word(2), limbs.Word(3), out var x);

        // The inverse of a·2^260 is 2^260 times too small twice.
        Multiply(x, RadixCubed, out inverse);
    }

    /// <summary>Reads a number.</summary>
    /// <param name="bytes">32 bytes, big endian.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static SecretElement FromBytes(ReadOnlySpan<byte> bytes)
    {
        SetWords(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            out var x);
        Multiply(x, Radix, out x);
        return x;
    }

    /// <summary>Takes what <see cref="Pack"/> gave.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(Vector256<ulong> words, out SecretElement x) =>
        SetWords(words[0], words[1], words[2], words[3], out x);

    /// <summary>The Montgomery form itself, below p, as four words of 64 bits, least first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly Vector256<ulong> Pack()
    {
        var x = Canonical();
        return Vector256.Create(x._x0 | (x._x1 << 52), (x._x1 >> 12) | (x._x2 << 40), (x._x2 >> 24) | (x._x3 << 28), (x._x3 >> 36) | (x._x4 << 16));
    }

    /// <summary>The number from 0 to p − 1, modulo n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly SecretScalar ToScalar()
    {
        Multiply(this, PlainOne, out var x);
        x = x.Canonical();
        return SecretScalar.FromLimbs(x._x0, x._x1, x._x2, x._x3, x._x4);
    }

    /// <summary>Writes the number from 0 to p − 1.</summary>
    /// <param name="bytes">Receives 32 bytes, big endian.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void WriteBytes(Span<byte> bytes)
    {
        Multiply(this, PlainOne, out var x);
        var words = x.Pack();
        for (var i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes[(24 - (8 * i))..], words[i]);
        }
    }

    /// <summary>x or x − p, whichever is from 0 to p − 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly SecretElement Canonical()
    {
        // The value is below 2p: x − p is the answer unless it is negative, which its top limb shows in all its upper bits.
        var d0 = (long)_x0 - P0;
        var d1 = (long)_x1 - P1 + (d0 >> LimbBits);
        var d2 = (long)_x2 - P2 + (d1 >> LimbBits);
        var d3 = (long)_x3 - P3 + (d2 >> LimbBits);
        var d4 = (long)_x4 - P4 + (d3 >> LimbBits);
        var keep = (ulong)(d4 >> 63);
        return new(
            (_x0 & keep) | ((ulong)d0 & LimbMask & ~keep),
            (_x1 & keep) | ((ulong)d1 & LimbMask & ~keep),
            (_x2 & keep) | ((ulong)d2 & LimbMask & ~keep),
            (_x3 & keep) | ((ulong)d3 & LimbMask & ~keep),
            (_x4 & keep) | ((ulong)d4 & ~keep));
    }

    /// <summary>Takes Σ words[i]·2^(64i) as it is. It is below 2^256 &lt; 2p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetWords(ulong w0, ulong w1, ulong w2, ulong w3, out SecretElement x)
    {
        x._x0 = w0 & LimbMask;
        x._x1 = ((w0 >> 52) | (w1 << 12)) & LimbMask;
        x._x2 = ((w1 >> 40) | (w2 << 24)) & LimbMask;
        x._x3 = ((w2 >> 28) | (w3 << 36)) & LimbMask;
        x._x4 = w3 >> 16;
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
    /// <remarks>For values between 0 and 8p, limbs of either sign: with q = ⌊x / 2^256⌋ ≤ 7, x − q·p = (x mod 2^256) + q·(2^224 + 2^96 − 2^64 + 1), which is
    /// between 0 and 2^256 + 7·2^225 &lt; 2p.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Reduce(long x0, long x1, long x2, long x3, long x4, out SecretElement result)
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
        result._x0 = (ulong)x0 & LimbMask;
        result._x1 = (ulong)x1 & LimbMask;
        result._x2 = (ulong)x2 & LimbMask;
        result._x3 = (ulong)x3 & LimbMask;
        result._x4 = (ulong)x4;
    }

    /// <summary>(c + m·p) / 2^260, where m is the one number below 2^260 that makes it whole.</summary>
    /// <remarks>Columns begin below 10·2^52 and gain or lose less than 5·2^52: they are read as signed.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MontgomeryReduce(
        ulong c0, ulong c1, ulong c2, ulong c3, ulong c4, ulong c5, ulong c6, ulong c7, ulong c8, ulong c9, out SecretElement result)
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
        result._x0 = c5 & LimbMask;
        result._x1 = c6 & LimbMask;
        result._x2 = c7 & LimbMask;
        result._x3 = c8 & LimbMask;
        result._x4 = c9;
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
