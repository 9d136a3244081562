using System.Numerics;
using System.Security.Cryptography;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.TableEngine;
using static CrossProvince.Core.Tests.Signatures.TableEngine.Numbers;
using ECPoint = Org.BouncyCastle.Math.EC.ECPoint;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

/// <summary>ESP256 signatures of whole messages that no chance brings, through every engine that the processor has and through .NET, which must agree.</summary>
/// <remarks>Of a hash e, any point R with x ≡ r (mod n) and any s, (r, s) is a signature under the key Q = (s·R − e·G) / r. So r, s and R can be chosen, and the key follows.</remarks>
[Category("Engines")]
public sealed class EdgeSignatureTests
{
    /// <summary>Room for wide tables of some keys and narrow ones of others.</summary>
    private const long TableBytes = 12 * TableSignatureVerifier.LeastTableBytes;

    private static readonly BigInteger s_n = OrderOf<P256Curve>();
    private static readonly BigInteger s_p = PrimeOf<P256Curve>();
    private static readonly BigInteger s_inverseOfTwo = (s_n + 1) / 2;

    private static readonly BigInteger[] s_scalars =
    [
        1, 2, 3, 4, s_n - 1, s_n - 2, s_n - 3, s_inverseOfTwo, s_inverseOfTwo - 1, .. Enumerable.Range(1, 8).Select(i => BigInteger.One << (i * 31)), BigInteger.One << 252,
        (BigInteger.One << 255) - 1,
    ];

    private static readonly BigInteger[] s_privateKeys =
        [1, 2, 3, s_n - 1, s_n - 2, s_inverseOfTwo, BigInteger.One << 4, BigInteger.One << 8, BigInteger.One << 12, BigInteger.One << 24, s_n - (BigInteger.One << 12), BigInteger.One << 252];

    private static readonly Lazy<Edge[]> s_edges = new(() =>
        [.. Doubling(KeyTable.Windows[0]), .. Doubling(KeyTable.Windows[1]), .. ChosenS(), .. ChosenX(), .. ChosenKeys(), .. Meeting(), .. Vanishing(), .. OutOfRange(), .. Doubling(KeyTable.NarrowWindow)]);
    private static readonly Lazy<SignedMessage[]> s_items = new(() => [.. s_edges.Value.Select(edge => edge.Sign())]);

    private static IEnumerable<TestCaseData> Verifiers() =>
    [
        new TestCaseData(new LibrarySignatureVerifier()).SetArgDisplayNames("libraries"),
        .. Engines.Supported.Select(engine =>
            new TestCaseData(new TableSignatureVerifier(engine, TableBytes)).SetArgDisplayNames(engine.ToString()!)),
    ];

    [TestCaseSource(nameof(Verifiers))]
    public void VerifyMany_EdgeSignatures_HoldWhenTheyShould(ISignatureVerifier verifier)
    {
        // All together and one by one, which are not the same code.
        var items = s_items.Value;
        bool[] together = new bool[items.Length], alone = new bool[items.Length];
        verifier.VerifyMany(items, together);
        for (var i = 0; i < items.Length; i++)
        {
            verifier.VerifyMany(items.AsSpan(i, 1), alone.AsSpan(i, 1));
        }

        Assert.That(s_edges.Value.Where((edge, i) => together[i] != edge.Holds).Select(edge => edge.Name), Is.Empty, "together");
        Assert.That(s_edges.Value.Where((edge, i) => alone[i] != edge.Holds).Select(edge => edge.Name), Is.Empty, "alone");
    }

    /// <summary>Every s with the R of every k, the key following.</summary>
    private static IEnumerable<Edge> ChosenS()
    {
        foreach (var s in s_scalars)
        {
            foreach (var k in s_scalars.Where((_, i) => i % 6 == 0))
            {
                var point = MultiplyG<P256Curve>(k);
                yield return Fitting($"s {s:X}, k {k:X}", point, X(point) % s_n, s);
            }
        }
    }

    /// <summary>x at the least and the greatest numbers, and on both sides of n: there r is small, and r + n another candidate.</summary>
    private static IEnumerable<Edge> ChosenX()
    {
        foreach (var (start, step) in new (BigInteger, int)[] { (1, 1), (s_n - 1, -1), (s_n + 1, 1), (s_p - 1, -1), (s_p - s_n, 1), (s_p - s_n - 1, -1) })
        {
            var found = 0;
            for (var x = start; found < 4; x += step)
            {
                if (FindPoint<P256Curve>(x) is not { } point)
                {
                    continue;
                }

                found++;
                var (r, s) = (x % s_n, Random(s_n - 1) + 1);
                yield return Fitting($"x {x:X}", point, r, s);

                // r + n is not x modulo n for another r; and where x is r + n, x is not r.
                yield return Fitting($"x {x:X}, r another", point, r, s) with { Holds = false, R = r + 1 };
            }
        }
    }

