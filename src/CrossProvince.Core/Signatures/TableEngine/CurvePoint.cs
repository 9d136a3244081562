using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>A point of a curve y² = x³ − 3x + b, not infinity.</summary>
internal readonly record struct AffinePoint<TCurve>(FieldElement<TCurve> X, FieldElement<TCurve> Y)
    where TCurve : struct, ICurve
{
    /// <summary>The generator.</summary>
    public static AffinePoint<TCurve> Generator => FromBytes(TCurve.Generator);

    /// <summary>The point of a public key, which was checked to be on the curve when it was read.</summary>
    /// <param name="key">A key of this curve.</param>
    public static AffinePoint<TCurve> Of(PublicKey key) => FromBytes(key.Spki.Span[^(2 * Curves.ScalarSize)..]);

    /// <summary>The same x, the other y.</summary>
    public AffinePoint<TCurve> Negate() => new(X, FieldElement<TCurve>.Zero - Y);

    private static AffinePoint<TCurve> FromBytes(ReadOnlySpan<byte> bytes) =>
        new(FieldElement<TCurve>.FromBytes(bytes[..Curves.ScalarSize]), FieldElement<TCurve>.FromBytes(bytes[Curves.ScalarSize..]));
}

/// <summary>A point of a curve as (X, Y, ZZ, ZZZ): x = X/ZZ, y = Y/ZZZ, ZZ³ = ZZZ²; infinity has ZZ = 0.</summary>
/// <remarks>
/// XYZZ coordinates, Explicit-Formulas Database, "madd-2008-s", "dbl-2008-s-1", "mdbl-2008-s-1": an addition of an affine point costs 8 products and 2 squares and
/// needs neither a nor b; a doubling needs a = −3. Complete: every sum of every two points is right, infinity, equal and opposite points included.
/// </remarks>
internal struct CurvePoint<TCurve>
    where TCurve : struct, ICurve
{
    public FieldElement<TCurve> X;
    public FieldElement<TCurve> Y;
    public FieldElement<TCurve> ZZ;
    public FieldElement<TCurve> ZZZ;

    /// <summary>The neutral point.</summary>
    public static CurvePoint<TCurve> Infinity => default;

    /// <summary>Whether this is the neutral point.</summary>
    public readonly bool IsInfinity => ZZ.IsZero;

    /// <summary>The point itself.</summary>
    public static CurvePoint<TCurve> Of(in AffinePoint<TCurve> point) => new() { X = point.X, Y = point.Y, ZZ = FieldElement<TCurve>.One, ZZZ = FieldElement<TCurve>.One };

    /// <summary>Adds a point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(in AffinePoint<TCurve> q)
    {
        if (IsInfinity)
        {
            this = Of(q);
            return;
        }

        var p = (q.X * ZZ) - X;
        var r = (q.Y * ZZZ) - Y;
        if (p.IsZero)
        {
            // Equal x: the same point, or its opposite.
            this = r.IsZero ? Double(Of(q)) : Infinity;
            return;
        }

        var pp = p.Square();
        var ppp = p * pp;
        var v = X * pp;
        X = r.Square() - ppp - (v + v);
        Y = (r * (v - X)) - (Y * ppp);
        ZZ *= pp;
        ZZZ *= ppp;
    }

    /// <summary>Twice a point. No point has y = 0, for their number is odd; infinity stays what it is.</summary>
    public static CurvePoint<TCurve> Double(in CurvePoint<TCurve> a)
    {
        var u = a.Y + a.Y;
        var uu = u.Square();
        var uuu = u * uu;
        var s = a.X * uu;
        var m = (a.X - a.ZZ) * (a.X + a.ZZ);
        m = m + m + m;
        var x = m.Square() - (s + s);
        return new CurvePoint<TCurve> { X = x, Y = (m * (s - x)) - (uuu * a.Y), ZZ = uu * a.ZZ, ZZZ = uuu * a.ZZZ };
    }

    /// <summary>Divides every point by its own ZZ and ZZZ, with one inversion for all.</summary>
    /// <param name="points">None is infinity.</param>
    /// <param name="affine">Receives the points; as long as <paramref name="points"/>.</param>
    public static void Normalise(ReadOnlySpan<CurvePoint<TCurve>> points, Span<AffinePoint<TCurve>> affine)
    {
        // Montgomery's trick: the products of the first ZZZ, the inverse of the last product, and back. X holds the products meanwhile.
        var product = FieldElement<TCurve>.One;
        for (var i = 0; i < points.Length; i++)
        {
            affine[i] = new AffinePoint<TCurve>(product, default);
            product *= points[i].ZZZ;
        }

        var inverse = product.Invert();
        for (var i = points.Length - 1; i >= 0; i--)
        {
            ref readonly var point = ref points[i];
            var byZzz = inverse * affine[i].X;
            inverse *= point.ZZZ;
            var byZ = byZzz * point.ZZ;
            affine[i] = new AffinePoint<TCurve>(point.X * byZ.Square(), point.Y * byZzz);
        }
    }
}
