using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.Signing;

/// <summary>A secret number modulo n, the order of the curve SM2: five limbs of 52 bits, least first, from 0 to n − 1.</summary>
/// <remarks>
/// <para>n = FFFFFFFE FFFFFFFF FFFFFFFF FFFFFFFF 7203DF6B 21C6052B 53BBF409 39D54123 (GB/T 32918.5).</para>
/// <para><b>Constant time:</b> loops run over all limbs, carries are shifted down and not compared, and what is taken off is chosen by masks. A signature needs two
/// products; plain loops do.</para>
/// </remarks>
internal readonly struct SecretScalar
{
    private const int Limbs = 5;
    private const int LimbBits = 52;
    private const ulong LimbMask = (1UL << LimbBits) - 1;

    /// <summary>−1/n modulo 2^52.</summary>
    private const ulong QuotientFactor = 0xF9E8872350975;

    /// <summary>1/n modulo 2^30.</summary>
    private const int ModulusInverse = 0xDCAF68B;

    private static readonly SecretInverse.Limbs s_modulus = new(0x53BBF40939D54123, 0x7203DF6B21C6052B, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFEFFFFFFFF);

    private readonly Words _words;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private SecretScalar(in Words words) => _words = words;

    /// <summary>1.</summary>
    public static SecretScalar One => new(new Words(1, 0, 0, 0, 0));

    /// <summary>1 where the number is odd, else 0.</summary>
    public ulong Parity
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _words[0] & 1;
    }

    /// <summary>All ones where the number is 0, else 0.</summary>
    public ulong ZeroMask
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (ulong)((long)((_words[0] | _words[1] | _words[2] | _words[3] | _words[4]) - 1) >> 63);
    }

    private static Words Order => new(0xBF40939D54123, 0x6B21C6052B53B, 0xFFFFFFF7203DF, 0xFFFFFFFFFFFFF, 0xFFFFFFFEFFFF);

    /// <summary>2^260 mod n.</summary>
    private static Words Radix => new(0xBF6C62ABEDD0, 0x4DE39FAD4AC44, 0x8DFC209, 0, 0x100000);

    /// <summary>2^516 mod n.</summary>
    private static Words RadixTimesTwoTo256 => new(0xD36EE873FB0DD, 0x42C5342A7DAD5, 0xFFE0D43D44125, 0xD3B620FC84C3A, 0xEB5E412B22B3);

    /// <summary>2^520 mod n.</summary>
    private static Words RadixSquared => new(0xC16674A517DE6, 0x507A6E5F7C418, 0xFE0D44507DC1C, 0x3B620FC84C3AF, 0xB5E412C02B3D);

    /// <summary>Sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static SecretScalar operator +(in SecretScalar a, in SecretScalar b)
    {
        Words sum = default;
        for (var i = 0; i < Limbs; i++)
        {
            sum[i] = a._words[i] + b._words[i];
        }

        return ReduceOnce(sum);
    }

    /// <summary>Difference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static SecretScalar operator -(in SecretScalar a, in SecretScalar b)
    {
        var sum = Order;
        for (var i = 0; i < Limbs; i++)
        {
            sum[i] += a._words[i] - b._words[i];
        }

        return ReduceOnce(sum);
    }

    /// <summary>The product a·b / 2^260.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SecretScalar MontgomeryMultiply(in SecretScalar a, in SecretScalar b) => MontgomeryMultiply(a._words, b._words);

    /// <summary>1/a, times 2^260, and 0 for 0.</summary>
    /// <remarks>What <see cref="MontgomeryMultiply(in SecretScalar, in SecretScalar)"/> multiplies by this is divided by a.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public SecretScalar InvertTimesRadix()
    {
        var limbs = new SecretInverse.Limbs(Word(0), Word(1), Word(2), Word(3));
        SecretInverse.Invert(ref limbs, s_modulus, ModulusInverse);
        return MontgomeryMultiply(FromWords(limbs.Word(0), limbs.Word(1), limbs.Word(2), limbs.Word(3)), RadixSquared);
    }

    /// <summary>n − a where the mask says so.</summary>
    /// <param name="negative">All ones for −a, 0 for a.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public SecretScalar NegateIf(ulong negative)
    {
        var negated = (default(SecretScalar) - this)._words;
        for (var i = 0; i < Limbs; i++)
        {
            negated[i] = (negated[i] & negative) | (_words[i] & ~negative);
        }

        return new(negated);
    }

    /// <summary>Reads a number of 256 bits and reduces it.</summary>
    /// <param name="bytes">32 bytes, big endian. 2^256 &lt; 2n: one subtraction does.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static SecretScalar FromBytes(ReadOnlySpan<byte> bytes) => ReduceOnce(Read(bytes));

    /// <summary>Reads a number of 512 bits and reduces it. Of uniform bytes, no remainder is likelier than another by more than 2^−256 of itself.</summary>
    /// <param name="bytes">64 bytes, big endian.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static SecretScalar FromWideBytes(ReadOnlySpan<byte> bytes) =>
        MontgomeryMultiply(Read(bytes[..Curves.ScalarSize]), RadixTimesTwoTo256) + MontgomeryMultiply(Read(bytes[Curves.ScalarSize..]), Radix);

    /// <summary>The number Σ xᵢ·2^(52i), reduced.</summary>
    /// <remarks>Each limb is below 2^52, the number below 2n.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static SecretScalar FromLimbs(ulong x0, ulong x1, ulong x2, ulong x3, ulong x4) => ReduceOnce(new Words(x0, x1, x2, x3, x4));

    /// <summary>Writes the number.</summary>
    /// <param name="bytes">Receives 32 bytes, big endian.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void WriteBytes(Span<byte> bytes)
    {
        for (var i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes[(24 - (8 * i))..], Word(i));
        }
    }

    /// <summary>A word of 64 bits of the number.</summary>
    /// <param name="i">0, the least, to 3.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Word(int i) => (_words[i] >> (12 * i)) | (_words[i + 1] << (LimbBits - (12 * i)));

    /// <summary>a·b / 2^260 for any a, b below 2^256.</summary>
    /// <remarks>A column holds at most ten lower and ten upper parts of products and a carry, below 2^57. Value: 2^512/2^260 + n &lt; 2n.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static SecretScalar MontgomeryMultiply(in Words a, in Words b)
    {
        Columns c = default;
        for (var i = 0; i < Limbs; i++)
        {
            AddProducts(ref c, i, a[i], b);
        }

        var order = Order;
        for (var i = 0; i < Limbs; i++)
        {
            // c[i] + m·n is a multiple of 2^52.
            AddProducts(ref c, i, (c[i] * QuotientFactor) & LimbMask, order);
            c[i + 1] += c[i] >> LimbBits;
        }

        return ReduceOnce(new Words(c[5], c[6], c[7], c[8], c[9]));
    }

    /// <summary>Adds x·b to the columns from i upward.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddProducts(ref Columns c, int i, ulong x, in Words b)
    {
        for (var j = 0; j < Limbs; j++)
        {
            // Shifted left by 12, the product is split at its own bit 52.
            c[i + j + 1] += Math.BigMul(x, b[j] << (64 - LimbBits), out ulong low);
            c[i + j] += low >> (64 - LimbBits);
        }
    }

    /// <summary>Carries, and takes n off a number from 0 to 2n − 1 unless it is smaller.</summary>
    /// <param name="x">Limbs of either sign, below 2^62.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static SecretScalar ReduceOnce(in Words x)
    {
        var order = Order;
        Words carried = default, less = default;
        long carry = 0, borrow = 0;
        for (var i = 0; i < Limbs; i++)
        {
            carry += (long)x[i];
            carried[i] = (ulong)carry & LimbMask;
            carry >>= LimbBits;

            borrow += (long)carried[i] - (long)order[i];
            less[i] = (ulong)borrow & LimbMask;
            borrow >>= LimbBits;
        }

        // −1 where x < n, else 0.
        var keep = (ulong)borrow;
        for (var i = 0; i < Limbs; i++)
        {
            carried[i] = (carried[i] & keep) | (less[i] & ~keep);
        }

        return new(carried);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Words Read(ReadOnlySpan<byte> bytes) =>
        FromWords(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Words FromWords(ulong w0, ulong w1, ulong w2, ulong w3) =>
        new(w0 & LimbMask, ((w0 >> 52) | (w1 << 12)) & LimbMask, ((w1 >> 40) | (w2 << 24)) & LimbMask, ((w2 >> 28) | (w3 << 36)) & LimbMask, w3 >> 16);

    [InlineArray(Limbs)]
    private struct Words
    {
        private ulong _first;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Words(ulong x0, ulong x1, ulong x2, ulong x3, ulong x4)
        {
            this[0] = x0;
            this[1] = x1;
            this[2] = x2;
            this[3] = x3;
            this[4] = x4;
        }
    }

    [InlineArray(2 * Limbs)]
    private struct Columns
    {
        private ulong _first;
    }
}