    /// <summary>Signatures as they are made, of edge keys and edge nonces.</summary>
    private static IEnumerable<Edge> ChosenKeys()
    {
        foreach (var d in s_privateKeys)
        {
            foreach (var k in s_scalars.Where((_, i) => i % 6 == 1))
            {
                var message = NewMessage(out var e);
                var r = X(MultiplyG<P256Curve>(k)) % s_n;
                yield return new Edge($"d {d:X}, k {k:X}", MultiplyG<P256Curve>(d), message, r, Mod((e + (r * d)) * Inverse(k, s_n), s_n), true);
            }
        }
    }

    /// <summary>The last entry D·Q that is added meets itself: u·G + v·Q = 2D·Q, where D is the last digit of v at its place. Lanes can't decide that, whether r is right or any.</summary>
    /// <remarks>From e = u·s, r = v·s and u = (2D − v)·d: v = 2D / (1 + e / (d·r)). Messages are tried until v has that digit.</remarks>
    private static IEnumerable<Edge> Doubling(int window)
    {
        var last = SignedWindows.Count(window) - 1;
        BigInteger[] privateKeys = [1, s_n - 1, Random(s_n - 1) + 1];
        foreach (var (d, good) in privateKeys.SelectMany(d => new[] { (d, true), (d, false) }))
        {
            // Half of the most that the last window of a number, which has 255 bits and one for the sign, can be.
            var j = (1 << (254 - (window * last))) - 1;
            var digit = ((2 * j) + 1) * (BigInteger.One << (window * last));
            var r = good ? X(MultiplyG<P256Curve>(2 * digit * d)) % s_n : Random(s_n - 1) + 1;
            var byKey = Inverse(d * r, s_n);
            BigInteger v;
            byte[] message;
            do
            {
                message = NewMessage(out var e);
                v = 2 * digit * Inverse(1 + (e * byKey), s_n) % s_n;
            }
            while (SignedWindows.Of(Scalar<P256Curve>(v), window).Digit(last, out var negative) != j || negative != 0);

            yield return new Edge($"doubling at the end, window {window}, d {d:X}, r {r:X}", MultiplyG<P256Curve>(d), message, r, r * Inverse(v, s_n) % s_n, good);
        }
    }

    /// <summary>d = e/r: u·G and v·Q are the same point.</summary>
    private static IEnumerable<Edge> Meeting()
    {
        foreach (var k in s_scalars)
        {
            var message = NewMessage(out var e);
            var r = X(MultiplyG<P256Curve>(k)) % s_n;
            var (d, s) = (e * Inverse(r, s_n), 2 * e * Inverse(k, s_n));
            yield return new Edge($"u·G = v·Q, k {k:X}", MultiplyG<P256Curve>(d), message, r, Mod(s, s_n), true);
            yield return new Edge($"u·G = v·Q, k {k:X}, r another", MultiplyG<P256Curve>(d), message, (r + 1) % s_n, Mod(s, s_n), false);
        }
    }

    /// <summary>d = −e/r: u·G + v·Q = O, which has no x, whatever s is.</summary>
    private static IEnumerable<Edge> Vanishing()
    {
        foreach (var r in s_scalars)
        {
            var message = NewMessage(out var e);
            yield return new Edge($"u·G = −v·Q, r {r:X}", MultiplyG<P256Curve>(-e * Inverse(r, s_n)), message, r, Random(s_n - 1) + 1, false);
        }
    }

    /// <summary>Good signatures with n added to r or to s, where that has no more than 256 bits: the same numbers modulo n, and still no signatures. And s = 0, which has no inverse.</summary>
    private static IEnumerable<Edge> OutOfRange()
    {
        var x = s_n + 1;
        ECPoint? point;
        while ((point = FindPoint<P256Curve>(x)) is null)
        {
            x++;
        }

        var good = Fitting("small r and s", point, x - s_n, 2);
        yield return good;
        yield return good with { Name = "r + n", R = good.R + s_n, Holds = false };
        yield return good with { Name = "s + n", S = good.S + s_n, Holds = false };
        yield return good with { Name = "s = 0", S = 0, Holds = false };
    }

    private static Edge Fitting(string name, ECPoint point, BigInteger r, BigInteger s)
    {
        var message = NewMessage(out var e);
        var key = Multiply(Multiply(point, s).Subtract(MultiplyG<P256Curve>(e)), Inverse(r, s_n));
        return new Edge(name, key, message, r, s, true);
    }

    private static byte[] NewMessage(out BigInteger e)
    {
        var message = new byte[40];
        TestContext.CurrentContext.Random.NextBytes(message);
        e = Number(SHA256.HashData(message));
        return message;
    }

    private sealed record Edge(string Name, ECPoint Point, byte[] Message, BigInteger R, BigInteger S, bool Holds)
    {
        public SignedMessage Sign() => new(PublicKey.FromPoint(SignatureAlgorithm.Esp256, Point), Message, (byte[])[.. Bytes(R), .. Bytes(S)]);
    }
}
