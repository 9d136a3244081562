using System.Numerics;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.TableEngine;
using Org.BouncyCastle.Math.EC;
using static CrossProvince.Core.Tests.Signatures.TableEngine.Sm2Numbers;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

/// <summary>Every engine that the processor has, on claims that no chance brings: s, t and the key are chosen, then c is computed by BouncyCastle.</summary>
[Category("Engines")]
public sealed class EdgeClaimTests
{
    private static readonly BigInteger s_inverseOfTwo = (N + 1) / 2;

    private static readonly BigInteger[] s_scalars =
    [
        1, 2, 3, 4, 255, 256, 257, 4095, 4096, 4097, .. Enumerable.Range(1, 5).Select(i => N - i), .. Enumerable.Range(1, 15).Select(i => BigInteger.One << (17 * i)),
        BigInteger.One << 252, BigInteger.One << 248, (BigInteger.One << 255) - 1, (BigInteger.One << 255) + 1, s_inverseOfTwo, s_inverseOfTwo - 1,
    ];

    private static readonly BigInteger[] s_privateKeys =
    [
        1, 2, 3, N - 1, N - 2, s_inverseOfTwo, BigInteger.One << 4, BigInteger.One << 8, BigInteger.One << 12, BigInteger.One << 24, N - (BigInteger.One << 12), BigInteger.One << 252,
    ];

    private static IEnumerable<TestCaseData> Engines =>
        from engine in Sm2Engines.Supported
        from window in new[] { KeyTable.WideWindow, KeyTable.NarrowWindow }
        select new TestCaseData(engine, window).SetArgDisplayNames(engine.ToString()!, $"window {window}");

    // BouncyCastle is slow: it computes what every engine is then asked.
    private static readonly Lazy<List<EdgeClaim>> s_edgeClaims = new(() => [.. MakeEdgeClaims()]);

    [TestCaseSource(nameof(Engines))]
    public void Decide_EdgeScalarsAndKeys_HoldsForTheRightXOnly(object engine, int window)
    {
        var tables = s_privateKeys.ToDictionary(d => d, d => new PointTable(Point(MultiplyG(d)), window));
        var holds = Decide(engine, [.. s_edgeClaims.Value.Select(claim => Claim(claim.S, claim.T, claim.C, tables[claim.D]))]);
        Assert.That(s_edgeClaims.Value.Where((claim, i) => holds[i] != claim.Holds), Is.Empty);
    }

    [TestCaseSource(nameof(Engines))]
    public void Decide_XNotBelowTheOrder_HoldsForItsRemainder(object engine, int window)
    {
        var claims = new List<Sm2Claim>();
        for (var x = N; claims.Count < 18; x++)
        {
            if (FindPoint(x) is not { } sum)
            {
                continue;
            }

            // t·P = sum - s·G
            var (s, t) = (Random(N - 1) + 1, Random(N - 1) + 1);
            var key = Multiply(sum.Subtract(MultiplyG(s)), Inverse(t, N));
            var table = new PointTable(Point(key), window);
            claims.Add(Claim(s, t, x - N, table));
            claims.Add(Claim(s, t, x - N + 1, table));
        }

        Assert.That(Decide(engine, claims), Is.EqualTo(claims.Select((_, i) => i % 2 == 0)));
    }

    [TestCaseSource(nameof(Engines))]
    public void Decide_SmallXThatIsNoRemainder_DoesNotHoldForAnotherX(object engine, int window)
    {
        // c is below p - n, so that c + n is tried: the true x is c, and one where it is neither.
        var claims = new List<Sm2Claim>();
        for (BigInteger x = 1; claims.Count < 18; x++)
        {
            if (FindPoint(x) is not { } sum)
            {
                continue;
            }

            var (s, t) = (Random(N - 1) + 1, Random(N - 1) + 1);
            var table = new PointTable(Point(Multiply(sum.Subtract(MultiplyG(s)), Inverse(t, N))), window);
            claims.Add(Claim(s, t, x, table));
            claims.Add(Claim(s, t, x + 1, table));
        }

        Assert.That(Decide(engine, claims), Is.EqualTo(claims.Select((_, i) => i % 2 == 0)));
    }

