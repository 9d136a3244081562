using System.Numerics;
using System.Runtime.InteropServices;
using CrossProvince.Core.Signatures.TableEngine;
using CrossProvince.Core.Signatures.TableEngine.Lanes;
using static CrossProvince.Core.Tests.Signatures.TableEngine.Numbers;

namespace CrossProvince.Core.Tests.Signatures.TableEngine.Lanes;

/// <summary>What <see cref="LanePairsTests{TCurve}"/> asks of lanes of one kind.</summary>
internal sealed class LanePairChecks<TCurve, T> : ILanePairChecks
    where TCurve : struct, ICurve
    where T : unmanaged, ILanes<T>
{
    private const int Points = 40;
    private static readonly BigInteger s_p = PrimeOf<TCurve>();
    private readonly ulong[] _memory = GC.AllocateArray<ulong>((Points + 1) * 8, pinned: true);
    private readonly Random _random = new(TestContext.CurrentContext.Random.Next());

    public unsafe void Sums(int groups, int rows)
    {
        var points = MakePoints();
        var chosen = Fill(groups, rows, points, (_, _, lane, used) => Draw(used));
        var room = LaneRoom<TCurve, T>.OfThisThread;
        var doubtful = new byte[groups];
        (double Least, double Greatest)[] bounds = [(-2, 2.3), (-2.8, 5.1), (-10.2, 5.45)];
        room.Pairs->Begin(room, groups, rows);
        for (var round = 0; round < LanePairs<TCurve, T>.MaxRounds; round++)
        {
            room.Pairs->Halve(doubtful);
            var distance = 2 << round;
            Assert.That(room.Pairs->Distance, Is.EqualTo(distance));
            Assert.That(doubtful, Is.All.Zero);
            for (var row = 0; row < groups * rows; row += row % rows + distance < rows ? distance : rows - (row % rows))
            {
                for (var lane = 0; lane < T.Count; lane++)
                {
                    var sum = Sum(Enumerable.Range(row, Math.Min(distance, rows - (row % rows))).Select(i => points[chosen[i][lane]]));
                    Assert.That(Text(sum), Is.EqualTo(Text(new AffinePoint<TCurve>(ValueOf(room.Points[row].X, lane, bounds[round]), ValueOf(room.Points[row].Y, lane, bounds[round])))));
                }
            }
        }
    }

    public unsafe void Meetings(int groups, int rows)
    {
        // In some lanes the first two points of a group are the same, in others opposite.
        var points = MakePoints();
        var planted = Enumerable.Range(0, groups).Select(group => (byte)(group % 3 == 0 ? _random.Next(1 << T.Count) : 0)).ToArray();
        planted[0] |= 1;
        var chosen = Fill(groups, rows, points, (group, row, lane, used) => row == 1 && (planted[group] >> lane & 1) != 0 ? used[0] ^ (lane & 1) : Draw(used));
        var room = LaneRoom<TCurve, T>.OfThisThread;
        var doubtful = new byte[groups];
        room.Pairs->Begin(room, groups, rows);
        room.Pairs->Halve(doubtful);
        Assert.That(doubtful, Is.EqualTo(planted));
        for (var group = 0; group < groups; group++)
        {
            for (var lane = 0; lane < T.Count; lane++)
            {
                for (var row = planted[group] >> lane & 1; row < rows / 2; row++)
                {
                    var at = (group * rows) + (2 * row);
                    var sum = Sum([points[chosen[at][lane]], points[chosen[at + 1][lane]]]);
                    Assert.That(Text(sum), Is.EqualTo(Text(new AffinePoint<TCurve>(ValueOf(room.Points[at].X, lane, (-2, 2.3)), ValueOf(room.Points[at].Y, lane, (-2, 2.3))))), $"group {group}, row {row}, lane {lane}");
                }
            }
        }
    }

    private static AffinePoint<TCurve> Sum(IEnumerable<AffinePoint<TCurve>> points)
    {
        var sum = CurvePoint<TCurve>.Infinity;
        foreach (var point in points)
        {
            sum.Add(point);
        }

        var affine = new AffinePoint<TCurve>[1];
        CurvePoint<TCurve>.Normalise([sum], affine);
        return affine[0];
    }

    /// <summary>Multiples of the generator, each beside its opposite; 2^i of it, so that no sum of some is a sum of others.</summary>
    private static AffinePoint<TCurve>[] MakePoints() =>
        [.. Enumerable.Range(0, Points).Select(i => Point<TCurve>(MultiplyG<TCurve>(BigInteger.One << (3 * i)))).SelectMany(point => new[] { point, point.Negate() })];

    /// <summary>A point that the lane has not had, with either sign.</summary>
    private int Draw(List<int> used)
    {
        int drawn;
        do
        {
            drawn = _random.Next(2 * Points);
        }
        while (used.Contains(drawn) || used.Contains(drawn ^ 1));

        return drawn;
    }

    /// <summary>Makes a table of the points, and puts steps into the room of this thread.</summary>
    /// <returns>Which: of each row of all groups, that of each lane.</returns>
    private unsafe int[][] Fill(int groups, int rows, AffinePoint<TCurve>[] points, Func<int, int, int, List<int>, int> choose)
    {
        var room = LaneRoom<TCurve, T>.OfThisThread;
        var entries = (Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0) + PointTable.EntrySize - 1) & ~(nint)(PointTable.EntrySize - 1);
        for (var i = 0; i < Points; i++)
        {
            var entry = (ulong*)(entries + (i * PointTable.EntrySize));
            points[2 * i].X.WriteEntry(entry);
            points[2 * i].Y.WriteEntry(entry + 4);
        }

        var chosen = Enumerable.Range(0, groups * rows).Select(_ => new int[T.Count]).ToArray();
        for (var group = 0; group < groups; group++)
        {
            for (var lane = 0; lane < T.Count; lane++)
            {
                var used = new List<int>();
                for (var row = 0; row < rows; row++)
                {
                    var choice = choose(group, row, lane, used);
                    used.Add(choice);
                    chosen[(group * rows) + row][lane] = choice;
                    room.Steps[(((group * rows) + row) * T.Count) + lane] = entries + (choice / 2 * PointTable.EntrySize) + (choice % 2);
                }
            }
        }

        return chosen;
    }

    /// <summary>One lane, whose limbs must be exact and its value within bounds.</summary>
    private static FieldElement<TCurve> ValueOf(LaneElement<T> element, int lane, (double Least, double Greatest) bound)
    {
        var doubles = MemoryMarshal.Cast<LaneElement<T>, double>(new ReadOnlySpan<LaneElement<T>>(in element)).ToArray();
        var limbs = Enumerable.Range(0, 5).Select(i => (long)doubles[(i * T.Count) + lane]).ToArray();
        Assert.That(limbs[..4], Is.All.InRange(-(1L << 51), (1L << 51) - 1));
        var value = limbs.Select((limb, i) => new BigInteger(limb) << (52 * i)).Aggregate(BigInteger.Add);
        Assert.That(value * 100, Is.InRange(s_p * (int)(bound.Least * 100), s_p * (int)(bound.Greatest * 100)));
        element.Reduce<TCurve>();
        return element.Extract<TCurve>(lane);
    }
}
