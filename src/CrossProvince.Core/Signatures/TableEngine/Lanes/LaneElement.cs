using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CrossProvince.Core.Signatures.TableEngine.Lanes;

/// <summary>A number modulo p in every lane: an element of the field that <see cref="FieldElement{TField}"/> counts in, in the same Montgomery form x·2^260, as five limbs of 52 bits
/// held in doubles.</summary>
/// <remarks>
/// <para>Limbs have either sign. Four kinds, by the size of their limbs:
/// <b>exact</b>, what a product and a table give: limbs 0 to 3 in [−2^51, 2^51), limb 4 below 10.5·2^48;
/// <b>carried</b>, what a difference gives: limbs 0 to 3 at most 2^51 + 2^48;
/// <b>plain</b>, a number as it is: limbs in [0, 2^52);
/// <b>loose</b>, a difference that was not carried: limbs at most 2^52.</para>
/// <para>A product of doubles is split exactly while it is at most 2^103 (<see cref="ILanes{T}.MultiplySplit"/>). So carried may meet carried or exact, for
/// (2^51 + 2^48)² &lt; 1.3·2^102, and plain or loose may meet exact, for 2^52·2^51 = 2^103; nothing else. Each method says what it takes.</para>
/// <para>Values: with |a|·|b| ≤ B·p², a product is between −B·p/16 and p + B·p/16, for p &lt; 2^256 and 2^260 = 16·2^256.
/// So no bound depends on which prime it is; the steps that do are methods of <see cref="ILaneField"/>.</para>
/// <para>N. Emmart, F. Zheng, C. Weems, Faster modular exponentiation using double precision floating point arithmetic on the GPU, ARITH 2018 (splitting products);
/// P. Montgomery, Math. Comp. 44 (1985).</para>
/// </remarks>
internal struct LaneElement<T>
    where T : unmanaged, ILanes<T>
{
    private const int Limbs = 5;
    private const double HalfLimb = 1UL << 51;
    private const double TwoTo52 = 1UL << 52;
    private const double TwoTo48 = 1UL << 48;

    public T X0;
    public T X1;
    public T X2;
    public T X3;
    public T X4;

    /// <summary>a − b, loose.</summary>
    /// <param name="a">Exact.</param>
    /// <param name="b">Exact.</param>
    /// <param name="result">May be one of them.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Difference(in LaneElement<T> a, in LaneElement<T> b, out LaneElement<T> result)
    {
        result.X0 = T.Subtract(a.X0, b.X0);
        result.X1 = T.Subtract(a.X1, b.X1);
        result.X2 = T.Subtract(a.X2, b.X2);
        result.X3 = T.Subtract(a.X3, b.X3);
        result.X4 = T.Subtract(a.X4, b.X4);
    }

    /// <summary>a − b, carried.</summary>
    /// <param name="a">Exact, carried or plain.</param>
    /// <param name="b">As <paramref name="a"/>: limbs of the difference stay below 2^53.</param>
    /// <param name="result">May be one of them.</param>
    public static void Subtract(in LaneElement<T> a, in LaneElement<T> b, out LaneElement<T> result)
    {
        result.X0 = T.Subtract(a.X0, b.X0);
        result.X1 = T.Subtract(a.X1, b.X1);
        result.X2 = T.Subtract(a.X2, b.X2);
        result.X3 = T.Subtract(a.X3, b.X3);
        result.X4 = T.Subtract(a.X4, b.X4);
        result.Carry();
    }

    /// <summary>a − b − 2c, carried, its value at most p/2 + p/2^28 in size.</summary>
    /// <param name="a">Exact, as all three: the limbs come to 2^53 at most, where doubles are still exact, the value below 15p, so that q ≤ 15.</param>
    /// <param name="b">As <paramref name="a"/>.</param>
    /// <param name="c">As <paramref name="a"/>.</param>
    /// <param name="result">May be one of them.</param>
    public static void SubtractAndReduce<TField>(in LaneElement<T> a, in LaneElement<T> b, in LaneElement<T> c, out LaneElement<T> result)
        where TField : struct, ILaneField
    {
        var minusTwo = T.OfDouble(-2);
        result.X0 = T.MultiplyAdd(c.X0, minusTwo, T.Subtract(a.X0, b.X0));
        result.X1 = T.MultiplyAdd(c.X1, minusTwo, T.Subtract(a.X1, b.X1));
        result.X2 = T.MultiplyAdd(c.X2, minusTwo, T.Subtract(a.X2, b.X2));
        result.X3 = T.MultiplyAdd(c.X3, minusTwo, T.Subtract(a.X3, b.X3));
        result.X4 = T.MultiplyAdd(c.X4, minusTwo, T.Subtract(a.X4, b.X4));

        // Only now, for a limb that is 2^53 already has no room for more.
        result.Carry();
        result.Reduce<TField>();
    }

    /// <summary>Takes off the multiple of p that leaves at most p/2 + p/2^28 in size; carried.</summary>
    /// <remarks>For exact or carried limbs, the value below 15p. Limb 4 / 2^48, rounded, times p: taking it off leaves at most 2^47 + 15·2^16 in limb 4.</remarks>
    public void Reduce<TField>()
        where TField : struct, ILaneField => TField.SubtractMultiple(RoundTo(TwoTo48, X4), ref this);

    /// <summary>Each lane of another's.</summary>
    /// <param name="a">Any.</param>
    /// <param name="distance">Of <see cref="ILanes{T}.Exchange"/>.</param>
    /// <param name="result">Not <paramref name="a"/>.</param>
    public static void Exchange(in LaneElement<T> a, int distance, out LaneElement<T> result)
    {
        result.X0 = T.Exchange(a.X0, distance);
        result.X1 = T.Exchange(a.X1, distance);
        result.X2 = T.Exchange(a.X2, distance);
        result.X3 = T.Exchange(a.X3, distance);
        result.X4 = T.Exchange(a.X4, distance);
    }

    /// <summary>Changes the sign in the lanes whose mask has the sign bit: the one thing that needs no carry.</summary>
    /// <param name="mask">The sign bit or nothing.</param>
    public void Negate(T mask)
    {
        X0 ^= mask;
        X1 ^= mask;
        X2 ^= mask;
        X3 ^= mask;
        X4 ^= mask;
    }

    /// <summary>The same number in every lane.</summary>
    /// <param name="limbs">Five limbs of 52 bits, least first, all but the last in [−2^51, 2^51), so that it is exact.</param>
    public static LaneElement<T> OfLimbs(ReadOnlySpan<long> limbs) => new()
    {
        X0 = T.OfDouble(limbs[0]),
        X1 = T.OfDouble(limbs[1]),
        X2 = T.OfDouble(limbs[2]),
        X3 = T.OfDouble(limbs[3]),
        X4 = T.OfDouble(limbs[4]),
    };

    /// <summary>One lane, whose value is between −2p and 2p.</summary>
    public readonly FieldElement<TField> Extract<TField>(int lane)
        where TField : struct, ILaneField
    {
        var doubles = MemoryMarshal.Cast<LaneElement<T>, double>(new ReadOnlySpan<LaneElement<T>>(in this));
        Span<long> limbs = stackalloc long[Limbs];
        for (var i = 0; i < Limbs; i++)
        {
            limbs[i] = (long)doubles[(i * T.Count) + lane];
        }

        return FieldElement<TField>.FromSignedLimbs(limbs);
    }

    /// <summary>Sets one lane; exact.</summary>
    public void Insert<TField>(in FieldElement<TField> value, int lane)
        where TField : struct, ILaneField
    {
        var doubles = MemoryMarshal.Cast<LaneElement<T>, double>(new Span<LaneElement<T>>(ref this));
        Span<long> limbs = stackalloc long[Limbs];
        value.CopyCanonicalLimbs(limbs);
        var carry = 0L;
        for (var i = 0; i < Limbs; i++)
        {
            // What is half a limb or more counts one in the next, and is negative.
            var limb = limbs[i] + carry;
            carry = i < Limbs - 1 && limb >= (long)HalfLimb ? 1 : 0;
            doubles[(i * T.Count) + lane] = limb - (carry * (long)TwoTo52);
        }
    }

    /// <summary>The plain number of four words of 64 bits, least first.</summary>
    public static void SetWords(T w0, T w1, T w2, T w3, out LaneElement<T> result) => SetLimbs(w0, w1, w2, w3, TwoTo52, out result);

    /// <summary>The number that <see cref="FieldElement{TField}.WriteEntry"/> wrote in four words of 64 bits; exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetEntry(T w0, T w1, T w2, T w3, out LaneElement<T> result) => SetLimbs(w0, w1, w2, w3, TwoTo52 + HalfLimb, out result);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetLimbs(T w0, T w1, T w2, T w3, double lift, out LaneElement<T> result)
    {
        result.X0 = ToDouble(w0, lift);
        result.X1 = ToDouble((w0 >>> 52) | (w1 << 12), lift);
        result.X2 = ToDouble((w1 >>> 40) | (w2 << 24), lift);
        result.X3 = ToDouble((w2 >>> 28) | (w3 << 36), lift);
        result.X4 = ToDouble(w3 >>> 16, TwoTo52);
    }

    /// <summary>Brings limbs of at most 2^53 to at most 2^51 + 2 by carrying once, all at the same time; every step is exact.</summary>
    private void Carry()
    {
        T r0 = RoundTo(TwoTo52, X0), r1 = RoundTo(TwoTo52, X1), r2 = RoundTo(TwoTo52, X2), r3 = RoundTo(TwoTo52, X3);
        var down = T.OfDouble(1 / TwoTo52);
        X0 = T.Subtract(X0, r0);
        X1 = T.MultiplyAdd(r0, down, T.Subtract(X1, r1));
        X2 = T.MultiplyAdd(r1, down, T.Subtract(X2, r2));
        X3 = T.MultiplyAdd(r2, down, T.Subtract(X3, r3));
        X4 = T.MultiplyAdd(r3, down, X4);
    }

    /// <summary>The multiple of a unit that is nearest to x, if x is at most half of 2^52 units: 1.5·2^52 units more and less.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T RoundTo(double unit, T x)
    {
        var magic = T.OfDouble(1.5 * TwoTo52 * unit);
        return T.Subtract(T.Add(x, magic), magic);
    }

    /// <summary>The double of the lowest 52 bits, less what lifts them above 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ToDouble(T bits, double lift) => T.Subtract(T.ToUnit(bits), T.OfDouble(lift));
}
