using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CrossProvince.Core.Signatures.TableEngine.Lanes;

/// <summary>Four lanes, AVX2 and FMA.</summary>
internal struct FourLanes : ILanes<FourLanes>
{
    // As for eight lanes; but rounding is to the nearest, so that l has either sign, and 1.5·2^52 is needed to keep its units in the lowest bit.
    private const double High = 1.5 * (1UL << 52) * (1UL << 52);
    private const double Low = 1.5 * (1UL << 52);

    // The bits of High, and of what is added to l.
    private const long HighBits = 0x4678000000000000;
    private const long LowBits = 0x4338000000000000;

    // The bits of 2^52.
    private const long UnitBits = 0x4330000000000000;

    // Results are made by initialisers: a constructor would be one more call to inline in each operation, and the compiler's budget is finite.
    private Vector256<long> _value;

    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static int Count => 4;

    public static FourLanes Of(long value) => new() { _value = Vector256.Create(value) };

    public static FourLanes OfDouble(double value) => new() { _value = Vector256.Create(value).AsInt64() };

    public static FourLanes operator +(FourLanes x, FourLanes y) => new() { _value = x._value + y._value };

    public static FourLanes operator -(FourLanes x, FourLanes y) => new() { _value = x._value - y._value };

    public static FourLanes operator &(FourLanes x, FourLanes y) => new() { _value = x._value & y._value };

    public static FourLanes operator |(FourLanes x, FourLanes y) => new() { _value = x._value | y._value };

    public static FourLanes operator ^(FourLanes x, FourLanes y) => new() { _value = x._value ^ y._value };

    public static FourLanes operator <<(FourLanes x, [ConstantExpected] int bits) => new() { _value = x._value << bits };

    public static FourLanes operator >>>(FourLanes x, [ConstantExpected] int bits) => new() { _value = x._value >>> bits };

    public static FourLanes Add(FourLanes x, FourLanes y) => new() { _value = (x._value.AsDouble() + y._value.AsDouble()).AsInt64() };

    public static FourLanes Subtract(FourLanes x, FourLanes y) => new() { _value = (x._value.AsDouble() - y._value.AsDouble()).AsInt64() };

    public static FourLanes MultiplyAdd(FourLanes x, FourLanes y, FourLanes z) => new() { _value = Fma.MultiplyAdd(x._value.AsDouble(), y._value.AsDouble(), z._value.AsDouble()).AsInt64() };

    /// <summary>Rounded to the nearest: |l| ≤ 2^51.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplySplit(FourLanes x, FourLanes y, ref FourLanes high, ref FourLanes low)
    {
        var h = Fma.MultiplyAdd(x._value.AsDouble(), y._value.AsDouble(), Vector256.Create(High));
        var l = Fma.MultiplyAdd(x._value.AsDouble(), y._value.AsDouble(), Vector256.Create(High) - h) + Vector256.Create(Low);
        high = new() { _value = high._value + h.AsInt64() };
        low = new() { _value = low._value + l.AsInt64() };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes Unbiased(long value, int highs, int lows) =>
        new() { _value = Vector256.Create(unchecked(value - (highs * HighBits) - (lows * LowBits))) };

    public static FourLanes ToUnit(FourLanes x) => new() { _value = (x._value & Vector256.Create((1L << 52) - 1)) | Vector256.Create(UnitBits) };

    public static long FoldBias => 0;

    /// <summary>Integers only: rounded to the nearest, a product of doubles would not give the floor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fold(FourLanes x, out FourLanes high, out FourLanes low)
    {
        // m·(2^44 − 2^12) / 2^52 = (m − m / 2^32) / 2^8.
        var mask = Vector256.Create((1L << 52) - 1);
        var m = x._value & mask;
        high = new() { _value = (m - ((m + Vector256.Create(0xFFFFFFFFL)) >>> 32)) >>> 8 };
        low = new() { _value = ((x._value << 44) - (x._value << 12)) & mask };
    }

    public static FourLanes Exchange(FourLanes x, int distance) =>
        new() { _value = distance == 1 ? Avx2.Permute4x64(x._value, 0b10_11_00_01) : Avx2.Permute4x64(x._value, 0b01_00_11_10) };

    public static unsafe FourLanes Load(nint* values) => new() { _value = Vector256.Load((long*)values) };

    public static unsafe void Gather(nint* steps, FourLanes* words)
    {
        for (var half = 0; half < 8; half += 4)
        {
            var a0 = Row(steps[0], half);
            var a1 = Row(steps[1], half);
            var a2 = Row(steps[2], half);
            var a3 = Row(steps[3], half);

            // Single words, then halves change places.
            var b0 = Avx2.UnpackLow(a0, a1);
            var b1 = Avx2.UnpackHigh(a0, a1);
            var b2 = Avx2.UnpackLow(a2, a3);
            var b3 = Avx2.UnpackHigh(a2, a3);
            words[half] = new() { _value = Avx2.Permute2x128(b0, b2, 0x20) };
            words[half + 1] = new() { _value = Avx2.Permute2x128(b1, b3, 0x20) };
            words[half + 2] = new() { _value = Avx2.Permute2x128(b0, b2, 0x31) };
            words[half + 3] = new() { _value = Avx2.Permute2x128(b1, b3, 0x31) };
        }
    }

    private static unsafe Vector256<long> Row(nint step, int word) => Vector256.LoadAligned((long*)(step & ~PointTable.NegativeBit) + word);
}