    [TestCaseSource(nameof(Engines))]
    public void Decide_AllExceptional_EveryOneIsRight(object engine, int window)
    {
        // P = G: s·G and t·P meet in the same windows; s = t doubles, s = -t vanishes.
        var table = new PointTable(Sm2Curve.Generator, window);
        for (var count = 1; count <= 17; count++)
        {
            var claims = new List<Sm2Claim>();
            for (var i = 0; i < count; i++)
            {
                var s = s_scalars[i];
                var good = i % 2 == 0;
                var x = Number(MultiplyG(2 * s).Normalize().AffineXCoord.GetEncoded());
                claims.Add(good ? Claim(s, s, x % N, table) : Claim(s, N - s, x % N, table));
            }

            Assert.That(Decide(engine, claims), Is.EqualTo(claims.Select((_, i) => i % 2 == 0)), $"{count} claims");
        }
    }

    [Test]
    public void Decide_TablesOfBothWidthsMixed_AnswersEachAtItsPlace()
    {
        var tables = new[] { KeyTable.WideWindow, KeyTable.NarrowWindow }.Select(window => new PointTable(Point(MultiplyG(77)), window)).ToArray();
        foreach (var engine in Sm2Engines.Supported)
        {
            for (var count = 1; count <= 40; count++)
            {
                var claims = Enumerable.Range(0, count).Select(i =>
                {
                    var (s, t) = (Random(N - 1) + 1, Random(N - 1) + 1);
                    var x = Number(MultiplyG(s + (77 * t)).Normalize().AffineXCoord.GetEncoded());
                    return Claim(s, t, (x + (i % 5 == 0 ? 1 : 0)) % N, tables[i * i / 3 % 2]);
                }).ToList();
                Assert.That(Decide(engine, claims), Is.EqualTo(claims.Select((_, i) => i % 5 != 0)), $"{engine}, {count} claims");
            }
        }
    }

    private static IEnumerable<EdgeClaim> MakeEdgeClaims()
    {
        var multiplesOfG = s_scalars.Select(MultiplyG).ToArray();
        foreach (var d in s_privateKeys)
        {
            var multiplesOfKey = s_scalars.Select(t => MultiplyG(t * d)).ToArray();
            for (var i = 0; i < s_scalars.Length; i++)
            {
                // Last those whose sum is infinity, and where s·G = t·P.
                var s = s_scalars[i];
                BigInteger[] ts = [.. s_scalars, Mod(-s * Inverse(d, N), N), Mod(s * Inverse(d, N), N)];
                ECPoint[] sums = [.. multiplesOfKey.Select(multiplesOfG[i].Add), Curves.Sm2.Curve.Infinity, multiplesOfG[i].Twice()];
                Curves.Sm2.Curve.NormalizeAll(sums);
                foreach (var (t, sum) in ts.Zip(sums))
                {
                    // Without a point no x is right.
                    var x = sum.IsInfinity ? BigInteger.Zero : Number(sum.AffineXCoord.GetEncoded());
                    yield return new EdgeClaim(d, s, t, x % N, !sum.IsInfinity);
                    yield return new EdgeClaim(d, s, t, (x + 1) % N, false);
                }
            }
        }
    }

    private static ECPoint? FindPoint(BigInteger x)
    {
        try
        {
            return Curves.Sm2.Curve.DecodePoint([2, .. Bytes(x)]);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static Sm2Claim Claim(BigInteger s, BigInteger t, BigInteger c, PointTable table) =>
        new(new Sm2Equation(Scalar(s), Scalar(t), Scalar(c)), table);

    private static bool[] Decide(object engine, List<Sm2Claim> claims)
    {
        var holds = new bool[claims.Count];
        ((ISm2Engine)engine).Decide(claims.ToArray(), holds);
        return holds;
    }

    private sealed record EdgeClaim(BigInteger D, BigInteger S, BigInteger T, BigInteger C, bool Holds);
}
