using System.Numerics;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.TableEngine;
using Org.BouncyCastle.Math.EC;
using static CrossProvince.Core.Tests.Signatures.TableEngine.Numbers;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

/// <summary>Every engine that the processor has, on claims that no chance brings: u, v and the key are chosen, then c is computed by BouncyCastle.</summary>
[Category("Engines")]
[TestFixture(typeof(Sm2Curve))]
[TestFixture(typeof(P256Curve))]
internal sealed class EdgeClaimTests<TCurve>
    where TCurve : struct, ICurve
{
    private static readonly BigInteger s_n = OrderOf<TCurve>();
    private static readonly BigInteger s_inverseOfTwo = (s_n + 1) / 2;

    private static readonly BigInteger[] s_scalars =
    [
        1, 2, 3, 4, 255, 256, 257, 4095, 4096, 4097, .. Enumerable.Range(1, 5).Select(i => s_n - i), .. Enumerable.Range(1, 15).Select(i => BigInteger.One << (17 * i)),
        BigInteger.One << 252, BigInteger.One << 248, (BigInteger.One << 255) - 1, (BigInteger.One << 255) + 1, s_inverseOfTwo, s_inverseOfTwo - 1,
    ];

    private static readonly BigInteger[] s_privateKeys =
    [
        1, 2, 3, s_n - 1, s_n - 2, s_inverseOfTwo, BigInteger.One << 4, BigInteger.One << 8, BigInteger.One << 12, BigInteger.One << 24, s_n - (BigInteger.One << 12), BigInteger.One << 252,
    ];

    private static IEnumerable<TestCaseData> EveryEngine =>
        from engine in Engines.Supported
        from window in KeyTable.Windows.ToArray()
        select new TestCaseData(engine, window).SetArgDisplayNames(engine.ToString()!, $"window {window}");

    // BouncyCastle is slow: it computes what every engine is then asked.
    private static readonly Lazy<List<EdgeClaim>> s_edgeClaims = new(() => [.. MakeEdgeClaims()]);

    [TestCaseSource(nameof(EveryEngine))]
    public void Decide_EdgeScalarsAndKeys_HoldsForTheRightXOnly(object engine, int window)
    {
        var tables = s_privateKeys.ToDictionary(d => d, d => new PointTable<TCurve>(Point<TCurve>(MultiplyG<TCurve>(d)), window));
        var holds = Decide(engine, [.. s_edgeClaims.Value.Select(claim => Claim(claim.U, claim.V, claim.C, tables[claim.D]))]);
        Assert.That(s_edgeClaims.Value.Where((claim, i) => holds[i] != claim.Holds), Is.Empty);
    }

    [TestCaseSource(nameof(EveryEngine))]
    public void Decide_XNotBelowTheOrder_HoldsForItsRemainder(object engine, int window)
    {
        var claims = new List<Claim<TCurve>>();
        for (var x = s_n; claims.Count < 18; x++)
        {
            if (FindPoint<TCurve>(x) is not { } sum)
            {
                continue;
            }

            // v·Q = sum - u·G
            var (u, v) = (Random(s_n - 1) + 1, Random(s_n - 1) + 1);
            var key = Multiply(sum.Subtract(MultiplyG<TCurve>(u)), Inverse(v, s_n));
            var table = new PointTable<TCurve>(Point<TCurve>(key), window);
            claims.Add(Claim(u, v, x - s_n, table));
            claims.Add(Claim(u, v, x - s_n + 1, table));
        }

        Assert.That(Decide(engine, claims), Is.EqualTo(claims.Select((_, i) => i % 2 == 0)));
    }

    [TestCaseSource(nameof(EveryEngine))]
    public void Decide_SmallXThatIsNoRemainder_DoesNotHoldForAnotherX(object engine, int window)
    {
        // c is below p - n, so that c + n is tried: the true x is c, and one where it is neither.
        var claims = new List<Claim<TCurve>>();
        for (BigInteger x = 1; claims.Count < 18; x++)
        {
            if (FindPoint<TCurve>(x) is not { } sum)
            {
                continue;
            }

            var (u, v) = (Random(s_n - 1) + 1, Random(s_n - 1) + 1);
            var table = new PointTable<TCurve>(Point<TCurve>(Multiply(sum.Subtract(MultiplyG<TCurve>(u)), Inverse(v, s_n))), window);
            claims.Add(Claim(u, v, x, table));
            claims.Add(Claim(u, v, x + 1, table));
        }

        Assert.That(Decide(engine, claims), Is.EqualTo(claims.Select((_, i) => i % 2 == 0)));
    }

    [TestCaseSource(nameof(EveryEngine))]
    public void Decide_AllExceptional_EveryOneIsRight(object engine, int window)
    {
        // Q = G: u·G and v·Q meet in the same windows; u = v doubles, u = -v vanishes.
        var table = new PointTable<TCurve>(AffinePoint<TCurve>.Generator, window);
        for (var count = 1; count <= 17; count++)
        {
            var claims = new List<Claim<TCurve>>();
            for (var i = 0; i < count; i++)
            {
                var u = s_scalars[i];
                var good = i % 2 == 0;
                var x = X(MultiplyG<TCurve>(2 * u));
                claims.Add(good ? Claim(u, u, x % s_n, table) : Claim(u, s_n - u, x % s_n, table));
            }

            Assert.That(Decide(engine, claims), Is.EqualTo(claims.Select((_, i) => i % 2 == 0)), $"{count} claims");
        }
    }

    [Test]
    public void Decide_TablesOfAllWidthsMixed_AnswersEachAtItsPlace()
    {
        var tables = KeyTable.Windows.ToArray().Select(window => new PointTable<TCurve>(Point<TCurve>(MultiplyG<TCurve>(77)), window)).ToArray();
        foreach (var engine in Engines.Supported)
        {
            for (var count = 1; count <= 40; count++)
            {
                var claims = Enumerable.Range(0, count).Select(i =>
                {
                    var (u, v) = (Random(s_n - 1) + 1, Random(s_n - 1) + 1);
                    var x = X(MultiplyG<TCurve>(u + (77 * v)));
                    return Claim(u, v, (x + (i % 5 == 0 ? 1 : 0)) % s_n, tables[i * i / 3 % tables.Length]);
                }).ToList();
                Assert.That(Decide(engine, claims), Is.EqualTo(claims.Select((_, i) => i % 5 != 0)), $"{engine}, {count} claims");
            }
        }
    }

    private static IEnumerable<EdgeClaim> MakeEdgeClaims()
    {
        // The generator'u share may be nothing, the key'u may not.
        BigInteger[] us = [0, .. s_scalars];
        var multiplesOfG = us.Select(MultiplyG<TCurve>).ToArray();
        for (var key = 0; key < s_privateKeys.Length; key++)
        {
            var d = s_privateKeys[key];
            var multiplesOfKey = s_scalars.Select(v => MultiplyG<TCurve>(v * d)).ToArray();
            for (var i = 0; i < us.Length; i++)
            {
                // Every third v, each pair with a third of the keys; then those whose sum is infinity, and where u·G = v·Q.
                var u = us[i];
                var third = Enumerable.Range(0, s_scalars.Length).Where(j => (i + j + key) % 3 == 0).ToArray();
                BigInteger[] vs = [.. third.Select(j => s_scalars[j]), Mod(-u * Inverse(d, s_n), s_n), Mod(u * Inverse(d, s_n), s_n)];
                ECPoint[] sums = [.. third.Select(j => multiplesOfKey[j].Add(multiplesOfG[i])), multiplesOfG[0], multiplesOfG[i].Twice()];
                Curves.Of(TCurve.Algorithm).Curve.NormalizeAll(sums);
                foreach (var (v, sum) in vs.Zip(sums).Where(pair => !pair.First.IsZero))
                {
                    // Without a point no x is right.
                    var x = sum.IsInfinity ? BigInteger.Zero : X(sum);
                    yield return new EdgeClaim(d, u, v, x % s_n, !sum.IsInfinity);
                    yield return new EdgeClaim(d, u, v, (x + 1) % s_n, false);
                }
            }
        }
    }

    private static Claim<TCurve> Claim(BigInteger u, BigInteger v, BigInteger c, PointTable<TCurve> table) =>
        new(new Equation<TCurve>(Scalar<TCurve>(u), Scalar<TCurve>(v), Scalar<TCurve>(c)), table);

    private static bool[] Decide(object engine, List<Claim<TCurve>> claims)
    {
        var holds = new bool[claims.Count];
        ((IEngine)engine).Decide<TCurve>(claims.ToArray(), holds);
        return holds;
    }

    private sealed record EdgeClaim(BigInteger D, BigInteger U, BigInteger V, BigInteger C, bool Holds);
}
