using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CrossProvince.Core.Signatures.TableEngine.Lanes;

/// <summary>Eight lanes, AVX-512.</summary>
internal struct EightLanes : ILanes<EightLanes>
{
    // 1.5·2^104: what is added to it and is at most 2^103 in size leaves it between 2^104 and 2^105, where doubles are multiples of 2^52.
    private const double High = 1.5 * (1UL << 52) * (1UL << 52);

    // Also a multiple of 2^52, so that both can be taken away at once.
    private const double HighAndLow = High + (1UL << 52);

    // The bits of High, and of what is added to l.
    private const long HighBits = 0x4678000000000000;
    private const long LowBits = 0x4330000000000000;

    private const double FoldFactor = (1L << 44) - (1L << 12);

    // (a & b) | c, as TernaryLogic numbers it.
    private const byte AndOr = 0xEA;

    // Results are made by initialisers: a constructor would be one more call to inline in each operation, and the compiler's budget is finite.
    private Vector512<long> _value;

    public static bool IsSupported => Avx512DQ.IsSupported;

    public static int Count => 8;

    public static EightLanes Of(long value) => new() { _value = Vector512.Create(value) };

    public static EightLanes OfDouble(double value) => new() { _value = Vector512.Create(value).AsInt64() };

    public static EightLanes operator +(EightLanes x, EightLanes y) => new() { _value = x._value + y._value };

    public static EightLanes operator -(EightLanes x, EightLanes y) => new() { _value = x._value - y._value };

    public static EightLanes operator &(EightLanes x, EightLanes y) => new() { _value = x._value & y._value };

    public static EightLanes operator |(EightLanes x, EightLanes y) => new() { _value = x._value | y._value };

    public static EightLanes operator ^(EightLanes x, EightLanes y) => new() { _value = x._value ^ y._value };

    public static EightLanes operator <<(EightLanes x, [ConstantExpected] int bits) => new() { _value = x._value << bits };

    public static EightLanes operator >>>(EightLanes x, [ConstantExpected] int bits) => new() { _value = x._value >>> bits };

    public static EightLanes Add(EightLanes x, EightLanes y) => new() { _value = (x._value.AsDouble() + y._value.AsDouble()).AsInt64() };

    public static EightLanes Subtract(EightLanes x, EightLanes y) => new() { _value = (x._value.AsDouble() - y._value.AsDouble()).AsInt64() };

    public static EightLanes MultiplyAdd(EightLanes x, EightLanes y, EightLanes z) =>
        new() { _value = Avx512F.FusedMultiplyAdd(x._value.AsDouble(), y._value.AsDouble(), z._value.AsDouble()).AsInt64() };

    /// <summary>Rounded toward zero: h is the floor, and l between 0 and 2^52, so that 2^52 + l has its units in the lowest bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplySplit(EightLanes x, EightLanes y, ref EightLanes high, ref EightLanes low)
    {
        var h = Avx512F.FusedMultiplyAdd(x._value.AsDouble(), y._value.AsDouble(), Vector512.Create(High), FloatRoundingMode.ToZero);
        var l = Avx512F.FusedMultiplyAdd(x._value.AsDouble(), y._value.AsDouble(), Vector512.Create(HighAndLow) - h, FloatRoundingMode.ToZero);
        high = new() { _value = high._value + h.AsInt64() };
        low = new() { _value = low._value + l.AsInt64() };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightLanes Unbiased(long value, int highs, int lows) =>
        new() { _value = Vector512.Create(unchecked(value - (highs * HighBits) - (lows * LowBits))) };

    public static EightLanes ToUnit(EightLanes x) =>
        new() { _value = Avx512F.TernaryLogic(x._value, Vector512.Create((1L << 52) - 1), Vector512.Create(LowBits), AndOr) };

    public static long FoldBias => HighBits;

    /// <summary>The upper half by one product of doubles; what 2^52, which the unit has too much, counts in it is taken off with the addend. The lower half, which the next column
    /// waits for, by integers, which are sooner done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fold(EightLanes x, out EightLanes high, out EightLanes low)
    {
        var unit = ToUnit(x)._value.AsDouble();
        high = new() { _value = Avx512F.FusedMultiplyAdd(unit, Vector512.Create(FoldFactor), Vector512.Create(High - (FoldFactor * (1UL << 52))), FloatRoundingMode.ToZero).AsInt64() };
        low = new() { _value = ((x._value << 44) - (x._value << 12)) & Vector512.Create((1L << 52) - 1) };
    }

    public static EightLanes Exchange(EightLanes x, int distance) => new()
    {
        _value = distance switch
        {
            1 => Avx512F.Permute4x64(x._value, 0b10_11_00_01),
            2 => Avx512F.Permute4x64(x._value, 0b01_00_11_10),
            _ => Avx512F.Shuffle4x128(x._value, x._value, 0b01_00_11_10),
        },
    };

    public static unsafe EightLanes Load(nint* values) => new() { _value = Vector512.Load((long*)values) };

    public static unsafe void Gather(nint* steps, EightLanes* words)
    {
        var a0 = Row(steps[0]);
        var a1 = Row(steps[1]);
        var a2 = Row(steps[2]);
        var a3 = Row(steps[3]);
        var a4 = Row(steps[4]);
        var a5 = Row(steps[5]);
        var a6 = Row(steps[6]);
        var a7 = Row(steps[7]);

        // Single words, then pairs, then quarters change places.
        var b0 = Avx512F.UnpackLow(a0, a1);
        var b1 = Avx512F.UnpackHigh(a0, a1);
        var b2 = Avx512F.UnpackLow(a2, a3);
        var b3 = Avx512F.UnpackHigh(a2, a3);
        var b4 = Avx512F.UnpackLow(a4, a5);
        var b5 = Avx512F.UnpackHigh(a4, a5);
        var b6 = Avx512F.UnpackLow(a6, a7);
        var b7 = Avx512F.UnpackHigh(a6, a7);

        Quarters(b0, b2, b4, b6, out words[0], out words[2], out words[4], out words[6]);
        Quarters(b1, b3, b5, b7, out words[1], out words[3], out words[5], out words[7]);
    }

    private static unsafe Vector512<long> Row(nint step) => Vector512.LoadAligned((long*)(step & ~PointTable.NegativeBit));

    /// <summary>Turns four rows of four quarters of 128 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarters(
        Vector512<long> a, Vector512<long> b, Vector512<long> c, Vector512<long> d, out EightLanes q0, out EightLanes q1, out EightLanes q2, out EightLanes q3)
    {
        var ab02 = Avx512F.Shuffle4x128(a, b, 0b10_00_10_00);
        var ab13 = Avx512F.Shuffle4x128(a, b, 0b11_01_11_01);
        var cd02 = Avx512F.Shuffle4x128(c, d, 0b10_00_10_00);
        var cd13 = Avx512F.Shuffle4x128(c, d, 0b11_01_11_01);
        q0 = new() { _value = Avx512F.Shuffle4x128(ab02, cd02, 0b10_00_10_00) };
        q1 = new() { _value = Avx512F.Shuffle4x128(ab13, cd13, 0b10_00_10_00) };
        q2 = new() { _value = Avx512F.Shuffle4x128(ab02, cd02, 0b11_01_11_01) };
        q3 = new() { _value = Avx512F.Shuffle4x128(ab13, cd13, 0b11_01_11_01) };
    }
}
