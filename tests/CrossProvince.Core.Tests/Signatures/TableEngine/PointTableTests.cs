using System.Numerics;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.TableEngine;
using static CrossProvince.Core.Tests.Signatures.TableEngine.Numbers;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

/// <summary>Points and tables of their multiples, against BouncyCastle.</summary>
[TestFixture(typeof(Sm2Curve))]
[TestFixture(typeof(P256Curve))]
internal sealed class PointTableTests<TCurve>
    where TCurve : struct, ICurve
{
    private static readonly BigInteger s_n = OrderOf<TCurve>();

    [Test]
    public void Table_EveryEntry_IsTheOddMultiple([Values(2, 4, 8)] int width)
    {
        var point = MultiplyG<TCurve>(Random(s_n - 1) + 1);
        var table = new PointTable<TCurve>(Point<TCurve>(point), width);
        var steps = new nint[table.Steps];

        // The digits of 2^255 - 1 halved are all ones but for the top: the last entry of each row but one.
        Locate(table, (BigInteger.One << 255) - 1, steps, 0, 1, 1);
        var half = 1 << (width - 1);
        var first = (steps[0] & ~PointTable.NegativeBit) - ((half - 1) * PointTable.EntrySize);
        Assert.That((long)first % PointTable.EntrySize, Is.Zero, "aligned");
        Assert.That(table.Size, Is.EqualTo(table.Steps * half * PointTable.EntrySize));
        Assert.Multiple(() =>
        {
            for (var i = 0; i < table.Steps; i++)
            {
                var twice = point.Twice();
                var multiple = point;
                for (var j = 0; j < half; j++)
                {
                    var step = first + ((((nint)i * half) + j) * PointTable.EntrySize);
                    Assert.That(Text(PointTable<TCurve>.Read(step)), Is.EqualTo(Text(multiple)), $"window {i}, entry {j}");
                    multiple = multiple.Add(twice);
                }

                point = point.TimesPow2(width);
            }
        });
        GC.KeepAlive(table);
    }

    [Test]
    public void Locate_AnyNumber_StepsAddUpToTheMultiple([Values(4, 8, 12)] int width)
    {
        var point = MultiplyG<TCurve>(Random(s_n - 1) + 1);
        var table = width == 12 ? PointTable<TCurve>.Generator : new PointTable<TCurve>(Point<TCurve>(point), width);
        point = width == 12 ? Curves.Of(TCurve.Algorithm).G : point;
        foreach (var k in new[] { 1, 2, 3, s_n - 1, s_n - 2, s_n - 3, BigInteger.One << 255, Random(s_n - 1) + 1, Random(s_n - 1) + 1 })
        {
            var steps = new nint[table.Steps * 3];
            Locate(table, k, steps, 1, 1, 3);
            var sum = CurvePoint<TCurve>.Infinity;
            for (var i = 0; i < table.Steps; i++)
            {
                Assert.That((long)steps[3 * i], Is.Zero, "other places are not touched");
                sum.Add(PointTable<TCurve>.Read(steps[(3 * i) + 1]));
            }

            Assert.That(Text(Affine(sum)), Is.EqualTo(Text(Multiply(point, k))), $"{k:X}");
        }

        GC.KeepAlive(table);
    }

    [Test]
    public void Locate_SeveralLanes_StepsGoBesideOneAnother([Values(1, 2, 4, 8)] int lanesEach)
    {
        var table = PointTable<TCurve>.Generator;
        var k = Random(s_n - 1) + 1;
        nint[] expected = new nint[table.Steps], steps = new nint[(table.Steps + 1) * 8];
        Locate(table, k, expected, 0, 1, 1);
        Locate(table, k, steps, 0, lanesEach, 8);
        Assert.That(Enumerable.Range(0, table.Steps).Select(i => steps[(i / lanesEach * 8) + (i % lanesEach)]), Is.EqualTo(expected));
        Assert.That(steps.Count(step => step != 0), Is.EqualTo(table.Steps));
    }

    [Test]
    public void Add_EveryPairOfSmallMultiples_IsTheirSum()
    {
        // All the ways in which two points can meet: infinity, equal, opposite, others; the sum in coordinates with ZZ other than 1.
        for (var a = -4; a <= 4; a++)
        {
            for (var b = -4; b <= 4; b++)
            {
                if (b == 0)
                {
                    continue;
                }

                var sum = Small(a);
                sum.Add(Point<TCurve>(MultiplyG<TCurve>(b)));
                Assert.That(sum.IsInfinity, Is.EqualTo(a + b == 0), $"{a} + {b}");
                if (a + b != 0)
                {
                    Assert.That(Text(Affine(sum)), Is.EqualTo(Text(MultiplyG<TCurve>(a + b))), $"{a} + {b}");
                }
            }
        }
    }

    [Test]
    public void Double_PointsAndInfinity_AreTwiceThemselves()
    {
        Assert.That(CurvePoint<TCurve>.Double(CurvePoint<TCurve>.Infinity).IsInfinity, Is.True);
        Assert.That(Text(Affine(CurvePoint<TCurve>.Double(Small(3)))), Is.EqualTo(Text(MultiplyG<TCurve>(6))));
    }

    private static CurvePoint<TCurve> Small(int k)
    {
        // By way of another point, so that ZZ is not 1.
        var sum = CurvePoint<TCurve>.Of(Point<TCurve>(MultiplyG<TCurve>(k + 10)));
        sum.Add(Point<TCurve>(MultiplyG<TCurve>(-10)));
        return sum;
    }

    private static AffinePoint<TCurve> Affine(CurvePoint<TCurve> point)
    {
        var affine = new AffinePoint<TCurve>[1];
        CurvePoint<TCurve>.Normalise([point], affine);
        return affine[0];
    }

    private static unsafe void Locate(PointTable<TCurve> table, BigInteger k, nint[] steps, int start, int lanesEach, int lanes)
    {
        fixed (nint* place = steps)
        {
            table.Locate(Scalar<TCurve>(k), new StepGrid(place + start, lanesEach, lanes), 0);
        }
    }
}
