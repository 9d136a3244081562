using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace CrossProvince.Core.Signatures.TableEngine.Lanes;

/// <summary>Adds points of many sums pairwise, in every lane, with one inversion for all of them: 5 products and a square each, where adding one after the other to
/// <see cref="LanePoint{TCurve, T}"/> takes 8 products and 2 squares.</summary>
/// <remarks>
/// <para>λ = (y₂ − y₁) / (x₂ − x₁), x = λ² − x₁ − x₂, y = λ·(x₁ − x) − y₁. With Dᵢ the product of the first i differences x₂ − x₁, the inverse of the i-th is Dᵢ / Dᵢ₊₁, and
/// 1/Dᵢ is the difference times 1/Dᵢ₊₁ (P. Montgomery, Speeding the Pollard and elliptic curve methods of factorization, Math. Comp. 48 (1987)).</para>
/// <para><b>Not complete:</b> where x₁ ≡ x₂, the sum is another or none. Such a difference would make all products after it 0; it is found, replaced, and reported.</para>
/// <para>Bounds, in p, as intervals follow from those they are made of; a product of a and b is between a·b/16 and 1 + a·b/16. Of points of tables and after one, two and three rounds:
/// x from 0 to 1, −2 to 1.1, −2.2 to 5.1, −10.2 to 5.45 · y from −1 to 1, −1.1 to 2.3, −2.8 to 2.4, −3 to 5.1. In the third, the differences of x are at most 7.3, D 1.9, the inverse 1.3,
/// λ 1.4, and x₁ − x 15.3, whose limb 4 is below 2^52 as it must be. A fourth round would break that: three are the most.</para>
/// </remarks>
internal unsafe struct LanePairs<TCurve, T>
    where TCurve : struct, ICurve
    where T : unmanaged, ILanes<T>
{
    /// <summary>The most rounds.</summary>
    public const int MaxRounds = 3;

    // Entries come from memory that is far away; so many rows before they are needed they are asked for.
    private const int RowsAhead = 8;

    private LaneElement<T> _rest;
    private LaneElement<T> _difference;
    private LaneElement<T> _inverse;
    private LaneElement<T> _slope;
    private LaneElement<T> _x;
    private LaneColumns<T> _columns;

    private nint* _steps;
    private LaneAffine<T>* _points;
    private LaneElement<T>* _products;
    private int _groups;
    private int _rows;
    private int _distance;
    private int _pairs;

    /// <summary>Begins with steps that nobody has read yet.</summary>
    /// <param name="room">The memory that this is in, where the steps are, and where the points are to be.</param>
    /// <param name="groups">How many groups there are, at least one.</param>
    /// <param name="rows">How many points each group has, whose sum is wanted in each lane.</param>
    public void Begin(LaneRoom<TCurve, T> room, int groups, int rows)
    {
        _steps = room.Steps;
        _points = room.Points;
        _products = room.Products;
        _groups = groups;
        _rows = rows;
        _distance = 0;
    }

    /// <summary>Rows from one point that is left to the next: 1 once they are loaded, and twice as many with each round.</summary>
    public readonly int Distance => _distance;

    /// <summary>Loads all points.</summary>
    public void Load()
    {
        for (var row = 0; row < Math.Min(RowsAhead, _rows); row++)
        {
            Prefetch(row);
        }

        for (var row = 0; row < _groups * _rows; row++)
        {
            Load(row);
        }

        _distance = 1;
    }

    /// <summary>Adds each second point of each group to the one before it. A last one without a partner stays what it is.</summary>
    /// <param name="doubtful">Of each group, the lanes whose sum can't be relied upon get their bit set.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Halve(Span<byte> doubtful)
    {
        var isFirst = _distance == 0;
        _distance = Math.Max(_distance, 1);
        _pairs = (_rows + _distance - 1) / _distance / 2;
        if (!TryInvert(MultiplyDifferences(isFirst), out _rest))
        {
            Replace(doubtful);
            _ = TryInvert(MultiplyDifferences(load: false), out _rest);
        }

        var product = _products + (_groups * _pairs);
        for (var group = _groups - 1; group >= 0; group--)
        {
            for (var pair = _pairs - 1; pair >= 0; pair--)
            {
                var a = First(group, pair);
                Add(a, a + _distance, --product);
            }
        }

        _distance *= 2;
    }

    /// <summary>The first point of a pair; the second is <see cref="Distance"/> rows on.</summary>
    private readonly LaneAffine<T>* First(int group, int pair) => _points + (group * _rows) + (pair * 2 * _distance);

    /// <summary>Sets the products of the first differences, none, one, and so on.</summary>
    /// <param name="load">Whether the points must be loaded: between products, which leave the time to fetch them.</param>
    /// <returns>That of all.</returns>
    private LaneElement<T>* MultiplyDifferences(bool load)
    {
        var product = _products;
        *product = LaneElement<T>.OfLimbs(TCurve.One);
        for (var group = 0; group < _groups; group++)
        {
            for (var pair = 0; pair < _pairs; pair++, product++)
            {
                var a = First(group, pair);
                if (load)
                {
                    Load((int)(a - _points));
                    Load((int)(a - _points) + 1);
                }

                LaneElement<T>.Difference(a[_distance].X, a->X, out _difference);
                Multiply(_difference, *product, out product[1]);
            }

            if (load && _rows % 2 != 0)
            {
                Load(((group + 1) * _rows) - 1);
            }
        }

        return product;
    }

    private readonly void Load(int row)
    {
        if (row + RowsAhead < _groups * _rows)
        {
            Prefetch(row + RowsAhead);
        }

        LaneAffine<T>.Load(_points + row, _steps + (row * T.Count));
    }

    private readonly void Prefetch(int row)
    {
        for (var lane = 0; lane < T.Count; lane++)
        {
            Sse.Prefetch0((void*)_steps[(row * T.Count) + lane]);
        }
    }

    /// <summary>Adds b to a.</summary>
    private void Add(LaneAffine<T>* a, LaneAffine<T>* b, LaneElement<T>* product)
    {
        LaneElement<T>.Difference(b->X, a->X, out _difference);
        Multiply(*product, _rest, out _inverse);
        Multiply(_difference, _rest, out _rest);

        LaneElement<T>.Difference(b->Y, a->Y, out _difference);
        Multiply(_difference, _inverse, out _slope);
        _columns.SetSquare<TCurve>(_slope);
        _columns.Subtract(a->X);
        _columns.Subtract(b->X);
        _columns.Reduce<TCurve>(out _x);

        LaneElement<T>.Difference(a->X, _x, out _difference);
        _columns.SetProduct<TCurve>(_difference, _slope);
        _columns.Subtract(a->Y);
        _columns.Reduce<TCurve>(out a->Y);
        a->X = _x;
    }

    private void Multiply(in LaneElement<T> a, in LaneElement<T> b, out LaneElement<T> result)
    {
        _columns.SetProduct<TCurve>(a, b);
        _columns.Reduce<TCurve>(out result);
    }

    /// <summary>Inverts every lane of a product, all with one inversion.</summary>
    /// <returns>Whether no lane is 0.</returns>
    private static bool TryInvert(LaneElement<T>* product, out LaneElement<T> inverse)
    {
        Span<FieldElement<TCurve>> factors = stackalloc FieldElement<TCurve>[T.Count];
        Span<FieldElement<TCurve>> before = stackalloc FieldElement<TCurve>[T.Count];
        var all = FieldElement<TCurve>.One;
        for (var lane = 0; lane < T.Count; lane++)
        {
            factors[lane] = product->Extract<TCurve>(lane);
            before[lane] = all;
            all *= factors[lane];
        }

        inverse = default;
        if (all.IsZero)
        {
            return false;
        }

        var rest = all.Invert();
        for (var lane = T.Count - 1; lane >= 0; lane--)
        {
            inverse.Insert(rest * before[lane], lane);
            rest *= factors[lane];
        }

        return true;
    }

    /// <summary>Makes every difference that is 0 another, by putting the neighbour's x + 1 in the place of the point's.</summary>
    private readonly void Replace(Span<byte> doubtful)
    {
        for (var group = 0; group < _groups; group++)
        {
            for (var pair = 0; pair < _pairs; pair++)
            {
                var a = First(group, pair);
                LaneElement<T>.Difference(a[_distance].X, a->X, out var difference);
                difference.Reduce<TCurve>();
                for (var lane = 0; lane < T.Count; lane++)
                {
                    if (difference.Extract<TCurve>(lane).IsZero)
                    {
                        var x = a->X;
                        x.Reduce<TCurve>();
                        a[_distance].X.Insert(x.Extract<TCurve>(lane) + FieldElement<TCurve>.One, lane);
                        doubtful[group] |= (byte)(1 << lane);
                    }
                }
            }
        }
    }
}
