using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.Signing;

/// <summary>A secret point of the curve as (X, Y, ZZ, ZZZ): x = X/ZZ, y = Y/ZZZ, ZZ³ = ZZZ².</summary>
/// <remarks>
/// <para>XYZZ coordinates, Explicit-Formulas Database, "madd-2008-s": 8 products and 2 squares, and neither a nor b of the curve.</para>
/// <para><b>Not complete:</b> a sum with the same point, with its opposite, or with infinity comes out as ZZ = 0. <see cref="GeneratorComb"/> shows that it never asks for one.</para>
/// </remarks>
internal struct SecretPoint
{
    private SecretElement _x;
    private SecretElement _y;
    private SecretElement _zz;
    private SecretElement _zzz;

    /// <summary>The point (x, y) or (x, −y).</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="negative">All ones for −y, 0 for y.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SecretPoint(in SecretElement x, in SecretElement y, ulong negative)
    {
        _x = x;
        SecretElement.SignedSubtract(y, negative, default, out _y);
        _zz = SecretElement.One;
        _zzz = SecretElement.One;
    }

    /// <summary>Adds (x, y) or (x, −y).</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="negative">All ones for −y, 0 for y.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Add(in SecretElement x, in SecretElement y, ulong negative)
    {
        SecretElement.Multiply(x, _zz, out var p);
        SecretElement.Subtract(p, _x, out p);
        SecretElement.Multiply(y, _zzz, out var r);
        SecretElement.SignedSubtract(r, negative, _y, out r);
        SecretElement.Square(p, out var pp);
        SecretElement.Multiply(p, pp, out var ppp);
        SecretElement.Multiply(_x, pp, out var v);
        SecretElement.Square(r, out var rr);
        SecretElement.SubtractWithTwice(rr, ppp, v, out _x);
        SecretElement.Subtract(v, _x, out v);
        SecretElement.Multiply(r, v, out r);
        SecretElement.Multiply(_y, ppp, out v);
        SecretElement.Subtract(r, v, out _y);
        SecretElement.Multiply(_zz, pp, out _zz);
        SecretElement.Multiply(_zzz, ppp, out _zzz);
    }

    /// <summary>x; of ZZ = 0, 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly SecretElement AffineX()
    {
        SecretElement.Invert(_zz, out var x);
        SecretElement.Multiply(_x, x, out x);
        return x;
    }

    /// <summary>y; of ZZ = 0, 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly SecretElement AffineY()
    {
        SecretElement.Invert(_zzz, out var y);
        SecretElement.Multiply(_y, y, out y);
        return y;
    }
}
