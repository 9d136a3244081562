using System.Numerics;
using System.Runtime.InteropServices;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.TableEngine;
using BcInteger = Org.BouncyCastle.Math.BigInteger;
using BcPoint = Org.BouncyCastle.Math.EC.ECPoint;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

/// <summary>The engine's numbers and points as those of .NET and BouncyCastle, which also say what the curves are.</summary>
internal static class Numbers
{
    public const int LimbBits = 52;

    public static BigInteger Radix { get; } = BigInteger.One << 260;

    /// <summary>p of a curve's field, or n of <see cref="P256Order"/>.</summary>
    public static BigInteger PrimeOf<TField>()
        where TField : struct, IField =>
        Number((default(TField) switch
        {
            Sm2Curve => Curves.Sm2.Curve.Field.Characteristic,
            P256Curve => Curves.P256.Curve.Field.Characteristic,
            P256Order => Curves.P256.N,
            _ => throw new NotSupportedException(typeof(TField).Name),
        }).ToByteArrayUnsigned());

    /// <summary>n of a curve.</summary>
    public static BigInteger OrderOf<TCurve>()
        where TCurve : struct, ICurve => Number(Curves.Of(TCurve.Algorithm).N.ToByteArrayUnsigned());

    public static BigInteger Mod(BigInteger x, BigInteger m) => ((x % m) + m) % m;

    public static BigInteger Inverse(BigInteger x, BigInteger m) => BigInteger.ModPow(Mod(x, m), m - 2, m);

    public static byte[] Bytes(BigInteger x)
    {
        var bytes = new byte[32];
        Assert.That(x.TryWriteBytes(bytes.AsSpan(32 - x.GetByteCount(isUnsigned: true)), out _, isUnsigned: true, isBigEndian: true), Is.True);
        return bytes;
    }

    public static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    public static BigInteger Random(BigInteger below)
    {
        var bytes = new byte[40];
        TestContext.CurrentContext.Random.NextBytes(bytes);
        return Number(bytes) % below;
    }

    public static OrderScalar<TCurve> Scalar<TCurve>(BigInteger k)
        where TCurve : struct, ICurve => OrderScalar<TCurve>.FromBytes(Bytes(k));

    public static BigInteger Number<TCurve>(OrderScalar<TCurve> k)
        where TCurve : struct, ICurve => new(MemoryMarshal.AsBytes(new ReadOnlySpan<OrderScalar<TCurve>>(in k)), isUnsigned: true);

    /// <summary>The number that an element stands for, in 0 to p − 1.</summary>
    public static BigInteger Number<TField>(FieldElement<TField> x)
        where TField : struct, IField => Mod(Raw(x) * Inverse(Radix, PrimeOf<TField>()), PrimeOf<TField>());

    /// <summary>The element as it is held: Montgomery form, perhaps p more.</summary>
    public static BigInteger Raw<TField>(FieldElement<TField> x)
        where TField : struct, IField
    {
        var value = BigInteger.Zero;
        foreach (var limb in Limbs(x).Reverse())
        {
            value = (value << LimbBits) + limb;
        }

        return value;
    }

    public static ulong[] Limbs<TField>(FieldElement<TField> x)
        where TField : struct, IField => MemoryMarshal.Cast<FieldElement<TField>, ulong>(new ReadOnlySpan<FieldElement<TField>>(in x)).ToArray();

    /// <summary>An element held as exactly this value.</summary>
    public static FieldElement<TField> FromRaw<TField>(BigInteger value)
        where TField : struct, IField
    {
        Span<ulong> limbs = stackalloc ulong[5];
        for (var i = 0; i < 5; i++)
        {
            limbs[i] = (ulong)((value >> (LimbBits * i)) & ((1UL << LimbBits) - 1));
        }

        return MemoryMarshal.Cast<ulong, FieldElement<TField>>(limbs)[0];
    }

    public static AffinePoint<TCurve> Point<TCurve>(BcPoint point)
        where TCurve : struct, ICurve
    {
        var normal = point.Normalize();
        return new(FieldElement<TCurve>.FromBytes(normal.AffineXCoord.GetEncoded()), FieldElement<TCurve>.FromBytes(normal.AffineYCoord.GetEncoded()));
    }

    public static string Text<TCurve>(AffinePoint<TCurve> point)
        where TCurve : struct, ICurve => $"{Number(point.X):X64} {Number(point.Y):X64}";

    public static string Text(BcPoint point)
    {
        var normal = point.Normalize();
        return $"{Number(normal.AffineXCoord.GetEncoded()):X64} {Number(normal.AffineYCoord.GetEncoded()):X64}";
    }

    public static BigInteger X(BcPoint point) => Number(point.Normalize().AffineXCoord.GetEncoded());

    /// <summary>The point of a curve with this x, or null.</summary>
    public static BcPoint? FindPoint<TCurve>(BigInteger x)
        where TCurve : struct, ICurve
    {
        try
        {
            return Curves.Of(TCurve.Algorithm).Curve.DecodePoint([2, .. Bytes(x)]);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>k·P by BouncyCastle.</summary>
    public static BcPoint Multiply(BcPoint point, BigInteger k) =>
        point.Multiply(new BcInteger(1, Bytes(Mod(k, Number(point.Curve.Order.ToByteArrayUnsigned())))));

    /// <summary>k·G by BouncyCastle.</summary>
    public static BcPoint MultiplyG<TCurve>(BigInteger k)
        where TCurve : struct, ICurve => Multiply(Curves.Of(TCurve.Algorithm).G, k);
}
