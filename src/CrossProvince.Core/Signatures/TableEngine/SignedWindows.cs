using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>Writes a number k from 1 to n − 1 as ±Σ dᵢ·2^(wi) with every digit dᵢ odd, −2^w &lt; dᵢ &lt; 2^w.</summary>
/// <remarks>
/// <para>No digit is 0, so that every number is the same number of additions, and half of the multiples need not be stored.</para>
/// <para>Let m be the number of windows and k odd. Since Σ (2^w − 1)·2^(wi) = 2^(wm) − 1, the digits dᵢ = 2bᵢ + 1 − 2^w belong to
/// Σ bᵢ·2^(wi) = (k + 2^(wm) − 1) / 2 = ⌊k/2⌋ + 2^(wm−1): the bᵢ are simply the windows of ⌊k/2⌋, with the top bit of the last one set, which is free, as
/// ⌊k/2⌋ &lt; 2^255 and wm ≥ 256. The top bit of bᵢ is the sign, 1 for positive; |dᵢ| = 2j + 1, where j is the rest of bᵢ, inverted when negative.</para>
/// <para>An even k is taken as −(n − k), for n is odd and n·P = O.
/// M. Joye, M. Tunstall, Exponent recoding and regular exponentiation algorithms, AFRICACRYPT 2009.</para>
/// </remarks>
internal ref struct SignedWindows
{
    private Words _half;
    private readonly int _width;
    private readonly int _negated;

    private SignedWindows(int width, bool negated)
    {
        _width = width;
        _negated = negated ? 1 : 0;
    }

    /// <summary>Recodes a number.</summary>
    /// <param name="k">1 to n − 1.</param>
    /// <param name="width">w, 2 to 16.</param>
    public static SignedWindows Of<TCurve>(in OrderScalar<TCurve> k, int width)
        where TCurve : struct, ICurve
    {
        var windows = new SignedWindows(width, k.IsEven);
        (k.IsEven ? -k : k).Halve().CopyTo(MemoryMarshal.Cast<ulong, nint>((Span<ulong>)windows._half), 1);
        return windows;
    }

    /// <summary>How many windows a number has: m, the least with wm ≥ 256.</summary>
    public static int Count(int width) => (256 + width - 1) / width;

    /// <summary>One digit.</summary>
    /// <param name="i">Its window, 0 to m − 1.</param>
    /// <param name="negative">1 when the multiple is to be subtracted, else 0.</param>
    /// <returns>j, of the multiple 2j + 1 of 2^(wi), 0 to 2^(w−1) − 1.</returns>
    /// <remarks>Without a branch: signs come at random.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Digit(int i, out int negative)
    {
        // A window begins within a byte and ends within the four bytes from there.
        var offset = i * _width;
        var b = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref Unsafe.As<Words, byte>(ref Unsafe.AsRef(in _half)), offset / 8)) >> (offset % 8);
        if (offset + _width >= 256)
        {
            b |= 1u << (_width - 1);
        }

        var below = (int)((b >> (_width - 1)) & 1) - 1;
        negative = (below & 1) ^ _negated;
        return ((int)b ^ below) & ((1 << (_width - 1)) - 1);
    }

    /// <summary>Four words of the number, and one so that every window can be read with its neighbours.</summary>
    [InlineArray(5)]
    private struct Words
    {
        private ulong _first;
    }
}
