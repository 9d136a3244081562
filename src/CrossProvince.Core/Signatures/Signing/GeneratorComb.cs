using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Org.BouncyCastle.Math.EC;

namespace CrossProvince.Core.Signatures.Signing;

/// <summary>Multiplies the generator of SM2 by a secret number in constant time: one entry of a public table a window, no doubling.</summary>
/// <remarks>
/// <para><b>Digits.</b> k is odd, or n − k is taken and the sign turned: then k = Σ dᵢ·2^(6i), every dᵢ odd and |dᵢ| &lt; 64, and window i of k shifted right by one says
/// which: its top bit is the sign, the others, inverted when negative, are j of |dᵢ| = 2j + 1. So no digit is 0 and every number takes the same 42 additions.
/// M. Joye, M. Tunstall, Exponent recoding and regular exponentiation algorithms, AFRICACRYPT 2009.</para>
/// <para><b>Looking up.</b> A row holds (2j + 1)·2^(6i)·G for j from 0 to 31. All of its 2 KB are read whatever the digit is, and masks keep one entry; addresses depend on i only.</para>
/// <para><b>Why no addition meets its exception.</b> Windows go from the top down. Before window i the sum is A·2^(6(i+1))·G, A odd, and ±dᵢ·2^(6i)·G is added. They are equal or
/// opposite only if A·2^6 ∓ dᵢ, an odd number and so not 0, is a multiple of n. For i ≥ 1 its size is below 2^(258−6i) ≤ 2^252 &lt; n. For i = 0, A·2^6 + d₀ is k itself,
/// from 1 to n − 1; and A·2^6 − d₀ = k − 2d₀ is 0 for no odd k, and ±n only for k = n + 2d₀ with d₀ &lt; 0. Since d₀ = (k mod 128) − 64 and n mod 128 = 35, that k would give
/// d₀ ≡ 29 (mod 128), which isn't negative. A sum of infinity would need A ≡ 0, likewise excluded.</para>
/// </remarks>
internal sealed class GeneratorComb
{
    private const int Width = 6;
    private const int Windows = 43;
    private const int RowEntries = 1 << (Width - 1);

    // x and y, each a vector of four words.
    private const int EntryVectors = 2;
    private const int RowVectors = RowEntries * EntryVectors;

    private readonly Vector256<ulong>[] _rows;

    /// <summary>Takes a table.</summary>
    internal GeneratorComb(Vector256<ulong>[] rows) => _rows = rows;

    /// <summary>The table of the generator, 86 KB, computed when first used.</summary>
    public static GeneratorComb Shared { get; } = new(MakeRows());

    /// <summary>k·G.</summary>
    /// <param name="k">1 to n − 1. Of 0 comes a point that means nothing: whoever draws k discards 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public SecretPoint Multiply(in SecretScalar k)
    {
        var even = k.Parity - 1;
        var odd = k.NegateIf(even);
        ReadOnlySpan<Vector256<ulong>> rows = _rows;

        // The top digit is from 1 to 15: the top bit of its window is free and set, for a positive sign.
        var window = Window(odd, Windows - 1);
        Select(rows[^RowVectors..], window, out var x, out var y);
        var sum = new SecretPoint(x, y, even);
        for (var i = Windows - 2; i >= 0; i--)
        {
            window = Window(odd, i);
            var negative = (window >> (Width - 1)) - 1;
            Select(rows.Slice(i * RowVectors, RowVectors), (window ^ negative) & (RowEntries - 1), out x, out y);
            sum.Add(x, y, negative ^ even);
        }

        return sum;
    }

    /// <summary>The table of the generator: for each window its 32 entries, each x and y as <see cref="SecretElement.Pack"/> gives them.</summary>
    internal static Vector256<ulong>[] MakeRows()
    {
        // Public numbers, by the library.
        var points = new ECPoint[Windows * RowEntries];
        var first = Curves.Sm2.G;
        for (var i = 0; i < Windows; i++)
        {
            var twice = first.Twice();
            var multiple = first;
            for (var j = 0; j < RowEntries; j++)
            {
                points[(i * RowEntries) + j] = multiple;
                multiple = multiple.Add(twice);
            }

            first = first.TimesPow2(Width);
        }

        Curves.Sm2.Curve.NormalizeAll(points);
        return [.. points.SelectMany(point => new[] { Pack(point.AffineXCoord), Pack(point.AffineYCoord) })];
    }

    private static Vector256<ulong> Pack(ECFieldElement coordinate) => SecretElement.FromBytes(coordinate.GetEncoded()).Pack();

    /// <summary>Bits 6i + 1 to 6i + 6 of a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Window(in SecretScalar k, int i)
    {
        var (word, shift) = Math.DivRem((Width * i) + 1, 64);
        var next = word < 3 ? k.Word(word + 1) : 0;
        return ((k.Word(word) >> shift) | (next << 1 << (63 - shift))) & ((1 << Width) - 1);
    }

    /// <summary>Reads a whole row and keeps one entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Select(ReadOnlySpan<Vector256<ulong>> row, ulong index, out SecretElement x, out SecretElement y)
    {
        var wanted = Vector256.Create(index);
        var current = Vector256<ulong>.Zero;
        var keptX = Vector256<ulong>.Zero;
        var keptY = Vector256<ulong>.Zero;
        foreach (ref readonly var entry in MemoryMarshal.Cast<Vector256<ulong>, Entry>(row))
        {
            var mask = Vector256.Equals(wanted, current);
            keptX |= entry.X & mask;
            keptY |= entry.Y & mask;
            current += Vector256<ulong>.One;
        }

        SecretElement.Unpack(keptX, out x);
        SecretElement.Unpack(keptY, out y);
    }

    private readonly record struct Entry(Vector256<ulong> X, Vector256<ulong> Y);
}
