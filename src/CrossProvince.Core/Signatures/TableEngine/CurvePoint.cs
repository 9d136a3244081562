using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>A point of the curve y² = x³ − 3x + b, not infinity.</summary>
internal readonly record struct AffinePoint(FieldElement X, FieldElement Y)
{
    /// <summary>The same x, the other y.</summary>
    public AffinePoint Negate() => new(X, FieldElement.Zero - Y);
}

/// <summary>A point of the curve as (X, Y, ZZ, ZZZ): x = X/ZZ, y = Y/ZZZ, ZZ³ = ZZZ²; infinity has ZZ = 0.</summary>
/// <remarks>
/// XYZZ coordinates, Explicit-Formulas Database, "madd-2008-s", "dbl-2008-s-1", "mdbl-2008-s-1": an addition of an affine point costs 8 products and 2 squares and
/// needs neither a nor b. Complete: every sum of every two points is right, infinity, equal and opposite points included.
/// </remarks>
internal struct CurvePoint
{
    public FieldElement X;
    public FieldElement Y;
    public FieldElement ZZ;
    public FieldElement ZZZ;

    /// <summary>The neutral point.</summary>
    public static CurvePoint Infinity => default;

    /// <summary>Whether this is the neutral point.</summary>
    public readonly bool IsInfinity => ZZ.IsZero;

    /// <summary>The point itself.</summary>
    public static CurvePoint Of(in AffinePoint point) => new() { X = point.X, Y = point.Y, ZZ = FieldElement.One, ZZZ = FieldElement.One };

    /// <summary>Adds a point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(in AffinePoint q)
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
    public static CurvePoint Double(in CurvePoint a)
    {
        var u = a.Y + a.Y;
        var uu = u.Square();
        var uuu = u * uu;
        var s = a.X * uu;
        var m = (a.X - a.ZZ) * (a.X + a.ZZ);
        m = m + m + m;
        var x = m.Square() - (s + s);
        return new CurvePoint { X = x, Y = (m * (s - x)) - (uuu * a.Y), ZZ = uu * a.ZZ, ZZZ = uuu * a.ZZZ };
    }

    /// <summary>Divides every point by its own ZZ and ZZZ, with one inversion for all.</summary>
    /// <param name="points">None is infinity.</param>
    /// <param name="affine">Receives the points; as long as <paramref name="points"/>.</param>
    public static void Normalise(ReadOnlySpan<CurvePoint> points, Span<AffinePoint> affine)
    {
        // Montgomery's trick: the products of the first ZZZ, the inverse of the last product, and back. X holds the products meanwhile.
        var product = FieldElement.One;
        for (var i = 0; i < points.Length; i++)
        {
            affine[i] = new AffinePoint(product, default);
            product *= points[i].ZZZ;
        }

        var inverse = product.Invert();
        for (var i = points.Length - 1; i >= 0; i--)
        {
            ref readonly var point = ref points[i];
            var byZzz = inverse * affine[i].X;
            inverse *= point.ZZZ;
            var byZ = byZzz * point.ZZ;
            affine[i] = new AffinePoint(point.X * byZ.Square(), point.Y * byZzz);
        }
    }
}
