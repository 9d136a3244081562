using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.Signing;

/// <summary>Inverts secret numbers modulo an odd modulus in constant time, by division steps.</summary>
/// <remarks>
/// <para>A greatest common divisor that always takes the same steps: with f = m and g = a, each step makes g even by a sum or a difference with f that masks choose, swaps the two when a
/// counter says so, and halves g. After 590 steps g is 0 and f is ±1 for every a below 2^256 that has an inverse. D. Bernstein, B.-Y. Yang, Fast constant-time gcd computation and
/// modular inversion, CHES 2019, in the variant with half steps (P. Wuille, 2021), whose bound for 256 bits is 590.</para>
/// <para>Thirty steps look at the lowest thirty bits of f and g only. They are summed up in a matrix of small numbers, which then multiplies (f, g), and (d, e) modulo m,
/// where d·a ≡ f and e·a ≡ g always hold but for powers of two that both sides share.</para>
/// <para>Numbers are nine limbs of 30 bits, least first; the last one carries the sign.</para>
/// </remarks>
internal static class SecretInverse
{
    /// <summary>Limbs of a number.</summary>
    public const int LimbCount = 9;

    /// <summary>Bits of a limb.</summary>
    public const int LimbBits = 30;

    private const int LimbMask = (1 << LimbBits) - 1;

    // 20 · 30 ≥ 590
    private const int Rounds = 20;

    /// <summary>Replaces a number by its inverse, and 0 by 0.</summary>
    /// <param name="a">0 to m − 1, limbs from 0 to 2^30 − 1; receives the inverse in the same form.</param>
    /// <param name="modulus">m, odd, below 2^256.</param>
    /// <param name="modulusInverse">1/m modulo 2^30.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Invert(ref Limbs a, in Limbs modulus, int modulusInverse)
    {
        Limbs f = modulus, g = a, d = default, e = default;
        e[0] = 1;
        var zeta = -1;
        for (var round = 0; round < Rounds; round++)
        {
            zeta = Step(zeta, f[0], g[0], out var matrix);
            MultiplyModulo(ref d, ref e, matrix, modulus, modulusInverse);
            Multiply(ref f, ref g, matrix);
        }

        // f is 1 or −1, of a = 0 the modulus while d is 0.
        Normalise(ref d, f[LimbCount - 1] >> 31, modulus);
        a = d;
    }

    /// <summary>Thirty division steps on the lowest bits of f and g.</summary>
    /// <param name="zeta">−(δ + 1/2).</param>
    /// <param name="f">The lowest limb of f, odd.</param>
    /// <param name="g">The lowest limb of g.</param>
    /// <param name="matrix">What the steps do to (f, g), times 2^30; the sizes of a row's two numbers add up to 2^30 at most.</param>
    /// <returns>The next ζ.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int Step(int zeta, int f, int g, out Matrix matrix)
    {
        int u = 1, v = 0, q = 0, r = 1;
        for (var i = 0; i < LimbBits; i++)
        {
            // Masks: whether δ > 0, and whether g is odd. An odd g gets f, or −f where δ > 0.
            var swap = zeta >> 31;
            var odd = -(g & 1);
            g += ((f ^ swap) - swap) & odd;
            q += ((u ^ swap) - swap) & odd;
            r += ((v ^ swap) - swap) & odd;

            // Where both hold, g's old value becomes f, which is what f plus the new g is, and δ turns round.
            swap &= odd;
            zeta = (zeta ^ swap) - 1;
            f += g & swap;
            u += q & swap;
            v += r & swap;

            g >>= 1;
            u <<= 1;
            v <<= 1;
        }

        matrix = new Matrix(u, v, q, r);
        return zeta;
    }

    /// <summary>(f, g) becomes matrix·(f, g) / 2^30, which is whole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Multiply(ref Limbs f, ref Limbs g, in Matrix matrix)
    {
        long u = matrix.U, v = matrix.V, q = matrix.Q, r = matrix.R;
        var carryF = ((u * f[0]) + (v * g[0])) >> LimbBits;
        var carryG = ((q * f[0]) + (r * g[0])) >> LimbBits;
        for (var i = 1; i < LimbCount; i++)
        {
            long fi = f[i], gi = g[i];
            carryF += (u * fi) + (v * gi);
            carryG += (q * fi) + (r * gi);
            f[i - 1] = (int)carryF & LimbMask;
            g[i - 1] = (int)carryG & LimbMask;
            carryF >>= LimbBits;
            carryG >>= LimbBits;
        }

        f[LimbCount - 1] = (int)carryF;
        g[LimbCount - 1] = (int)carryG;
    }

