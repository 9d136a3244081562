using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine.Lanes;

/// <summary>A point in every lane, in the coordinates of <see cref="CurvePoint{TCurve}"/>, to which points of tables are added.</summary>
/// <remarks>
/// <para>Explicit-Formulas Database, "madd-2008-s". <b>Not complete:</b> a lane in which equal or opposite points meet gets ZZ ≡ 0, and keeps it, as ZZ is only ever
/// multiplied: see whether it is 0 once, at the end, and decide that lane anew in <see cref="ScalarEngine"/>.</para>
/// <para>Bounds, in p: ZZ, ZZZ ≤ 1.1 · |X| ≤ 0.51 · U, S ≤ 1.1 · |P| ≤ 1.6 · PP, PPP ≤ 1.2 · |Q| ≤ 1.1 · |Y| ≤ 1.4 · |R| ≤ 2.5 · R² ≤ 1.4 · |Q − X| ≤ 1.6, as each
/// follows from those it is made of: Y, for one, from 1 + (2.5·1.6 + 1.4·1.2)/16 &lt; 1.4. Before X is reduced it is below 1.4 + 1.2 + 2·1.1 &lt; 6.
/// The first point is plain: X, Y, ZZ and ZZZ from 0 to 1.</para>
/// </remarks>
internal struct LanePoint<TCurve, T>
    where TCurve : struct, ICurve
    where T : unmanaged, ILanes<T>
{
    private const long SignBit = long.MinValue;
    private const int Words = 8;
    private const int YWords = 4;

    public LaneElement<T> X;
    public LaneElement<T> Y;
    public LaneElement<T> ZZ;
    public LaneElement<T> ZZZ;

    // Room for an addition, kept beside the point so that all of it is aligned and warm.
    private LaneElement<T> _u;
    private LaneElement<T> _s;
    private LaneElement<T> _p;
    private LaneElement<T> _r;
    private LaneElement<T> _pp;
    private LaneElement<T> _ppp;
    private LaneElement<T> _q;
    private LaneColumns<T> _columns;

    /// <summary>Sets the first point of each lane.</summary>
    /// <param name="steps">One a lane, of <see cref="PointTable{TCurve}.Locate"/>.</param>
    public unsafe void Begin(nint* steps)
    {
        Load(steps, out X, out Y);
        ZZ = LaneElement<T>.OfLimbs(TCurve.One);
        ZZZ = ZZ;
    }

    /// <summary>Adds a point in each lane.</summary>
    /// <param name="steps">One a lane, of <see cref="PointTable{TCurve}.Locate"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Add(nint* steps)
    {
        Load(steps, out _u, out _s);
        Multiply(_u, ZZ, out _u);
        Multiply(_s, ZZZ, out _s);
        LaneElement<T>.Subtract(_u, X, out _p);
        LaneElement<T>.Subtract(_s, Y, out _r);
        Square(_p, out _pp);
        Multiply(_p, _pp, out _ppp);
        Multiply(X, _pp, out _q);
        Multiply(ZZ, _pp, out ZZ);
        Multiply(ZZZ, _ppp, out ZZZ);
        Square(_r, out _u);
        LaneElement<T>.SubtractAndReduce<TCurve>(_u, _ppp, _q, out X);

        // Y = R·(Q − X) − Y·PPP
        LaneElement<T>.Subtract(_q, X, out _q);
        Y.Negate(T.Of(SignBit));
        _columns.SetProduct(_r, _q);
        _columns.AddProduct(Y, _ppp);
        _columns.Reduce<TCurve>(out Y);
    }

    /// <summary>X − c·ZZ, which is 0 modulo p where x = c; between −2p and 2p.</summary>
    /// <param name="c">Plain numbers below 2^256, not in Montgomery form.</param>
    /// <param name="difference">Receives the difference.</param>
    public void CompareX(in LaneElement<T> c, out LaneElement<T> difference)
    {
        Multiply(c, LaneElement<T>.OfLimbs(TCurve.Radix), out difference);
        Multiply(difference, ZZ, out difference);
        LaneElement<T>.Subtract(X, difference, out difference);
    }

    private void Multiply(in LaneElement<T> a, in LaneElement<T> b, out LaneElement<T> result)
    {
        _columns.SetProduct(a, b);
        _columns.Reduce<TCurve>(out result);
    }

    private void Square(in LaneElement<T> a, out LaneElement<T> result)
    {
        _columns.SetSquare(a);
        _columns.Reduce<TCurve>(out result);
    }

    /// <summary>The points of tables, plain, the sign of y as the step says.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Load(nint* steps, out LaneElement<T> x, out LaneElement<T> y)
    {
        var words = stackalloc T[Words];
        T.Gather(steps, words);
        x = LaneElement<T>.OfWords(words[0], words[1], words[2], words[3]);
        y = LaneElement<T>.OfWords(words[YWords], words[YWords + 1], words[YWords + 2], words[YWords + 3]);
        y.Negate(T.Load(steps) << 63);
    }
}
