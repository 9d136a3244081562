using System.Numerics;
using CrossProvince.Core.Signatures.Signing;
using static CrossProvince.Core.Tests.Signatures.Signing.SecretNumbers;

namespace CrossProvince.Core.Tests.Signatures.Signing;

/// <summary>k·G against BouncyCastle.</summary>
public sealed class GeneratorCombTests
{
    private const int Width = 6;
    private const int Windows = 43;

    // Sums of digits at their limits, each with what comes before and after it.
    private static readonly BigInteger[] s_edges =
    [
        .. Enumerable.Range(1, 130).Select(i => new BigInteger(i)),
        .. Enumerable.Range(1, 130).Select(i => N - i),
        .. Enumerable.Range(1, 255).Select(i => BigInteger.One << i),
        .. Enumerable.Range(1, 255).Select(i => (BigInteger.One << i) - 1),
        .. Enumerable.Range(1, 255).Select(i => N - (BigInteger.One << i)),
        (N - 1) / 2, (N + 1) / 2,
        .. new[] { 0b000001, 0b100000, 0b011111, 0b111110, 0b111111, 0b010101 }.SelectMany(WithAllWindows),

        // What a sum going the other way would meet: the top entry twice.
        (30 * (BigInteger.One << 252)) - N, N - ((30 * (BigInteger.One << 252)) - N),
    ];

    [Test]
    [Category("Engines")]
    public void Multiply_EdgeNumbers_IsTheMultiple()
    {
        foreach (var k in s_edges)
        {
            Check(k);
        }
    }

    [Test]
    public void Multiply_RandomNumbers_IsTheMultiple()
    {
        for (var i = 0; i < 1000; i++)
        {
            Check(Random(N - 1) + 1);
        }
    }

    [Test]
    public void Multiply_NumbersWithLongRuns_IsTheMultiple()
    {
        for (var i = 0; i < 500; i++)
        {
            // Zeros or ones from one random place to another.
            var (from, to) = (TestContext.CurrentContext.Random.Next(256), TestContext.CurrentContext.Random.Next(256));
            var run = (BigInteger.One << Math.Max(from, to)) - (BigInteger.One << Math.Min(from, to));
            var k = Random(N - 1) + 1;
            Check(Mod((i % 2 == 0 ? k | run : k - (k & run)) - 1, N - 1) + 1);
        }
    }

    [Test]
    public void Rows_EveryEntry_IsTheOddMultiple()
    {
        var rows = GeneratorComb.MakeRows();
        Assert.That(rows, Has.Length.EqualTo(Windows * 32 * 2));
        for (var entry = 0; entry < Windows * 32; entry++)
        {
            SecretElement.Unpack(rows[2 * entry], out var x);
            SecretElement.Unpack(rows[(2 * entry) + 1], out var y);
            var multiple = MultiplyG(((2 * (entry % 32)) + 1) * (BigInteger.One << (Width * (entry / 32))));
            Assert.That($"{Number(x):X64} {Number(y):X64}", Is.EqualTo(Text(multiple)), $"window {entry / 32}, entry {entry % 32}");
        }
    }

    [Test]
    public void Exceptions_EveryStepOfEveryEdge_AreNotMet()
    {
        // The proof in GeneratorComb, in numbers: before each addition the sum is neither 0 nor plus or minus what is added.
        foreach (var number in s_edges.Concat(Enumerable.Range(0, 200).Select(_ => Random(N - 1) + 1)))
        {
            var k = number.IsEven ? N - number : number;
            var (sum, met) = (BigInteger.Zero, false);
            for (var i = Windows - 1; i >= 0; i--)
            {
                var window = (int)((k >> ((Width * i) + 1)) & 63) | (i == Windows - 1 ? 32 : 0);
                var digit = ((2 * window) + 1 - 64) * (BigInteger.One << (Width * i));
                if (i < Windows - 1)
                {
                    met |= Mod(sum, N).IsZero || Mod(sum - digit, N).IsZero || Mod(sum + digit, N).IsZero;
                }

                sum += digit;
            }

            Assert.That((sum, met), Is.EqualTo((k, false)), $"{number:X}");
        }
    }

    private static void Check(BigInteger k)
    {
        var point = GeneratorComb.Shared.Multiply(ScalarOf(k));
        Assert.That($"{Number(point.AffineX()):X64} {Number(point.AffineY()):X64}", Is.EqualTo(Text(MultiplyG(k))), $"{k:X}");
    }

    private static IEnumerable<BigInteger> WithAllWindows(int window)
    {
        var k = Enumerable.Range(0, Windows).Aggregate(BigInteger.Zero, (sum, i) => sum + ((BigInteger)window << ((Width * i) + 1)));
        k = (k % (BigInteger.One << 255)) + 1;
        return [k, N - k, k + 1, N - k - 1];
    }
}
