using System.Numerics;
using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>Inverts modulo a prime p by division steps, a way to compute greatest common divisors that looks only at the lowest bits of its two numbers.</summary>
/// <remarks>
/// <para>D. Bernstein, B.-Y. Yang, Fast constant-time gcd computation and modular inversion, TCHES 2019. One step takes (δ, f, g), f odd, to (1 − δ, g, (g − f)/2) where δ &gt; 0 and g is
/// odd, else to (1 + δ, f, (g + (g mod 2)·f)/2). From (1, p, x) it comes to g = 0 and f = ±1 within 741 steps if p, x &lt; 2^256 (theorem 11.2).</para>
/// <para>26 steps depend on the lowest 26 bits alone and are one linear map (u v; q r) / 2^26, |u| + |v| and |q| + |r| at most 2^26. It is applied to (f, g), and modulo p to (d, e), which begin as
/// (0, k) and keep d·x ≡ k·f, e·x ≡ k·g: at the end 1/x ≡ ±d/k.</para>
/// <para>Numbers are ten limbs of 26 bits, least first, the last one signed, so that every sum of products below fits a word: at most 2^52·3 and a carry.</para>
/// <para>For public numbers only: steps that do little are taken together.</para>
/// </remarks>
internal static unsafe class DivisionSteps<TField>
    where TField : struct, IField
{
    private const int Limbs = 10;
    private const int LimbBits = 26;
    private const long LimbMask = (1 << LimbBits) - 1;

    /// <summary>In the last limb, 2^256 is this bit.</summary>
    private const int TopBits = 256 - ((Limbs - 1) * LimbBits);

    /// <summary>So many bits of g are cleared at once.</summary>
    private const int MostBits = 6;

    private static readonly long[] s_prime = Prime();
    private static readonly long[] s_radix = RadixSquared();

    /// <summary>−1/p modulo 2^26, doubling the right bits from the lowest three.</summary>
    private static readonly long s_digit = -Newton(Newton(Newton(Newton(s_prime[0])))) & LimbMask;

    /// <summary>1/a, and 0 for 0.</summary>
    /// <remarks>Of a, held as a·R, this computes R²/(a·R) = R/a, which is how 1/a is held: k is R², R = 2^260.</remarks>
    [SkipLocalsInit]
    public static FieldElement<TField> Invert(in FieldElement<TField> a)
    {
        long* f = stackalloc long[Limbs], g = stackalloc long[Limbs], d = stackalloc long[Limbs], e = stackalloc long[Limbs];
        s_prime.CopyTo(new Span<long>(f, Limbs));
        a.CopyCanonicalLimbs(new Span<long>(g, Limbs));
        Split(new Span<long>(g, Limbs));
        new Span<long>(d, Limbs).Clear();
        s_radix.CopyTo(new Span<long>(e, Limbs));

        var delta = 1;
        while (new ReadOnlySpan<long>(g, Limbs).ContainsAnyExcept(0))
        {
            var map = Steps(ref delta, (ulong)f[0], (ulong)g[0]);
            Apply(map, f, g);
            ApplyModulo(map, d, e);
        }

        return Join(d, f[Limbs - 1] < 0 ? -1 : 1);
    }

    /// <summary>26 steps.</summary>
    /// <param name="delta">δ before and after them.</param>
    /// <param name="f">The lowest 26 bits of f; what is above does not count.</param>
    /// <param name="g">As <paramref name="f"/>.</param>
    private static Map Steps(ref int delta, ulong f, ulong g)
    {
        long u = 1, v = 0, q = 0, r = 1;
        for (var left = LimbBits; ;)
        {
            // While g is even it is halved: the map of f, which is not, doubles instead.
            var zeros = BitOperations.TrailingZeroCount(g | (1UL << left));
            g >>= zeros;
            u <<= zeros;
            v <<= zeros;
            delta += zeros;
            left -= zeros;
            if (left == 0)
            {
                return new Map(u, v, q, r);
            }

            if (delta > 0)
            {
                delta = -delta;
                (f, g) = (g, 0 - f);
                (u, v, q, r) = (q, r, -u, -v);
            }

            // f stays for 1 − δ steps, and w·f clears as many bits of g: f·(f² − 2) is −1/f modulo 2^6, as f² ≡ 1 (mod 8).
            var bits = Math.Min(Math.Min(1 - delta, left), MostBits);
            var w = (g * f * ((f * f) - 2)) & ((1UL << bits) - 1);
            g += w * f;
            q += (long)w * u;
            r += (long)w * v;
        }
    }

    /// <summary>Applies a map to numbers whose lowest limb it makes 0, and leaves that out.</summary>
    private static void Apply(in Map map, long* f, long* g)
    {
        var (u, v, q, r) = map;
        var nextF = ((u * f[0]) + (v * g[0])) >> LimbBits;
        var nextG = ((q * f[0]) + (r * g[0])) >> LimbBits;
        for (var i = 1; i < Limbs; i++)
        {
            nextF += (u * f[i]) + (v * g[i]);
            nextG += (q * f[i]) + (r * g[i]);
            f[i - 1] = nextF & LimbMask;
            g[i - 1] = nextG & LimbMask;
            nextF >>= LimbBits;
            nextG >>= LimbBits;
        }

        f[Limbs - 1] = nextF;
        g[Limbs - 1] = nextG;
    }

    /// <summary>Applies a map to numbers modulo p: the multiple of p is added that makes the lowest limb 0.</summary>
    /// <remarks>Each time they may grow by p, to 30p in 29 times.</remarks>
    private static void ApplyModulo(in Map map, long* d, long* e)
    {
        var (u, v, q, r) = map;
        var nextD = (u * d[0]) + (v * e[0]);
        var nextE = (q * d[0]) + (r * e[0]);
        var digitD = (nextD * s_digit) & LimbMask;
        var digitE = (nextE * s_digit) & LimbMask;
        fixed (long* p = s_prime)
        {
            nextD = (nextD + (digitD * p[0])) >> LimbBits;
            nextE = (nextE + (digitE * p[0])) >> LimbBits;
            for (var i = 1; i < Limbs; i++)
            {
                nextD += (u * d[i]) + (v * e[i]) + (digitD * p[i]);
                nextE += (q * d[i]) + (r * e[i]) + (digitE * p[i]);
                d[i - 1] = nextD & LimbMask;
                e[i - 1] = nextE & LimbMask;
                nextD >>= LimbBits;
                nextE >>= LimbBits;
            }
        }

        d[Limbs - 1] = nextD;
        e[Limbs - 1] = nextE;
    }

    private static long[] Prime()
    {
        long[] limbs = [(long)TField.P0, (long)TField.P1, (long)TField.P2, (long)TField.P3, (long)TField.P4, .. new long[Limbs / 2]];
        Split(limbs);
        return limbs;
    }

    private static long[] RadixSquared()
    {
        var limbs = new long[Limbs];
        FieldElement<TField>.FromSignedLimbs(TField.Radix).CopyCanonicalLimbs(limbs);
        Split(limbs);
        return limbs;
    }

    /// <summary>Makes ten limbs of 26 bits of the first five, of 52 bits.</summary>
    private static void Split(Span<long> limbs)
    {
        for (var i = (Limbs / 2) - 1; i >= 0; i--)
        {
            (limbs[2 * i], limbs[(2 * i) + 1]) = (limbs[i] & LimbMask, limbs[i] >> LimbBits);
        }
    }

    /// <summary>±d as an element: what is above 2^256 says how often p is to be taken off, which leaves less than 2^231 too much.</summary>
    private static FieldElement<TField> Join(long* d, long sign)
    {
        var times = d[Limbs - 1] >> TopBits;
        Span<long> limbs = stackalloc long[Limbs / 2];
        for (var i = 0; i < limbs.Length; i++)
        {
            var low = d[2 * i] - (times * s_prime[2 * i]);
            var high = d[(2 * i) + 1] - (times * s_prime[(2 * i) + 1]);
            limbs[i] = sign * (low + (high << LimbBits));
        }

        return FieldElement<TField>.FromSignedLimbs(limbs);
    }

    /// <summary>Of x, right in some bits as 1/p, twice as many.</summary>
    private static long Newton(long x) => x * (2 - (s_prime[0] * x));

    private readonly record struct Map(long U, long V, long Q, long R);
}
