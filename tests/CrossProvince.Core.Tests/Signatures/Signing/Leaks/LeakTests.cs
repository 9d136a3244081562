using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using CrossProvince.Core.Signatures.Signing;
using static CrossProvince.Core.Tests.Signatures.Signing.SecretNumbers;

namespace CrossProvince.Core.Tests.Signatures.Signing.Leaks;

/// <summary>The time of signing tells nothing of k and d; and this way of measuring finds what does (docs/adr/0027).</summary>
/// <remarks>
/// <para>In the suite few samples are taken, for a leak that someone builds in by mistake: <c>eng/leak-test.sh</c> takes a million, and only one round.</para>
/// <para>A leak shows in every round. A machine whose speed changes while it is measured may show one where there is none: so what must not leak has three rounds in which to
/// be below the threshold, and what leaks on purpose must be above it in each of three.</para>
/// </remarks>
[Category("Leaks")]
[NonParallelizable]
public sealed class LeakTests
{
    private const int Rounds = 3;
    private const int ScalarSize = 32;

    // A leak is found with few, and so more surely with more.
    private const int SamplesOfLeak = 5000;

    /// <summary>Samples of each test, set by eng/leak-test.sh.</summary>
    private static readonly string? s_samples = Environment.GetEnvironmentVariable("LEAK_SAMPLES");

    // What the compiler can't remove.
    private static ulong s_sink;

    private static readonly TestCaseData[] s_numbers =
    [
        new TestCaseData(BigInteger.One).SetArgDisplayNames("1"),
        new TestCaseData(N - 1).SetArgDisplayNames("n - 1"),
        new TestCaseData(BigInteger.One << 255).SetArgDisplayNames("2^255"),
        new TestCaseData((BigInteger.One << 128) - 1).SetArgDisplayNames("128 ones"),
        new TestCaseData((Random(N) << 100) % (BigInteger.One << 200)).SetArgDisplayNames("long runs of zeros"),
        new TestCaseData(Random(N)).SetArgDisplayNames("any"),
    ];

    [TestCaseSource(nameof(s_numbers))]
    public void Comb_FixedAgainstRandomNumber_TakesTheSameTime(BigInteger k) =>
        CheckNoLeak(20_000, ScalarSize, FixedOrRandom(k), secret => GeneratorComb.Shared.Multiply(SecretScalar.FromBytes(secret)));

    [TestCaseSource(nameof(s_numbers))]
    public void Inverse_FixedAgainstRandomNumber_TakesTheSameTime(BigInteger x) =>
        CheckNoLeak(20_000, ScalarSize, FixedOrRandom(x), secret => SecretElement.Invert(SecretElement.FromBytes(secret), out _));

    [TestCaseSource(nameof(s_numbers))]
    public void FieldOperations_FixedAgainstRandomNumber_TakeTheSameTime(BigInteger x)
    {
        // Of several calls the difference is several times as large, the clock's grain is not.
        CheckNoLeak(60_000, ScalarSize, FixedOrRandom(x), secret =>
        {
            var a = SecretElement.FromBytes(secret);
            for (var i = 0; i < 8; i++)
            {
                SecretElement.Square(a, out var b);
                SecretElement.Subtract(b, a, out b);
                SecretElement.Multiply(b, a, out _);
            }

            s_sink += a.Pack()[0];
        });
    }

    [TestCaseSource(nameof(s_numbers))]
    public void ScalarOperations_FixedAgainstRandomKey_TakeTheSameTime(BigInteger d)
    {
        var k = ScalarOf(Random(N));
        CheckNoLeak(60_000, ScalarSize, FixedOrRandom(d), secret =>
        {
            // What a signature does with d or its inverse.
            var x = SecretScalar.FromBytes(secret);
            var s = SecretScalar.MontgomeryMultiply(x, k + x) - x;
            s_sink += s.NegateIf(s.Parity - 1).ZeroMask;
        });
    }

    [TestCaseSource(nameof(s_numbers))]
    public void Nonce_FixedAgainstRandomKey_TakesTheSameTime(BigInteger d)
    {
        var (random, hash) = (new byte[HedgedNonce.RandomSize], Bytes(Random(N)));
        CheckNoLeak(20_000, ScalarSize, FixedOrRandom(d), secret => s_sink += HedgedNonce.Derive(random, secret, hash, 0).Parity);
    }

