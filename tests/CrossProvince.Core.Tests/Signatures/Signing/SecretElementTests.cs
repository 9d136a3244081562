using System.Numerics;
using CrossProvince.Core.Signatures.Signing;
using static CrossProvince.Core.Tests.Signatures.Signing.SecretNumbers;

namespace CrossProvince.Core.Tests.Signatures.Signing;

/// <summary>Arithmetic modulo p on everything that the invariant allows, against BigInteger.</summary>
public sealed class SecretElementTests
{
    // As held: up to 2p − 1, every limb full, single limbs full, single bits.
    private static readonly BigInteger[] s_extremes =
    [
        0, 1, 2, P - 1, P, P + 1, (2 * P) - 1, (2 * P) - 2, (BigInteger.One << 256) - 1, (BigInteger.One << 256), (BigInteger.One << 208) - 1,
        .. Enumerable.Range(0, 4).Select(i => ((BigInteger.One << LimbBits) - 1) << (LimbBits * i)),
        .. Enumerable.Range(0, 256).Select(i => BigInteger.One << i),
    ];

    [Test]
    public void Operations_ExtremeAndRandomLimbs_AgreeWithBigInteger()
    {
        foreach (var a in s_extremes.Concat(Enumerable.Range(0, 200).Select(_ => Random(2 * P))))
        {
            var x = ElementOfRaw(a);
            var value = Number(x);
            SecretElement.Square(x, out var square);
            Assert.That(Number(square), Is.EqualTo(value * value % P), $"{a:X} squared");
            foreach (var b in s_extremes.Where((_, i) => i < 15 || i % 31 == 0).Append(Random(2 * P)))
            {
                var y = ElementOfRaw(b);
                var other = Number(y);
                SecretElement.Multiply(x, y, out var product);
                Assert.That(Number(product), Is.EqualTo(value * other % P), $"{a:X} * {b:X}");
                SecretElement.Subtract(x, y, out var difference);
                Assert.That(Number(difference), Is.EqualTo(Mod(value - other, P)), $"{a:X} - {b:X}");
                SecretElement.SignedSubtract(x, 0, y, out difference);
                Assert.That(Number(difference), Is.EqualTo(Mod(value - other, P)), $"+{a:X} - {b:X}");
                SecretElement.SignedSubtract(x, ulong.MaxValue, y, out difference);
                Assert.That(Number(difference), Is.EqualTo(Mod(-value - other, P)), $"-{a:X} - {b:X}");
                foreach (var c in new[] { 0, (2 * P) - 1, Random(2 * P) })
                {
                    SecretElement.SubtractWithTwice(x, y, ElementOfRaw(c), out difference);
                    Assert.That(Number(difference), Is.EqualTo(Mod(value - other - (2 * Number(ElementOfRaw(c))), P)), $"{a:X} - {b:X} - 2 * {c:X}");
                }
            }
        }
    }

    [Test]
    public void Operations_ResultInPlaceOfAnOperand_AreTheSame()
    {
        var (x, y) = (ElementOf(Random(P)), ElementOf(Random(P)));
        SecretElement.Multiply(x, y, out var product);
        var inPlace = x;
        SecretElement.Multiply(inPlace, y, out inPlace);
        Assert.That(Number(inPlace), Is.EqualTo(Number(product)));
        inPlace = y;
        SecretElement.Multiply(x, inPlace, out inPlace);
        Assert.That(Number(inPlace), Is.EqualTo(Number(product)));
        SecretElement.Square(x, out var square);
        inPlace = x;
        SecretElement.Square(inPlace, out inPlace);
        Assert.That(Number(inPlace), Is.EqualTo(Number(square)));
        SecretElement.Subtract(x, y, out var difference);
        inPlace = x;
        SecretElement.Subtract(inPlace, y, out inPlace);
        Assert.That(Number(inPlace), Is.EqualTo(Number(difference)));
    }

    [Test]
    public void Invert_ExtremeAndRandom_IsTheInverseAndOfZeroZero()
    {
        foreach (var a in s_extremes.Concat(Enumerable.Range(0, 1000).Select(_ => Random(2 * P))))
        {
            SecretElement.Invert(ElementOfRaw(a), out var inverse);
            Assert.That(Number(inverse), Is.EqualTo(Inverse(Number(ElementOfRaw(a)), P)), $"{a:X}");
        }
    }

    [Test]
    public void Numbers_OutAndIn_AreCanonical()
    {
        var bytes = new byte[32];
        foreach (var a in s_extremes.Concat(Enumerable.Range(0, 200).Select(_ => Random(2 * P))))
        {
            var x = ElementOfRaw(a);
            x.WriteBytes(bytes);
            Assert.That(Number(bytes), Is.EqualTo(Number(x)));
            Assert.That(Number(x.ToScalar()), Is.EqualTo(Number(x) % N));
            SecretElement.Unpack(x.Pack(), out var again);
            Assert.That(Number(again), Is.EqualTo(Number(x)));
            Assert.That(x.Pack(), Is.EqualTo(ElementOfRaw(a % P).Pack()));
        }

        // x that are n or more, and those beside them.
        foreach (var value in new[] { N - 1, N, N + 1, P - 1 })
        {
            Assert.That(Number(ElementOf(value)), Is.EqualTo(value));
            Assert.That(Number(ElementOf(value).ToScalar()), Is.EqualTo(value % N));
        }

        // Coordinates are below p; what is not is reduced.
        Assert.That(Number(ElementOf((BigInteger.One << 256) - 1)), Is.EqualTo(((BigInteger.One << 256) - 1) % P));
    }
}
