using System.Numerics;
using CrossProvince.Core.Signatures.TableEngine;
using static CrossProvince.Core.Tests.Signatures.TableEngine.Sm2Numbers;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

/// <summary>Sums modulo n and the digits of multipliers, against BigInteger.</summary>
public sealed class OrderScalarTests
{
    private static readonly BigInteger[] s_edges =
    [
        .. Enumerable.Range(0, 6).Select(i => new BigInteger(i)),
        .. Enumerable.Range(1, 6).Select(i => N - i),
        .. Enumerable.Range(1, 255).Select(i => BigInteger.One << i),
        .. Enumerable.Range(1, 255).Select(i => (BigInteger.One << i) - 1),
        (N - 1) / 2, (N + 1) / 2, P - N - 1, P - N, P - N + 1,
    ];

    [Test]
    public void Operations_EdgesAndRandom_AgreeWithBigInteger()
    {
        foreach (var a in s_edges.Concat(Enumerable.Range(0, 200).Select(_ => Random(N))))
        {
            Assert.That(Number(Scalar(a)), Is.EqualTo(a));
            Assert.That(Scalar(a).IsZero, Is.EqualTo(a.IsZero));
            Assert.That(Scalar(a).IsEven, Is.EqualTo(a.IsEven));
            Assert.That(Number(Scalar(a).Halve()), Is.EqualTo(a >> 1));
            Assert.That(Number(Scalar(a).ToField()), Is.EqualTo(a));
            Assert.That(Scalar(a).TryAddOrder(out var above), Is.EqualTo(a + N < P));
            Assert.That(Number(above), Is.EqualTo(a + N < P ? a + N : 0));
            foreach (var b in s_edges.Where((_, i) => i < 12 || i % 17 == 0).Append(Random(N)))
            {
                Assert.That(Number(Scalar(a) + Scalar(b)), Is.EqualTo((a + b) % N), $"{a:X} + {b:X}");
                Assert.That(Number(Scalar(a) - Scalar(b)), Is.EqualTo(Mod(a - b, N)), $"{a:X} - {b:X}");
            }
        }
    }

    [Test]
    public void FromBytes_NotBelowTheOrder_IsReduced()
    {
        foreach (var a in new[] { N, N + 1, P, (BigInteger.One << 256) - 1 })
        {
            Assert.That(Number(OrderScalar.FromBytes(Bytes(a))), Is.EqualTo(a - N));
        }
    }

    [Test]
    public void Digit_EveryWidth_DigitsAreOddAndTheirSumIsTheNumber([Values(2, 4, 5, 7, 8, 12, 16)] int width)
    {
        Assert.That(SignedWindows.Count(width), Is.EqualTo((255 / width) + 1));
        foreach (var k in s_edges.Where(k => !k.IsZero).Concat(Enumerable.Range(0, 200).Select(_ => Random(N - 1) + 1)))
        {
            var windows = new SignedWindows(Scalar(k), width);
            var sum = BigInteger.Zero;
            for (var i = 0; i < SignedWindows.Count(width); i++)
            {
                var j = windows.Digit(i, out var negative);
                Assert.That(j, Is.InRange(0, (1 << (width - 1)) - 1));
                sum += new BigInteger(((2 * j) + 1) * (negative ? -1 : 1)) << (width * i);
            }

            Assert.That(Mod(sum, N), Is.EqualTo(k), $"{k:X}");
        }
    }

    [Test]
    public void Equation_OfSignatureAndHash_HasSumAndDifference()
    {
        foreach (var e in new[] { 0, 1, N - 1, N, N + 1, (BigInteger.One << 256) - 1, Random(N) })
        {
            var (r, s) = (Random(N - 1) + 1, Random(N - 1) + 1);
            var equation = Sm2Equation.Of([.. Bytes(r), .. Bytes(s)], Bytes(e));
            Assert.That(Number(equation.S), Is.EqualTo(s));
            Assert.That(Number(equation.T), Is.EqualTo((r + s) % N));
            Assert.That(Number(equation.C), Is.EqualTo(Mod(r - e, N)));
        }
    }
}
