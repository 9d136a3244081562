using System.Numerics;
using CrossProvince.Core.Signatures.TableEngine;
using static CrossProvince.Core.Tests.Signatures.TableEngine.Numbers;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

/// <summary>Sums modulo n and the digits of multipliers, against BigInteger.</summary>
[TestFixture(typeof(Sm2Curve))]
[TestFixture(typeof(P256Curve))]
internal sealed class OrderScalarTests<TCurve>
    where TCurve : struct, ICurve
{
    private static readonly BigInteger s_n = OrderOf<TCurve>();
    private static readonly BigInteger s_p = PrimeOf<TCurve>();

    private static readonly BigInteger[] s_edges =
    [
        .. Enumerable.Range(0, 6).Select(i => new BigInteger(i)),
        .. Enumerable.Range(1, 6).Select(i => s_n - i),
        .. Enumerable.Range(1, 255).Select(i => BigInteger.One << i),
        .. Enumerable.Range(1, 255).Select(i => (BigInteger.One << i) - 1),
        (s_n - 1) / 2, (s_n + 1) / 2, s_p - s_n - 1, s_p - s_n, s_p - s_n + 1,
    ];

    [Test]
    public void Operations_EdgesAndRandom_AgreeWithBigInteger()
    {
        foreach (var a in s_edges.Concat(Enumerable.Range(0, 200).Select(_ => Random(s_n))))
        {
            Assert.That(Number(Scalar<TCurve>(a)), Is.EqualTo(a));
            Assert.That(Scalar<TCurve>(a).IsZero, Is.EqualTo(a.IsZero));
            Assert.That(Scalar<TCurve>(a).IsEven, Is.EqualTo(a.IsEven));
            Assert.That(Number(Scalar<TCurve>(a).Halve()), Is.EqualTo(a >> 1));
            Assert.That(Number(Scalar<TCurve>(a).ToField()), Is.EqualTo(a));
            Assert.That(Scalar<TCurve>(a).TryAddOrder(out var above), Is.EqualTo(a + s_n < s_p));
            Assert.That(Number(above), Is.EqualTo(a + s_n < s_p ? a + s_n : 0));
            foreach (var b in s_edges.Where((_, i) => i < 12 || i % 17 == 0).Append(Random(s_n)))
            {
                Assert.That(Number(Scalar<TCurve>(a) + Scalar<TCurve>(b)), Is.EqualTo((a + b) % s_n), $"{a:X} + {b:X}");
                Assert.That(Number(Scalar<TCurve>(a) - Scalar<TCurve>(b)), Is.EqualTo(Mod(a - b, s_n)), $"{a:X} - {b:X}");
            }
        }
    }

    [Test]
    public void FromBytes_NotBelowTheOrder_IsReduced()
    {
        foreach (var a in new[] { s_n, s_n + 1, s_p, (BigInteger.One << 256) - 1 })
        {
            Assert.That(Number(OrderScalar<TCurve>.FromBytes(Bytes(a))), Is.EqualTo(a - s_n));
        }
    }

    [Test]
    public void Digit_EveryWidth_DigitsAreOddAndTheirSumIsTheNumber([Values(2, 4, 5, 7, 8, 12, 16)] int width)
    {
        Assert.That(SignedWindows.Count(width), Is.EqualTo((255 / width) + 1));
        foreach (var k in s_edges.Where(k => !k.IsZero).Concat(Enumerable.Range(0, 200).Select(_ => Random(s_n - 1) + 1)))
        {
            var windows = SignedWindows.Of(Scalar<TCurve>(k), width);
            var sum = BigInteger.Zero;
            for (var i = 0; i < SignedWindows.Count(width); i++)
            {
                var j = windows.Digit(i, out var negative);
                Assert.That(j, Is.InRange(0, (1 << (width - 1)) - 1));
                sum += new BigInteger(((2 * j) + 1) * (negative != 0 ? -1 : 1)) << (width * i);
            }

            Assert.That(Mod(sum, s_n), Is.EqualTo(k), $"{k:X}");
        }
    }
}
