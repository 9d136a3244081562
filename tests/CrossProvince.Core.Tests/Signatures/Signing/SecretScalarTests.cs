using System.Numerics;
using CrossProvince.Core.Signatures.Signing;
using static CrossProvince.Core.Tests.Signatures.Signing.SecretNumbers;

namespace CrossProvince.Core.Tests.Signatures.Signing;

/// <summary>Arithmetic modulo n against BigInteger.</summary>
public sealed class SecretScalarTests
{
    private static readonly BigInteger[] s_extremes =
    [
        .. Enumerable.Range(0, 6).Select(i => new BigInteger(i)),
        .. Enumerable.Range(1, 6).Select(i => N - i),
        (N - 1) / 2, (N + 1) / 2,
        .. Enumerable.Range(1, 255).Select(i => BigInteger.One << i),
        .. Enumerable.Range(1, 255).Select(i => (BigInteger.One << i) - 1),
        .. Enumerable.Range(0, 4).Select(i => ((BigInteger.One << LimbBits) - 1) << (LimbBits * i)),
    ];

    [Test]
    public void Operations_ExtremeAndRandom_AgreeWithBigInteger()
    {
        var bytes = new byte[32];
        foreach (var a in s_extremes.Concat(Enumerable.Range(0, 200).Select(_ => Random(N))))
        {
            var x = ScalarOf(a);
            Assert.That(Number(x), Is.EqualTo(a));
            Assert.That(x.Parity, Is.EqualTo(a.IsEven ? 0UL : 1));
            Assert.That(x.ZeroMask, Is.EqualTo(a.IsZero ? ulong.MaxValue : 0));
            Assert.That(Number(x.NegateIf(0)), Is.EqualTo(a));
            Assert.That(Number(x.NegateIf(ulong.MaxValue)), Is.EqualTo(Mod(-a, N)));
            Assert.That(Enumerable.Range(0, 4).Select(x.Word), Is.EqualTo(Enumerable.Range(0, 4).Select(i => (ulong)((a >> (64 * i)) & ulong.MaxValue))));
            x.WriteBytes(bytes);
            Assert.That(Number(bytes), Is.EqualTo(a));
            foreach (var b in s_extremes.Where((_, i) => i < 14 || i % 17 == 0).Append(Random(N)))
            {
                var y = ScalarOf(b);
                Assert.That(Number(x + y), Is.EqualTo((a + b) % N), $"{a:X} + {b:X}");
                Assert.That(Number(x - y), Is.EqualTo(Mod(a - b, N)), $"{a:X} - {b:X}");
                Assert.That(Number(SecretScalar.MontgomeryMultiply(x, y)), Is.EqualTo(a * b * InverseRadix % N), $"{a:X} * {b:X}");
            }
        }
    }

    [Test]
    public void InvertTimesRadix_ExtremeAndRandom_DividesWhatItMultiplies()
    {
        foreach (var a in s_extremes.Concat(Enumerable.Range(0, 1000).Select(_ => Random(N))))
        {
            var b = Random(N);
            Assert.That(Number(SecretScalar.MontgomeryMultiply(ScalarOf(a).InvertTimesRadix(), ScalarOf(b))), Is.EqualTo(b * Inverse(a, N) % N), $"{a:X}");
        }
    }

    [Test]
    public void FromBytes_NotBelowTheOrder_IsReduced()
    {
        foreach (var a in new[] { N, N + 1, P - 1, P, (BigInteger.One << 256) - 1 })
        {
            Assert.That(Number(ScalarOf(a)), Is.EqualTo(a - N));
        }
    }

    [Test]
    public void FromWideBytes_ExtremeAndRandom_IsTheRemainder()
    {
        var top = (BigInteger.One << 256) - 1;
        foreach (var high in new[] { 0, 1, N - 1, N, top, Random(N) })
        {
            foreach (var low in new[] { 0, 1, N - 1, N, N + 1, top, Random(N), Random(N) })
            {
                Assert.That(Number(SecretScalar.FromWideBytes([.. Bytes(high), .. Bytes(low)])), Is.EqualTo(((high << 256) + low) % N));
            }
        }
    }
}