    [Test]
    public void Signing_FixedAgainstRandomKey_TakesTheSameTime()
    {
        // One key object whose d and inverse are exchanged before each signature, so that the keys differ by nothing else.
        const int Keys = 500;
        var secrets = Enumerable.Range(0, Keys).Select(_ => new Sm2PrivateKey(Bytes(Random(N - 2) + 1)).SecretBytes()).ToArray();
        using var key = new Sm2PrivateKey(Bytes(1));
        var (message, signature) = (RandomNumberGenerator.GetBytes(180), new byte[64]);
        CheckNoLeak(
            40_000,
            secrets[0].Length,
            (isFixed, secret) => secrets[isFixed ? 0 : TestContext.CurrentContext.Random.Next(1, Keys)].CopyTo(secret),
            secret =>
            {
                key.SetSecretBytes(secret);
                key.Sign(message, signature);
            });
    }

    [Test]
    public void Comb_LookUpThatStopsWhereItFinds_IsDetected() =>
        CheckLeak(FixedOrRandom(1), secret =>
        {
            // The row's entries up to the wanted one only, as someone might who wants it faster.
            var k = SecretScalar.FromBytes(secret);
            for (var i = 0; i < 42; i++)
            {
                var index = (k.Word(i * 6 / 64) >> (i * 6 % 64)) & 31;
                for (ulong j = 0; j <= index; j++)
                {
                    s_sink ^= j * index;
                }
            }

            GeneratorComb.Shared.Multiply(k);
        });

    [Test]
    public void Comb_SkippingZeroDigits_IsDetected() =>
        CheckLeak(FixedOrRandom((Random(N) << 100) % (BigInteger.One << 200)), secret =>
        {
            // Additions for digits other than 0 only.
            var k = SecretScalar.FromBytes(secret);
            var point = GeneratorComb.Shared.Multiply(k);
            for (var i = 0; i < 42; i++)
            {
                if (((k.Word(i * 6 / 64) >> (i * 6 % 64)) & 63) != 0)
                {
                    point.Add(SecretElement.One, SecretElement.One, 0);
                }
            }
        });

    [Test]
    public void ScalarOperations_BranchOnABitOfTheKey_IsDetected() =>
        CheckLeak(FixedOrRandom(N - 1), secret =>
        {
            // One more reduction for every second key.
            var x = SecretScalar.FromBytes(secret);
            if (x.Parity == 0)
            {
                x = SecretScalar.MontgomeryMultiply(x, x);
            }

            s_sink += x.Parity;
        });

    private static LeakMeter.MakeSecret FixedOrRandom(BigInteger fixedNumber)
    {
        var fixedSecret = Bytes(Mod(fixedNumber, N));
        return (isFixed, secret) =>
        {
            // Random bytes are drawn for both.
            RandomNumberGenerator.Fill(secret);
            secret[0] &= 0x7F;
            if (isFixed)
            {
                fixedSecret.CopyTo(secret);
            }
        };
    }

    private static void CheckNoLeak(int samples, int secretSize, LeakMeter.MakeSecret makeSecret, Action<byte[]> operation)
    {
        var measured = new List<double>();
        var rounds = s_samples is null ? Rounds : 1;
        do
        {
            measured.Add(LeakMeter.Measure(Samples(samples), secretSize, makeSecret, operation));
        }
        while (measured[^1] >= LeakMeter.Threshold && measured.Count < rounds);

        Report(measured);
        Assert.That(measured.Min(), Is.LessThan(LeakMeter.Threshold), "The time depends on the secret.");
    }

    private static void CheckLeak(LeakMeter.MakeSecret makeSecret, Action<byte[]> operation)
    {
        var measured = Enumerable.Range(0, Rounds).Select(_ => LeakMeter.Measure(SamplesOfLeak, ScalarSize, makeSecret, operation)).ToList();
        Report(measured);
        Assert.That(measured, Has.All.GreaterThan(LeakMeter.Threshold), "A leak that was built in was not found.");
    }

    private static int Samples(int few) => s_samples is null ? few : int.Parse(s_samples, CultureInfo.InvariantCulture);

    private static void Report(IEnumerable<double> measured) =>
        TestContext.Out.WriteLine($"|t| {string.Join(", ", measured.Select(t => t.ToString("F2", CultureInfo.InvariantCulture)))}  {TestContext.CurrentContext.Test.Name}");
}
