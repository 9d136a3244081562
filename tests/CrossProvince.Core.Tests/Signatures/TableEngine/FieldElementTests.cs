using System.Numerics;
using CrossProvince.Core.Signatures.TableEngine;
using static CrossProvince.Core.Tests.Signatures.TableEngine.Numbers;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

/// <summary>Against .NET's BigInteger, at random and where limbs and values touch their bounds.</summary>
[Category("Engines")]
[TestFixture(typeof(Sm2Curve))]
[TestFixture(typeof(P256Curve))]
[TestFixture(typeof(P256Order))]
internal sealed class FieldElementTests<TField>
    where TField : struct, IField
{
    private const int Pairs = 20_000;

    private static readonly BigInteger s_p = PrimeOf<TField>();
    private static readonly BigInteger s_byRadix = Inverse(Radix, s_p);

    // Values that may be held: below 2p, each limb anything.
    private static readonly BigInteger[] s_extremes =
    [
        0, 1, 2, s_p - 1, s_p, s_p + 1, (2 * s_p) - 1, (2 * s_p) - 2, BigInteger.One << 256, (BigInteger.One << 256) - 1, BigInteger.One << 208, (BigInteger.One << 208) - 1,
        Limb(0), Limb(1), Limb(2), Limb(3), Limb(0) + Limb(2), Limb(1) + Limb(3), ((BigInteger.One << 49) - (BigInteger.One << 17) - 1) << 208,
        s_p - Limb(0), s_p + Limb(0), (s_p + 1) / 2, Radix % s_p, Radix * Radix % s_p,
    ];

    [Test]
    public void Operations_ExtremeLimbs_AgreeWithBigInteger()
    {
        Assert.Multiple(() =>
        {
            foreach (var a in s_extremes)
            {
                CheckOne(a);
                foreach (var b in s_extremes)
                {
                    CheckPair(a, b);
                }
            }
        });
    }

    [Test]
    public void Operations_Random_AgreeWithBigInteger()
    {
        for (var i = 0; i < Pairs; i++)
        {
            var a = Held(i);
            CheckPair(a, Held(i / 3));
        }
    }

    [Test]
    public void Invert_RandomAndEdges_TimesItselfIsOne()
    {
        var powers = Enumerable.Range(0, 257).Select(i => BigInteger.One << i);
        foreach (var a in s_extremes.Concat(powers).Concat(powers.Select(power => Mod(-power, s_p))).Concat(Enumerable.Range(0, 2_000).Select(_ => Random(2 * s_p))))
        {
            var inverse = FromRaw<TField>(a).Invert();
            CheckHeld(inverse);
            if (Raw(inverse) * a * s_byRadix * s_byRadix % s_p != (a % s_p == 0 ? 0 : 1))
            {
                Assert.Fail($"1 / {a:X} gave {Raw(inverse):X}");
            }
        }
    }

    [Test]
    public void FromBytes_OfANumber_IsThatNumber()
    {
        foreach (var a in s_extremes.Where(a => a < s_p).Append(Random(s_p)))
        {
            Assert.That(Number(FieldElement<TField>.FromBytes(Bytes(a))), Is.EqualTo(a));
        }

        Assert.That(Number(FieldElement<TField>.FromPlain(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue)), Is.EqualTo((BigInteger.One << 256) - 1 - s_p));
        Assert.That(Number(FieldElement<TField>.One), Is.EqualTo(BigInteger.One));
    }

    [Test]
    public void FromHeldBytes_OfANumber_IsHeldAsIt()
    {
        foreach (var a in s_extremes.Where(a => a < BigInteger.One << 256))
        {
            Assert.That(Raw(FieldElement<TField>.FromHeldBytes(Bytes(a))), Is.EqualTo(a));
        }

        Assert.That(Raw(FieldElement<TField>.HeldAsOne), Is.EqualTo(BigInteger.One));
    }

    [Test]
    public void FromSignedLimbs_OfEitherSign_IsTheirSum()
    {
        foreach (var extreme in new[] { 0, 1, -1, 1L << 51, -(1L << 51), (1L << 60) - 1, -(1L << 60) })
        {
            long[] limbs = [extreme, -extreme, extreme, -extreme, Math.Clamp(extreme, -(1L << 48), 1L << 48)];
            var expected = limbs.Select((limb, i) => new BigInteger(limb) << (LimbBits * i)).Aggregate(BigInteger.Add);
            var element = FieldElement<TField>.FromSignedLimbs(limbs);
            CheckHeld(element);
            Assert.That(Mod(Raw(element), s_p), Is.EqualTo(Mod(expected, s_p)), $"{extreme}");
        }
    }

    private static BigInteger Limb(int i) => ((BigInteger.One << LimbBits) - 1) << (LimbBits * i);

    /// <summary>Any held value, or one with limbs of all ones and all zeros.</summary>
    private static BigInteger Held(int i)
    {
        if (i % 3 != 0)
        {
            return Random(2 * s_p);
        }

        var random = TestContext.CurrentContext.Random;
        var limbs = Enumerable.Range(0, 4).Where(_ => random.NextBool()).Aggregate(BigInteger.Zero, (sum, limb) => sum + Limb(limb));
        return limbs + (new BigInteger(random.NextInt64(0, 1L << 48)) << 208);
    }

    private static void CheckOne(BigInteger a)
    {
        var element = FromRaw<TField>(a);
        Assert.That(element.IsZero, Is.EqualTo(a % s_p == 0), $"{a:X} is zero");
        Assert.That(Canonical(element), Is.EqualTo(a % s_p), $"{a:X} canonical");
    }

    private static void CheckPair(BigInteger a, BigInteger b)
    {
        var (x, y) = (FromRaw<TField>(a), FromRaw<TField>(b));
        Check(x + y, a + b, "+");
        Check(x - y, a - b, "-");
        Check(x * y, a * b * s_byRadix, "*");
        Check(x.Square(), a * a * s_byRadix, "squared");

        void Check(FieldElement<TField> actual, BigInteger expected, string operation)
        {
            CheckHeld(actual);
            if (Mod(Raw(actual) - expected, s_p) != 0)
            {
                Assert.Fail($"{a:X} {operation} {b:X} gave {Raw(actual):X}");
            }
        }
    }

    // Plain comparisons: there are a million of them.
    private static void CheckHeld(FieldElement<TField> element)
    {
        if (Array.Exists(Limbs(element), limb => limb >> LimbBits != 0) || Raw(element) >= 2 * s_p)
        {
            Assert.Fail($"{Raw(element):X} is held, or a limb is above 52 bits.");
        }
    }

    private static unsafe BigInteger Canonical(FieldElement<TField> element)
    {
        var words = stackalloc ulong[4];
        element.WriteEntry(words);
        var canonical = FieldElement<TField>.ReadEntry(words);
        Assert.That(Raw(canonical), Is.EqualTo(Raw(element) % s_p));
        Assert.That(new BigInteger(new ReadOnlySpan<byte>(words, 32), isUnsigned: true) - Raw(canonical), Is.EqualTo(Enumerable.Range(0, 4).Aggregate(BigInteger.Zero, (sum, i) => sum + (BigInteger.One << (51 + (52 * i))))));
        var limbs = new long[5];
        element.CopyCanonicalLimbs(limbs);
        Assert.That(limbs, Is.EqualTo(Limbs(canonical)));
        element.WriteCanonical(words);
        return new BigInteger(new ReadOnlySpan<byte>(words, 32), isUnsigned: true);
    }
}
