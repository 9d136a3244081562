using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>The shape of tables, whatever the curve.</summary>
internal abstract class PointTable
{
    /// <summary>Length of an entry, in bytes.</summary>
    public const int EntrySize = 64;

    /// <summary>Set in a step whose entry is to be subtracted; free in an address, since entries are aligned.</summary>
    public const nint NegativeBit = 1;

    /// <summary>Memory that a table takes, in bytes.</summary>
    /// <param name="width">w, 2 to 16.</param>
    public static int SizeOf(int width) => SignedWindows.Count(width) * EntrySize << (width - 1);
}

/// <summary>The odd multiples (2j + 1)·2^(wi)·P of one point P for every window i and 0 ≤ j &lt; 2^(w−1): k·P is then one entry a window, and no doubling.</summary>
/// <remarks>
/// <para>An entry is one cache line of 64 bytes: x and y as <see cref="FieldElement{TField}.WriteEntry"/> writes them, four words of 64 bits each. The memory is pinned and belongs to the
/// garbage collector: a table lives as long as anyone holds it, evicted or not. Whoever uses steps keeps their table reachable until then.</para>
/// <para>E. Brickell, D. Gordon, K. McCurley, D. Wilson, Fast exponentiation with precomputation, EUROCRYPT 1992.</para>
/// </remarks>
internal sealed unsafe class PointTable<TCurve> : PointTable
    where TCurve : struct, ICurve
{
    private const int EntryWords = EntrySize / sizeof(ulong);
    private const int YWords = EntryWords / 2;

    // So many points share one inversion while a table is built.
    private const int PointsPerInversion = 512;

    private readonly ulong[] _memory;
    private readonly ulong* _entries;
    private readonly int _width;

    /// <summary>Computes the multiples of a point.</summary>
    /// <param name="point">A point of the curve.</param>
    /// <param name="width">w, 2 to 16.</param>
    public PointTable(in AffinePoint<TCurve> point, int width)
    {
        _width = width;
        _memory = GC.AllocateUninitializedArray<ulong>((SizeOf(width) + EntrySize) / sizeof(ulong), pinned: true);
        var start = (nuint)Unsafe.AsPointer(ref _memory[0]);
        _entries = (ulong*)((start + EntrySize - 1) & ~(nuint)(EntrySize - 1));
        Fill(point);
    }

    /// <summary>Multiples of the generator, window 13: 5.2 MB, computed when first used.</summary>
    public static PointTable<TCurve> Generator { get; } = new(AffinePoint<TCurve>.Generator, 13);

    /// <summary>How many entries make up a multiple: the number of windows.</summary>
    public int Steps => SignedWindows.Count(_width);

    /// <summary>Memory of the table, in bytes.</summary>
    public int Size => SizeOf(_width);

    /// <summary>Finds the entries whose sum is k·P.</summary>
    /// <param name="k">1 to n − 1.</param>
    /// <param name="steps">Receives <see cref="Steps"/> addresses of entries, with <see cref="PointTable.NegativeBit"/>.</param>
    /// <param name="first">The number of the first of them.</param>
    public void Locate(in OrderScalar<TCurve> k, StepGrid steps, int first)
    {
        var windows = SignedWindows.Of(k, _width);
        var row = _entries;
        var count = Steps;
        for (var i = 0; i < count; i++)
        {
            var j = windows.Digit(i, out var negative);
            *steps[first + i] = (nint)(row + (j * EntryWords)) | negative;
            row += EntryWords << (_width - 1);
        }
    }

    /// <summary>The point of a step.</summary>
    public static AffinePoint<TCurve> Read(nint step)
    {
        var entry = (ulong*)(step & ~NegativeBit);
        var point = new AffinePoint<TCurve>(FieldElement<TCurve>.ReadEntry(entry), FieldElement<TCurve>.ReadEntry(entry + YWords));
        return (step & NegativeBit) != 0 ? point.Negate() : point;
    }

    private void Fill(in AffinePoint<TCurve> point)
    {
        // 2^(wi)·P and its double, for every window.
        var count = Steps;
        var bases = new CurvePoint<TCurve>[2 * count];
        var doubling = CurvePoint<TCurve>.Of(point);
        for (var i = 0; i < count; i++)
        {
            bases[2 * i] = doubling;
            bases[(2 * i) + 1] = doubling = CurvePoint<TCurve>.Double(doubling);
            for (var bit = 1; bit < _width; bit++)
            {
                doubling = CurvePoint<TCurve>.Double(doubling);
            }
        }

        var affineBases = new AffinePoint<TCurve>[bases.Length];
        CurvePoint<TCurve>.Normalise(bases, affineBases);

        // The odd multiples, some windows at a time.
        var half = 1 << (_width - 1);
        var windowsAtOnce = Math.Max(1, PointsPerInversion / half);
        var multiples = new CurvePoint<TCurve>[windowsAtOnce * half];
        var affine = new AffinePoint<TCurve>[multiples.Length];
        var entry = _entries;
        for (var first = 0; first < count; first += windowsAtOnce)
        {
            var filled = 0;
            for (var i = first; i < Math.Min(first + windowsAtOnce, count); i++)
            {
                var multiple = CurvePoint<TCurve>.Of(affineBases[2 * i]);
                for (var j = 0; j < half; j++)
                {
                    multiples[filled++] = multiple;
                    multiple.Add(affineBases[(2 * i) + 1]);
                }
            }

            CurvePoint<TCurve>.Normalise(multiples.AsSpan(0, filled), affine.AsSpan(0, filled));
            foreach (ref readonly var done in affine.AsSpan(0, filled))
            {
                done.X.WriteEntry(entry);
                done.Y.WriteEntry(entry + YWords);
                entry += EntryWords;
            }
        }

        // Without this a table that nobody keeps could be collected while it is written.
        GC.KeepAlive(this);
    }
}
