using System.Numerics;
using System.Runtime.InteropServices;
using CrossProvince.Core.Signatures.TableEngine;
using CrossProvince.Core.Signatures.TableEngine.Lanes;
using static CrossProvince.Core.Tests.Signatures.TableEngine.Numbers;

namespace CrossProvince.Core.Tests.Signatures.TableEngine.Lanes;

/// <summary>What <see cref="LaneElementTests{TField}"/> asks of lanes of one kind.</summary>
internal sealed class LaneChecks<TField, T> : ILaneChecks
    where TField : struct, ILaneField
    where T : unmanaged, ILanes<T>
{
    private const int Rounds = 1_500;
    private const int Limbs = 5;
    private const long HalfLimb = 1L << 51;
    private const long Carried = HalfLimb + (1L << 48);

    private static readonly BigInteger s_p = PrimeOf<TField>();
    private static readonly BigInteger s_byRadix = Inverse(Radix, s_p);
    private readonly Random _random = new(TestContext.CurrentContext.Random.Next());

    /// <summary>Bounds of limbs 0 to 3 as LaneElement names them; limb 4 keeps the value within 2.5p, of loose ones within 16p, of small ones, which are exact, within 0.6p.</summary>
    private enum Kind
    {
        Exact,
        Carried,
        Plain,
        Loose,
        Small,
    }

    public void Split()
    {
        long[] sizes = [0, 1, 3, (1L << 26) + 1, HalfLimb - 1, HalfLimb, (1L << 52) - 1];
        foreach (var x in sizes)
        {
            foreach (var y in sizes.Where(y => y <= HalfLimb))
            {
                foreach (var sign in new[] { 1, -1 })
                {
                    T high = T.Unbiased(7, 2, 0), low = T.Unbiased(-9, 0, 2);
                    T.MultiplySplit(T.OfDouble(sign * x), T.OfDouble(y), ref high, ref low);
                    T.MultiplySplit(T.OfDouble(1), T.OfDouble(-1), ref high, ref low);
                    Assert.That((new BigInteger(First(high) - 7) << 52) + First(low) + 9, Is.EqualTo((new BigInteger(sign * x) * y) - 1), $"{sign * x} times {y}");
                }
            }
        }
    }

    public unsafe void Gather()
    {
        var memory = GC.AllocateArray<ulong>((T.Count + 1) * 8, pinned: true);
        _random.NextBytes(MemoryMarshal.AsBytes(memory.AsSpan()));
        var start = Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0);
        var aligned = (start + 63) & ~(nint)63;
        var steps = stackalloc nint[T.Count];
        for (var lane = 0; lane < T.Count; lane++)
        {
            steps[lane] = aligned + (lane * PointTable.EntrySize) + (lane % 3 == 0 ? PointTable.NegativeBit : 0);
        }

        var words = stackalloc T[8];
        T.Gather(steps, words);
        for (var word = 0; word < 8; word++)
        {
            for (var lane = 0; lane < T.Count; lane++)
            {
                Assert.That(((ulong*)(words + word))[lane], Is.EqualTo(((ulong*)aligned)[(lane * 8) + word]), $"word {word}, lane {lane}");
            }
        }

        GC.KeepAlive(memory);
    }

    public void Words()
    {
        foreach (var extreme in new ulong[] { 0, ulong.MaxValue, 1UL << 63, (1UL << 52) - 1 })
        {
            ulong[] words = [extreme, (ulong)_random.NextInt64(), ~extreme, extreme];
            T Of(int i) => T.Of((long)words[i]);
            LaneElement<T>.SetWords(Of(0), Of(1), Of(2), Of(3), out var element);
            Assert.That(Value(Read(element)[^1]), Is.EqualTo(words.Reverse().Aggregate(BigInteger.Zero, (sum, word) => (sum << 64) + word)));
        }

        Assert.That(Mod(Value(Read(LaneElement<T>.OfLimbs(TField.One))[0]), s_p), Is.EqualTo(Radix % s_p));
        Assert.That(Mod(Value(Read(LaneElement<T>.OfLimbs(TField.Radix))[0]), s_p), Is.EqualTo(Radix * Radix % s_p));
    }

    public void Products()
    {
        var columns = default(LaneColumns<T>);
        for (var round = 0; round < Rounds; round++)
        {
            long[][] a = Make(Kind.Carried), b = Make(Kind.Carried), c = Make(Kind.Plain), d = Make(Kind.Exact), e = Make(Kind.Loose), f = Make(Kind.Small), g = Make(Kind.Small);
            columns.SetProduct<TField>(Element(a), Element(b));
            columns.Reduce<TField>(out var ab);
            columns.SetProduct<TField>(Element(d), Element(c));
            columns.Reduce<TField>(out var cd);
            columns.SetProduct<TField>(Element(a), Element(b));
            columns.AddProduct(Element(c), Element(d));
            columns.Reduce<TField>(out var both);
            columns.SetSquare<TField>(Element(a));
            columns.Reduce<TField>(out var squared);
            columns.SetProduct<TField>(Element(e), Element(d));
            columns.Subtract(Element(g));
            columns.Subtract(Element(f));
            columns.Reduce<TField>(out var less);
            for (var lane = 0; lane < T.Count; lane++)
            {
                BigInteger product = Value(a[lane]) * Value(b[lane]), other = Value(c[lane]) * Value(d[lane]), square = Value(a[lane]) * Value(a[lane]);
                CheckProduct(Read(ab)[lane], product, product);
                CheckProduct(Read(cd)[lane], other, other);
                CheckProduct(Read(both)[lane], product + other, BigInteger.Abs(product) + BigInteger.Abs(other));
                CheckProduct(Read(squared)[lane], square, square);

                product = (Value(e[lane]) * Value(d[lane])) - (Radix * (Value(f[lane]) + Value(g[lane])));
                CheckProduct(Read(less)[lane], product, product);
            }
        }
    }

    public void Differences()
    {
        for (var round = 0; round < Rounds; round++)
        {
            long[][] a = Make(Kind.Exact), b = Make((Kind)(round % 3)), c = Make(Kind.Exact), d = Make(Kind.Exact);
            LaneElement<T>.Subtract(Element(a), Element(b), out var difference);
            LaneElement<T>.Difference(Element(a), Element(c), out var loose);
            LaneElement<T>.SubtractAndReduce<TField>(Element(a), Element(c), Element(d), out var reduced);
            var negated = Element(a);
            negated.Negate(T.Of(long.MinValue));
            for (var lane = 0; lane < T.Count; lane++)
            {
                Assert.That(Value(Read(difference)[lane]), Is.EqualTo(Value(a[lane]) - Value(b[lane])));
                CheckCarried(Read(difference)[lane]);
                Assert.That(Value(Read(loose)[lane]), Is.EqualTo(Value(a[lane]) - Value(c[lane])));
                Assert.That(Number(Element(a).Extract<TField>(lane)), Is.EqualTo(Mod(Value(a[lane]) * s_byRadix, s_p)));
                var value = Value(Read(reduced)[lane]);
                Assert.That(Mod(value - Value(a[lane]) + Value(c[lane]) + (2 * Value(d[lane])), s_p), Is.EqualTo(BigInteger.Zero));
                Assert.That(BigInteger.Abs(value), Is.LessThanOrEqualTo((s_p >> 1) + (s_p >> 28)));
                CheckCarried(Read(reduced)[lane]);
                Assert.That(Value(Read(negated)[lane]), Is.EqualTo(-Value(a[lane])));
            }
        }
    }

    public void Exchanges()
    {
        for (var distance = 1; distance < T.Count; distance *= 2)
        {
            long[][] a = Make(Kind.Exact), b = Make(Kind.Exact);
            LaneElement<T>.Exchange(Element(a), distance, out var exchanged);
            for (var lane = 0; lane < T.Count; lane++)
            {
                Assert.That(Read(exchanged)[lane], Is.EqualTo(a[lane ^ distance]), $"lane {lane}, distance {distance}");
                var inserted = Element(b);
                var value = Element(a).Extract<TField>(lane);
                inserted.Insert(value, lane);
                Assert.That(Number(inserted.Extract<TField>(lane)), Is.EqualTo(Number(value)));
                Assert.That(Read(inserted)[lane][..^1], Is.All.InRange(-HalfLimb, HalfLimb - 1), "exact");
                Assert.That(Read(inserted).Where((_, other) => other != lane), Is.EqualTo(b.Where((_, other) => other != lane)), "other lanes stay");
            }
        }
    }

    private static void CheckProduct(long[] result, BigInteger product, BigInteger size)
    {
        var value = Value(result);
        if (Mod(value - (product * s_byRadix), s_p) != 0)
        {
            Assert.Fail($"{product:X} / 2^260 is not {value:X}");
        }

        var reach = (BigInteger.Abs(size) >> 260) + 1;
        Assert.That(value, Is.InRange(-reach, s_p + reach));
        for (var i = 0; i < Limbs - 1; i++)
        {
            Assert.That(result[i], Is.InRange(-HalfLimb, HalfLimb - 1), "exact");
        }
    }

    private static void CheckCarried(long[] result)
    {
        for (var i = 0; i < Limbs - 1; i++)
        {
            Assert.That(Math.Abs(result[i]), Is.LessThanOrEqualTo(Carried), "carried");
        }
    }

    private static BigInteger Value(long[] limbs) => limbs.Select((limb, i) => new BigInteger(limb) << (52 * i)).Aggregate(BigInteger.Add);

    private static long First(T lanes) => MemoryMarshal.Cast<T, long>(new ReadOnlySpan<T>(in lanes))[0];

    private static LaneElement<T> Element(long[][] lanes)
    {
        var doubles = new double[Limbs * T.Count];
        for (var i = 0; i < doubles.Length; i++)
        {
            doubles[i] = lanes[i % T.Count][i / T.Count];
        }

        return MemoryMarshal.Cast<double, LaneElement<T>>(doubles)[0];
    }

    private static long[][] Read(in LaneElement<T> element)
    {
        var doubles = MemoryMarshal.Cast<LaneElement<T>, double>(new ReadOnlySpan<LaneElement<T>>(in element)).ToArray();
        Assert.That(Array.TrueForAll(doubles, x => x == Math.Truncate(x)), Is.True, "whole");
        return [.. Enumerable.Range(0, T.Count).Select(lane => Enumerable.Range(0, Limbs).Select(i => (long)doubles[(i * T.Count) + lane]).ToArray())];
    }

    /// <summary>Numbers of a kind, half of their limbs at a bound.</summary>
    private long[][] Make(Kind kind)
    {
        var (least, greatest, top) = kind switch
        {
            Kind.Exact => (-HalfLimb, HalfLimb - 1, (1L << 48) * 5 / 2),
            Kind.Carried => (-Carried, Carried, (1L << 48) * 5 / 2),
            Kind.Small => (-HalfLimb, HalfLimb - 1, (1L << 48) * 6 / 10),
            Kind.Plain => (0, (1L << 52) - 1, (1L << 48) - 1),
            _ => (1 - (1L << 52), (1L << 52) - 1, (1L << 52) - 1),
        };
        return [.. Enumerable.Range(0, T.Count).Select(_ => Enumerable.Range(0, Limbs).Select(i => i < Limbs - 1 ? Limb(least, greatest) : Limb(kind == Kind.Plain ? 0 : -top, top)).ToArray())];
    }

    private long Limb(long least, long greatest) => _random.Next(4) switch
    {
        0 => least,
        1 => greatest,
        _ => _random.NextInt64(least, greatest + 1),
    };
}
