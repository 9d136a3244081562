using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine.Lanes;

/// <summary>A point in every lane, in the coordinates of <see cref="CurvePoint{TCurve}"/>, to which others are added.</summary>
/// <remarks>
/// <para>Explicit-Formulas Database, "madd-2008-s" and "add-2008-s". <b>Not complete:</b> a lane in which equal or opposite points meet gets ZZ ≡ 0, and keeps it, as ZZ is only ever
/// multiplied: see whether it is 0 once, at the end, and decide that lane anew in <see cref="ScalarEngine"/>.</para>
/// <para>Bounds, in p: what comes to be added has |x| ≤ 10.2, |y| ≤ 5.1 (<see cref="LanePairs{TCurve, T}"/>) · ZZ, ZZZ ≤ 1.1 · U, S ≤ 1.8 · |X| ≤ 0.51 · |P| ≤ 2.4 ·
/// PP, PPP ≤ 1.4 · |Q| ≤ 1.1 · |Q − X| ≤ 1.7 · |Y|, at first 5.1, is then below 1 + (6.9·1.7 + 5.1·1.4)/16 &lt; 2.2, and below 1.7 in the end · |R|, at first 6.9, ≤ 4 ·
/// R² ≤ 4 · as each follows from those it is made of. Before X is reduced it is below 4 + 1.4 + 2·1.1 &lt; 8. Limb 4 of what is squared is below 6.9·2^48 &lt; 2^51.</para>
/// </remarks>
internal struct LanePoint<TCurve, T>
    where TCurve : struct, ICurve
    where T : unmanaged, ILanes<T>
{
    private const long SignBit = long.MinValue;

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
    private LaneElement<T> _otherZZ;
    private LaneElement<T> _otherZZZ;
    private LaneColumns<T> _columns;

    /// <summary>Sets the first point of each lane.</summary>
    public void Begin(in LaneAffine<T> point)
    {
        X = point.X;
        X.Reduce<TCurve>();
        Y = point.Y;
        ZZ = LaneElement<T>.OfLimbs(TCurve.One);
        ZZZ = ZZ;
    }

    /// <summary>Adds a point in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(in LaneAffine<T> point)
    {
        Multiply(point.X, ZZ, out _u);
        Multiply(point.Y, ZZZ, out _s);
        LaneElement<T>.Subtract(_u, X, out _p);
        LaneElement<T>.Subtract(_s, Y, out _r);
        Square(_p, out _pp);
        Multiply(_p, _pp, out _ppp);
        Multiply(X, _pp, out _q);
        Multiply(ZZ, _pp, out ZZ);
        Multiply(ZZZ, _ppp, out ZZZ);
        SetSum();
    }

    /// <summary>Adds to each lane the sum of the one that it can exchange with, so that both have the sum of both.</summary>
    /// <param name="distance">Of <see cref="ILanes{T}.Exchange"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddExchanged(int distance)
    {
        LaneElement<T>.Exchange(ZZ, distance, out _otherZZ);
        LaneElement<T>.Exchange(ZZZ, distance, out _otherZZZ);
        LaneElement<T>.Exchange(X, distance, out _u);
        LaneElement<T>.Exchange(Y, distance, out _s);
        Multiply(_u, ZZ, out _u);
        Multiply(_s, ZZZ, out _s);
        Multiply(X, _otherZZ, out X);
        Multiply(Y, _otherZZZ, out Y);
        LaneElement<T>.Subtract(_u, X, out _p);
        LaneElement<T>.Subtract(_s, Y, out _r);
        Square(_p, out _pp);
        Multiply(_p, _pp, out _ppp);
        Multiply(X, _pp, out _q);
        Multiply(ZZ, _otherZZ, out ZZ);
        Multiply(ZZ, _pp, out ZZ);
        Multiply(ZZZ, _otherZZZ, out ZZZ);
        Multiply(ZZZ, _ppp, out ZZZ);
        SetSum();
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

    /// <summary>X = R² − PPP − 2Q, and Y = R·(Q − X) − S·PPP, where Y is S so far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetSum()
    {
        Square(_r, out _u);
        LaneElement<T>.SubtractAndReduce<TCurve>(_u, _ppp, _q, out X);
        LaneElement<T>.Subtract(_q, X, out _q);
        Y.Negate(T.Of(SignBit));
        _columns.SetProduct<TCurve>(_r, _q);
        _columns.AddProduct(Y, _ppp);
        _columns.Reduce<TCurve>(out Y);
    }

    private void Multiply(in LaneElement<T> a, in LaneElement<T> b, out LaneElement<T> result)
    {
        _columns.SetProduct<TCurve>(a, b);
        _columns.Reduce<TCurve>(out result);
    }

    private void Square(in LaneElement<T> a, out LaneElement<T> result)
    {
        _columns.SetSquare<TCurve>(a);
        _columns.Reduce<TCurve>(out result);
    }
}
