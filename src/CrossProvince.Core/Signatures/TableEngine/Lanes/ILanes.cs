using System.Diagnostics.CodeAnalysis;

namespace CrossProvince.Core.Signatures.TableEngine.Lanes;

/// <summary>Several numbers of 64 bits side by side. The bits of a lane are a double or an integer: each operation says which it takes them for.</summary>
/// <typeparam name="T">The type itself, so that the compiler makes one machine code of the engine for each.</typeparam>
internal interface ILanes<T>
    where T : unmanaged, ILanes<T>
{
    /// <summary>How many lanes there are.</summary>
    static abstract int Count { get; }

    /// <summary>The same integer in every lane.</summary>
    static abstract T Of(long value);

    /// <summary>The same double in every lane.</summary>
    static abstract T OfDouble(double value);

    /// <summary>Sum of integers modulo 2^64.</summary>
    static abstract T operator +(T x, T y);

    /// <summary>Difference of integers modulo 2^64.</summary>
    static abstract T operator -(T x, T y);

    /// <summary>Bits of both.</summary>
    static abstract T operator &(T x, T y);

    /// <summary>Bits of either.</summary>
    static abstract T operator |(T x, T y);

    /// <summary>Bits of one but not of both.</summary>
    static abstract T operator ^(T x, T y);

    /// <summary>Bits moved up.</summary>
    static abstract T operator <<(T x, [ConstantExpected] int bits);

    /// <summary>Bits moved down, zeros from above.</summary>
    static abstract T operator >>>(T x, [ConstantExpected] int bits);

    /// <summary>Sum of doubles, rounded to the nearest.</summary>
    static abstract T Add(T x, T y);

    /// <summary>Difference of doubles, rounded to the nearest.</summary>
    static abstract T Subtract(T x, T y);

    /// <summary>x·y + z of doubles, rounded once to the nearest.</summary>
    static abstract T MultiplyAdd(T x, T y, T z);

    /// <summary>Splits products of doubles: x·y = h·2^52 + l exactly; adds h to one sum of integers and l to another, each with a bias: see <see cref="Unbiased"/>.</summary>
    /// <param name="x">Whole numbers.</param>
    /// <param name="y">Whole numbers with |x·y| ≤ 2^103.</param>
    /// <param name="high">Receives h, |h| ≤ 2^51.</param>
    /// <param name="low">Receives l, |l| &lt; 2^52.</param>
    static abstract void MultiplySplit(T x, T y, ref T high, ref T low);

    /// <summary>What a sum must begin with to be right once all its halves have been added.</summary>
    /// <param name="value">The sum of no halves.</param>
    /// <param name="highs">How many upper halves <see cref="MultiplySplit"/> will add.</param>
    /// <param name="lows">How many lower halves.</param>
    static abstract T Unbiased(long value, int highs, int lows);

    /// <summary>The double 2^52 + m, where m is the integer of the lowest 52 bits.</summary>
    static abstract T ToUnit(T x);

    /// <summary>What the upper half of <see cref="Fold"/> holds beside the number itself.</summary>
    static abstract long FoldBias { get; }

    /// <summary>Splits m·(2^44 − 2^12) = h·2^52 + l, where m is the integer of the lowest 52 bits.</summary>
    /// <param name="x">The bits.</param>
    /// <param name="high">Receives h + <see cref="FoldBias"/>, 0 ≤ h &lt; 2^44.</param>
    /// <param name="low">Receives l, 0 ≤ l &lt; 2^52.</param>
    static abstract void Fold(T x, out T high, out T low);

    /// <summary>Lane i takes what lane i ⊕ distance has.</summary>
    /// <param name="x">The lanes.</param>
    /// <param name="distance">1, 2 or 4, below <see cref="Count"/>.</param>
    static abstract T Exchange(T x, int distance);

    /// <summary>Loads eight words of 64 bits from an address of each lane, which is a multiple of 64, and turns them so that each result holds one word of every lane.</summary>
    /// <param name="steps">The addresses, one a lane; their lowest bit counts for nothing.</param>
    /// <param name="words">Receives the words.</param>
    static abstract unsafe void Gather(nint* steps, T* words);

    /// <summary>Loads one integer a lane.</summary>
    static abstract unsafe T Load(nint* values);
}
