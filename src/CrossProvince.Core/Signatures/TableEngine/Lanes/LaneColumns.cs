using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine.Lanes;

/// <summary>A product on its way: ten columns of integers, column k counting 2^(52k), and their reduction to an element.</summary>
/// <remarks>
/// <para>A column gathers the lower halves of the products of limbs whose indices add up to k, and the upper halves of those one below: at most 20 in two products,
/// each below 2^52 in size. What is held is that sum + 2^57 (columns 0 to 8), never negative: so that columns can be shifted and masked without a sign.</para>
/// <para>Products know nothing of the prime; the reduction leaves its digits to <see cref="ILaneField"/>.</para>
/// <para>Products and reduction are methods of their own, never inlined: each fills the registers, and the compiler inlines only so much into one method.</para>
/// </remarks>
internal struct LaneColumns<T>
    where T : unmanaged, ILanes<T>
{
    private const int LimbBits = 52;

    /// <summary>Above all that may be taken from a column: 20·2^52 by two products, or 10·2^52 by one and less than 2^52 by what is subtracted from it, twice; 2·2^52 by the reduction,
    /// which adds less than 2^57. A multiple of 2^52, which the next
    /// column repays.</summary>
    private const long Bias = 1L << 57;

    private const long BiasCarry = Bias >> LimbBits;

    /// <summary>Makes the limbs of a result signed: added before the split at bit 52, taken off after.</summary>
    private const long HalfLimb = 1L << (LimbBits - 1);

    /// <summary>The bits of 1.5·2^52: n may be negative when it is added to them.</summary>
    private const long SignedUnitBits = 0x4338000000000000;

    private const double Unit = 1L << LimbBits;

    /// <summary>Added to limb 4 until it is a double: between 2^52 and 2^53 it has its units in the lowest bit. So the value of a result may be from −10.5p to 5.5p.</summary>
    private const long Top = 21L << 47;

    /// <summary>The bits of 2^52 + <see cref="Top"/>.</summary>
    private const long TopBits = 0x4330000000000000 + Top;

    private T _c0;
    private T _c1;
    private T _c2;
    private T _c3;
    private T _c4;
    private T _c5;
    private T _c6;
    private T _c7;
    private T _c8;
    private T _c9;

    /// <summary>Sets the columns of a·b.</summary>
    /// <param name="a">Carried or exact, or plain if the other is exact.</param>
    /// <param name="b">As <paramref name="a"/>.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void SetProduct<TField>(in LaneElement<T> a, in LaneElement<T> b)
        where TField : struct, ILaneField
    {
        var c0 = Begin<TField>(0, 0, 1);
        var c1 = Begin<TField>(1, 1, 2);
        var c2 = Begin<TField>(2, 2, 3);
        var c3 = Begin<TField>(3, 3, 4);
        var c4 = Begin<TField>(4, 4, 5);
        var c5 = Begin<TField>(5, 5, 4);
        var c6 = Begin<TField>(6, 4, 3);
        var c7 = Begin<TField>(7, 3, 2);
        var c8 = Begin<TField>(8, 2, 1);
        var c9 = Begin<TField>(9, 1, 0);
        Accumulate(a, b, ref c0, ref c1, ref c2, ref c3, ref c4, ref c5, ref c6, ref c7, ref c8, ref c9);
        Set(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9);
    }

    /// <summary>Adds a·b to the columns of one other product.</summary>
    /// <param name="a">Carried or exact, or plain if the other is exact.</param>
    /// <param name="b">As <paramref name="a"/>.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void AddProduct(in LaneElement<T> a, in LaneElement<T> b)
    {
        var c0 = _c0 + T.Unbiased(0, 0, 1);
        var c1 = _c1 + T.Unbiased(0, 1, 2);
        var c2 = _c2 + T.Unbiased(0, 2, 3);
        var c3 = _c3 + T.Unbiased(0, 3, 4);
        var c4 = _c4 + T.Unbiased(0, 4, 5);
        var c5 = _c5 + T.Unbiased(0, 5, 4);
        var c6 = _c6 + T.Unbiased(0, 4, 3);
        var c7 = _c7 + T.Unbiased(0, 3, 2);
        var c8 = _c8 + T.Unbiased(0, 2, 1);
        var c9 = _c9 + T.Unbiased(0, 1, 0);
        Accumulate(a, b, ref c0, ref c1, ref c2, ref c3, ref c4, ref c5, ref c6, ref c7, ref c8, ref c9);
        Set(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9);
    }

    /// <summary>Sets the columns of a².</summary>
    /// <param name="a">Carried or exact.</param>
    /// <remarks>What stands on either side of the diagonal counts twice: sums are doubled, not limbs, whose products would pass 2^103.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void SetSquare<TField>(in LaneElement<T> a)
        where TField : struct, ILaneField
    {
        T a0 = a.X0, a1 = a.X1, a2 = a.X2, a3 = a.X3, a4 = a.X4;
        var d1 = T.Unbiased(0, 0, 1);
        var d2 = T.Unbiased(0, 1, 1);
        var d3 = T.Unbiased(0, 1, 2);
        var d4 = T.Unbiased(0, 2, 2);
        var d5 = T.Unbiased(0, 2, 2);
        var d6 = T.Unbiased(0, 2, 1);
        var d7 = T.Unbiased(0, 1, 1);
        var d8 = T.Unbiased(0, 1, 0);
        T.MultiplySplit(a0, a1, ref d2, ref d1);
        T.MultiplySplit(a0, a2, ref d3, ref d2);
        T.MultiplySplit(a0, a3, ref d4, ref d3);
        T.MultiplySplit(a1, a2, ref d4, ref d3);
        T.MultiplySplit(a0, a4, ref d5, ref d4);
        T.MultiplySplit(a1, a3, ref d5, ref d4);
        T.MultiplySplit(a1, a4, ref d6, ref d5);
        T.MultiplySplit(a2, a3, ref d6, ref d5);
        T.MultiplySplit(a2, a4, ref d7, ref d6);
        T.MultiplySplit(a3, a4, ref d8, ref d7);

        var c0 = Begin<TField>(0, 0, 1);
        var c1 = Begin<TField>(1, 1, 0) + d1 + d1;
        var c2 = Begin<TField>(2, 0, 1) + d2 + d2;
        var c3 = Begin<TField>(3, 1, 0) + d3 + d3;
        var c4 = Begin<TField>(4, 0, 1) + d4 + d4;
        var c5 = Begin<TField>(5, 1, 0) + d5 + d5;
        var c6 = Begin<TField>(6, 0, 1) + d6 + d6;
        var c7 = Begin<TField>(7, 1, 0) + d7 + d7;
        var c8 = Begin<TField>(8, 0, 1) + d8 + d8;
        var c9 = Begin<TField>(9, 1, 0);
        T.MultiplySplit(a0, a0, ref c1, ref c0);
        T.MultiplySplit(a1, a1, ref c3, ref c2);
        T.MultiplySplit(a2, a2, ref c5, ref c4);
        T.MultiplySplit(a3, a3, ref c7, ref c6);
        T.MultiplySplit(a4, a4, ref c9, ref c8);
        Set(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9);
    }

    /// <summary>Takes off a·2^260, so that the reduced product is less by a.</summary>
    /// <param name="a">Exact. The columns are those of one product.</param>
    public void Subtract(in LaneElement<T> a)
    {
        _c5 -= ToInteger(a.X0);
        _c6 -= ToInteger(a.X1);
        _c7 -= ToInteger(a.X2);
        _c8 -= ToInteger(a.X3);
        _c9 -= ToInteger(a.X4);
    }

    /// <summary>(c + m·p) / 2^260 in exact limbs, where c is what the columns add up to and m the one number from 0 to 2^260 − 1 that makes it whole.</summary>
    /// <param name="result">Limbs 0 to 3 in [−2^51, 2^51); its value must be between −10.5p and 5.5p.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public readonly void Reduce<TField>(out LaneElement<T> result)
        where TField : struct, ILaneField
    {
        T c0 = _c0, c1 = _c1, c2 = _c2, c3 = _c3, c4 = _c4, c5 = _c5, c6 = _c6, c7 = _c7, c8 = _c8, c9 = _c9;
        TField.Eliminate(c0, c1, c2, c3, c4, ref c5, ref c6, ref c7, ref c8, ref c9);
        c6 += c5 >>> LimbBits;
        c7 += c6 >>> LimbBits;
        c8 += c7 >>> LimbBits;
        c9 += c8 >>> LimbBits;
        result.X0 = ToSigned(c5);
        result.X1 = ToSigned(c6);
        result.X2 = ToSigned(c7);
        result.X3 = ToSigned(c8);
        result.X4 = T.Subtract(c9, T.OfDouble(Unit + Top));
    }

    /// <summary>The lowest 52 bits less 2^51, as a double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ToSigned(T column) => T.Subtract(T.ToUnit(column), T.OfDouble(Unit + HalfLimb));

    /// <summary>The integer of a limb of at most 2^51.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ToInteger(T limb) => T.Add(limb, T.OfDouble(1.5 * Unit)) - T.Of(SignedUnitBits);

    /// <summary>What a column begins with to hold what it should, once the halves of products and those of the reduction have been added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Begin<TField>(int column, int highs, int lows)
        where TField : struct, ILaneField =>
        T.Unbiased(
            column switch
            {
                0 => Bias,
                < 5 => Bias - BiasCarry,
                < 9 => Bias - BiasCarry + HalfLimb,
                _ => TopBits - BiasCarry,
            } - (TField.FoldBiases(column) * T.FoldBias),
            highs,
            lows);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(
        in LaneElement<T> a, in LaneElement<T> b, ref T c0, ref T c1, ref T c2, ref T c3, ref T c4, ref T c5, ref T c6, ref T c7, ref T c8, ref T c9)
    {
        T a0 = a.X0, a1 = a.X1, a2 = a.X2, a3 = a.X3, a4 = a.X4;
        T b0 = b.X0, b1 = b.X1, b2 = b.X2, b3 = b.X3, b4 = b.X4;
        T.MultiplySplit(a0, b0, ref c1, ref c0);
        T.MultiplySplit(a0, b1, ref c2, ref c1);
        T.MultiplySplit(a1, b0, ref c2, ref c1);
        T.MultiplySplit(a0, b2, ref c3, ref c2);
        T.MultiplySplit(a1, b1, ref c3, ref c2);
        T.MultiplySplit(a2, b0, ref c3, ref c2);
        T.MultiplySplit(a0, b3, ref c4, ref c3);
        T.MultiplySplit(a1, b2, ref c4, ref c3);
        T.MultiplySplit(a2, b1, ref c4, ref c3);
        T.MultiplySplit(a3, b0, ref c4, ref c3);
        T.MultiplySplit(a0, b4, ref c5, ref c4);
        T.MultiplySplit(a1, b3, ref c5, ref c4);
        T.MultiplySplit(a2, b2, ref c5, ref c4);
        T.MultiplySplit(a3, b1, ref c5, ref c4);
        T.MultiplySplit(a4, b0, ref c5, ref c4);
        T.MultiplySplit(a1, b4, ref c6, ref c5);
        T.MultiplySplit(a2, b3, ref c6, ref c5);
        T.MultiplySplit(a3, b2, ref c6, ref c5);
        T.MultiplySplit(a4, b1, ref c6, ref c5);
        T.MultiplySplit(a2, b4, ref c7, ref c6);
        T.MultiplySplit(a3, b3, ref c7, ref c6);
        T.MultiplySplit(a4, b2, ref c7, ref c6);
        T.MultiplySplit(a3, b4, ref c8, ref c7);
        T.MultiplySplit(a4, b3, ref c8, ref c7);
        T.MultiplySplit(a4, b4, ref c9, ref c8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Set(T c0, T c1, T c2, T c3, T c4, T c5, T c6, T c7, T c8, T c9)
    {
        _c0 = c0;
        _c1 = c1;
        _c2 = c2;
        _c3 = c3;
        _c4 = c4;
        _c5 = c5;
        _c6 = c6;
        _c7 = c7;
        _c8 = c8;
        _c9 = c9;
    }
}
