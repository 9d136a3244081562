using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.TableEngine;
using BcInteger = Org.BouncyCastle.Math.BigInteger;
using BcPoint = Org.BouncyCastle.Math.EC.ECPoint;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

/// <summary>The engine's numbers and points as those of .NET and BouncyCastle.</summary>
internal static class Sm2Numbers
{
    public const int LimbBits = 52;

    public static BigInteger P { get; } = Parse("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF");

    public static BigInteger N { get; } = Parse("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123");

    public static BigInteger Radix { get; } = BigInteger.One << 260;

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

    public static OrderScalar Scalar(BigInteger k) => OrderScalar.FromBytes(Bytes(k));

    public static BigInteger Number(OrderScalar k) => new(MemoryMarshal.AsBytes(new ReadOnlySpan<OrderScalar>(in k)), isUnsigned: true);

    /// <summary>The number that an element stands for, in 0 to p − 1.</summary>
    public static BigInteger Number(FieldElement x) => Mod(Raw(x) * Inverse(Radix, P), P);

    /// <summary>The element as it is held: Montgomery form, perhaps p more.</summary>
    public static BigInteger Raw(FieldElement x)
    {
        var value = BigInteger.Zero;
        foreach (var limb in Limbs(x).Reverse())
        {
            value = (value << LimbBits) + limb;
        }

        return value;
    }

    public static ulong[] Limbs(FieldElement x) => MemoryMarshal.Cast<FieldElement, ulong>(new ReadOnlySpan<FieldElement>(in x)).ToArray();

    /// <summary>An element held as exactly this value.</summary>
    public static FieldElement FromRaw(BigInteger value)
    {
        Span<ulong> limbs = stackalloc ulong[5];
        for (var i = 0; i < 5; i++)
        {
            limbs[i] = (ulong)((value >> (LimbBits * i)) & ((1UL << LimbBits) - 1));
        }

        return MemoryMarshal.Cast<ulong, FieldElement>(limbs)[0];
    }

    public static AffinePoint Point(BcPoint point)
    {
        var normal = point.Normalize();
        return new(FieldElement.FromBytes(normal.AffineXCoord.GetEncoded()), FieldElement.FromBytes(normal.AffineYCoord.GetEncoded()));
    }

    public static string Text(AffinePoint point) => $"{Number(point.X):X64} {Number(point.Y):X64}";

    public static string Text(BcPoint point)
    {
        var normal = point.Normalize();
        return $"{Number(normal.AffineXCoord.GetEncoded()):X64} {Number(normal.AffineYCoord.GetEncoded()):X64}";
    }

    /// <summary>k·P by BouncyCastle.</summary>
    public static BcPoint Multiply(BcPoint point, BigInteger k) => point.Multiply(new BcInteger(1, Bytes(Mod(k, N))));

    /// <summary>k·G by BouncyCastle.</summary>
    public static BcPoint MultiplyG(BigInteger k) => Multiply(Curves.Sm2.G, k);

    private static BigInteger Parse(string hex) => BigInteger.Parse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
