using System.Numerics;
using CrossProvince.Core.Signatures.TableEngine;
using static CrossProvince.Core.Tests.Signatures.TableEngine.Sm2Numbers;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

/// <summary>Against .NET's BigInteger, at random and where limbs and values touch their bounds.</summary>
[Category("Engines")]
public sealed class FieldElementTests
{
    private const int Pairs = 20_000;

    private static readonly BigInteger s_byRadix = Inverse(Radix, P);

    // Values that may be held: below 2p, each limb anything.
    private static readonly BigInteger[] s_extremes =
    [
        0, 1, 2, P - 1, P, P + 1, (2 * P) - 1, (2 * P) - 2, BigInteger.One << 256, (BigInteger.One << 256) - 1, BigInteger.One << 208, (BigInteger.One << 208) - 1,
        Limb(0), Limb(1), Limb(2), Limb(3), Limb(0) + Limb(2), Limb(1) + Limb(3), ((BigInteger.One << 49) - (BigInteger.One << 17) - 1) << 208,
        P - Limb(0), P + Limb(0), (P + 1) / 2, Radix % P, Radix * Radix % P,
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
        foreach (var a in s_extremes.Concat(Enumerable.Range(0, 200).Select(_ => Random(2 * P))).Where(a => a % P != 0))
        {
            Assert.That(Number(FromRaw(a) * FromRaw(a).Invert()), Is.EqualTo(BigInteger.One), $"{a:X}");
        }

        Assert.That(FieldElement.Zero.Invert().IsZero, Is.True);
    }

    [Test]
    public void FromBytes_OfANumber_IsThatNumber()
    {
        foreach (var a in s_extremes.Where(a => a < P).Append(Random(P)))
        {
            Assert.That(Number(FieldElement.FromBytes(Bytes(a))), Is.EqualTo(a));
        }

        Assert.That(Number(FieldElement.FromPlain(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue)), Is.EqualTo((BigInteger.One << 256) - 1 - P));
        Assert.That(Number(FieldElement.One), Is.EqualTo(BigInteger.One));
    }

    [Test]
    public void FromSignedLimbs_OfEitherSign_IsTheirSum()
    {
        foreach (var extreme in new[] { 0, 1, -1, 1L << 51, -(1L << 51), (1L << 60) - 1, -(1L << 60) })
        {
            long[] limbs = [extreme, -extreme, extreme, -extreme, Math.Clamp(extreme, -(1L << 48), 1L << 48)];
            var expected = limbs.Select((limb, i) => new BigInteger(limb) << (LimbBits * i)).Aggregate(BigInteger.Add);
            var element = FieldElement.FromSignedLimbs(limbs);
            CheckHeld(element);
            Assert.That(Mod(Raw(element), P), Is.EqualTo(Mod(expected, P)), $"{extreme}");
        }
    }

    private static BigInteger Limb(int i) => ((BigInteger.One << LimbBits) - 1) << (LimbBits * i);

    /// <summary>Any held value, or one with limbs of all ones and all zeros.</summary>
    private static BigInteger Held(int i)
    {
        if (i % 3 != 0)
        {
            return Random(2 * P);
        }

        var random = TestContext.CurrentContext.Random;
        var limbs = Enumerable.Range(0, 4).Where(_ => random.NextBool()).Aggregate(BigInteger.Zero, (sum, limb) => sum + Limb(limb));
        return limbs + (new BigInteger(random.NextInt64(0, 1L << 48)) << 208);
    }

    private static void CheckOne(BigInteger a)
    {
        var element = FromRaw(a);
        Assert.That(element.IsZero, Is.EqualTo(a % P == 0), $"{a:X} is zero");
        Assert.That(Canonical(element), Is.EqualTo(a % P), $"{a:X} canonical");
    }

    private static void CheckPair(BigInteger a, BigInteger b)
    {
        var (x, y) = (FromRaw(a), FromRaw(b));
        Check(x + y, a + b, "+");
        Check(x - y, a - b, "-");
        Check(x * y, a * b * s_byRadix, "*");
        Check(x.Square(), a * a * s_byRadix, "squared");

        void Check(FieldElement actual, BigInteger expected, string operation)
        {
            CheckHeld(actual);
            if (Mod(Raw(actual) - expected, P) != 0)
            {
                Assert.Fail($"{a:X} {operation} {b:X} gave {Raw(actual):X}");
            }
        }
    }

    // Plain comparisons: there are a million of them.
    private static void CheckHeld(FieldElement element)
    {
        if (Array.Exists(Limbs(element), limb => limb >> LimbBits != 0) || Raw(element) >= 2 * P)
        {
            Assert.Fail($"{Raw(element):X} is held, or a limb is above 52 bits.");
        }
    }

    private static unsafe BigInteger Canonical(FieldElement element)
    {
        var words = stackalloc ulong[4];
        element.WriteCanonical(words);
        Assert.That(Raw(FieldElement.ReadCanonical(words)), Is.EqualTo(Raw(element) % P));
        return new BigInteger(new ReadOnlySpan<byte>(words, 32), isUnsigned: true);
    }
}