    /// <summary>(d, e) becomes matrix·(d, e) / 2^30 modulo m, each between −2m and m.</summary>
    /// <remarks>A sum of two products of the matrix is below 2^60, and with a product of the modulus and a carry below 2^62.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void MultiplyModulo(ref Limbs d, ref Limbs e, in Matrix matrix, in Limbs modulus, int modulusInverse)
    {
        long u = matrix.U, v = matrix.V, q = matrix.Q, r = matrix.R;

        // m is added to d and e where they are negative, and so often that the lowest limb of the sums becomes 0.
        var negativeD = d[LimbCount - 1] >> 31;
        var negativeE = e[LimbCount - 1] >> 31;
        var timesD = (matrix.U & negativeD) + (matrix.V & negativeE);
        var timesE = (matrix.Q & negativeD) + (matrix.R & negativeE);
        var carryD = (u * d[0]) + (v * e[0]);
        var carryE = (q * d[0]) + (r * e[0]);
        timesD -= ((modulusInverse * (int)carryD) + timesD) & LimbMask;
        timesE -= ((modulusInverse * (int)carryE) + timesE) & LimbMask;
        carryD += (long)modulus[0] * timesD;
        carryE += (long)modulus[0] * timesE;
        carryD >>= LimbBits;
        carryE >>= LimbBits;
        for (var i = 1; i < LimbCount; i++)
        {
            long di = d[i], ei = e[i], mi = modulus[i];
            carryD += (u * di) + (v * ei) + (mi * timesD);
            carryE += (q * di) + (r * ei) + (mi * timesE);
            d[i - 1] = (int)carryD & LimbMask;
            e[i - 1] = (int)carryE & LimbMask;
            carryD >>= LimbBits;
            carryE >>= LimbBits;
        }

        d[LimbCount - 1] = (int)carryD;
        e[LimbCount - 1] = (int)carryE;
    }

    /// <summary>Brings x, or −x, from between −2m and m to between 0 and m − 1.</summary>
    /// <param name="x">x.</param>
    /// <param name="negate">All ones for −x, 0 for x.</param>
    /// <param name="modulus">m.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Normalise(ref Limbs x, int negate, in Limbs modulus)
    {
        // First between −m and m, then the sign, then the other side of 0.
        AddWhere(x[LimbCount - 1] >> 31, ref x, 0, modulus);
        AddWhere(0, ref x, negate, modulus);
        AddWhere(x[LimbCount - 1] >> 31, ref x, 0, modulus);
    }

    /// <summary>x, or −x, plus m where a mask says so, carried.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddWhere(int mask, ref Limbs x, int negate, in Limbs modulus)
    {
        var carry = 0;
        for (var i = 0; i < LimbCount; i++)
        {
            carry += ((x[i] ^ negate) - negate) + (modulus[i] & mask);
            x[i] = carry & LimbMask;
            carry >>= LimbBits;
        }

        x[LimbCount - 1] |= carry << LimbBits;
    }

    /// <summary>A number.</summary>
    [InlineArray(LimbCount)]
    internal struct Limbs
    {
        private int _first;

        /// <summary>The number of four words of 64 bits, least first.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Limbs(ulong w0, ulong w1, ulong w2, ulong w3)
        {
            this[0] = (int)w0 & LimbMask;
            this[1] = (int)(w0 >> 30) & LimbMask;
            this[2] = (int)((w0 >> 60) | (w1 << 4)) & LimbMask;
            this[3] = (int)(w1 >> 26) & LimbMask;
            this[4] = (int)((w1 >> 56) | (w2 << 8)) & LimbMask;
            this[5] = (int)(w2 >> 22) & LimbMask;
            this[6] = (int)((w2 >> 52) | (w3 << 12)) & LimbMask;
            this[7] = (int)(w3 >> 18) & LimbMask;
            this[8] = (int)(w3 >> 48);
        }

        /// <summary>A word of 64 bits of a number from 0 to m − 1: bits 64i to 64i + 63.</summary>
        /// <param name="i">0, the least, to 3.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly ulong Word(int i)
        {
            // Bit 64i is bit 4i of limb 2i, since 64i = 30·2i + 4i; the word ends within limb 2i + 2.
            ulong low = (uint)this[2 * i], middle = (uint)this[(2 * i) + 1], high = (uint)this[(2 * i) + 2];
            return (low >> (4 * i)) | (middle << (LimbBits - (4 * i))) | (high << ((2 * LimbBits) - (4 * i)));
        }
    }

    private readonly record struct Matrix(int U, int V, int Q, int R);
}
