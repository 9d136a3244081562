using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.Signing;
using BcInteger = Org.BouncyCastle.Math.BigInteger;
using BcPoint = Org.BouncyCastle.Math.EC.ECPoint;

namespace CrossProvince.Core.Tests.Signatures.Signing;

/// <summary>The signer's numbers and points as those of .NET and BouncyCastle.</summary>
internal static class SecretNumbers
{
    public const int LimbBits = 52;
    private const int Limbs = 5;

    public static BigInteger P { get; } = Parse("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF");

    public static BigInteger N { get; } = Parse("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123");

    /// <summary>1/2^260 modulo n.</summary>
    public static BigInteger InverseRadix { get; } = Inverse(BigInteger.One << 260, N);

    private static BigInteger InverseRadixOfField { get; } = Inverse(BigInteger.One << 260, P);

    public static BigInteger Mod(BigInteger x, BigInteger m) => ((x % m) + m) % m;

    public static BigInteger Inverse(BigInteger x, BigInteger m) => BigInteger.ModPow(Mod(x, m), m - 2, m);

    public static byte[] Bytes(BigInteger x)
    {
        var bytes = new byte[32];
        Assert.That(x.TryWriteBytes(bytes.AsSpan(32 - x.GetByteCount(isUnsigned: true)), out _, isUnsigned: true, isBigEndian: true), Is.True);
        return bytes;
    }

    public static BigInteger Random(BigInteger below)
    {
        var bytes = new byte[40];
        TestContext.CurrentContext.Random.NextBytes(bytes);
        return Number(bytes) % below;
    }

    public static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    /// <summary>A number from 0 to n − 1; fails where the limbs are not those of one.</summary>
    public static BigInteger Number(SecretScalar k) => Below(N, Value(MemoryMarshal.Cast<SecretScalar, ulong>(new ReadOnlySpan<SecretScalar>(in k))));

    /// <summary>The number that an element stands for, in 0 to p − 1; fails where its limbs break the invariant.</summary>
    public static BigInteger Number(SecretElement x) =>
        Below(2 * P, Value(MemoryMarshal.Cast<SecretElement, ulong>(new ReadOnlySpan<SecretElement>(in x)))) * InverseRadixOfField % P;

    public static SecretScalar ScalarOf(BigInteger k) => SecretScalar.FromBytes(Bytes(k));

    public static SecretElement ElementOf(BigInteger x) => SecretElement.FromBytes(Bytes(x));

    /// <summary>An element held as exactly this value.</summary>
    public static SecretElement ElementOfRaw(BigInteger value)
    {
        Span<ulong> limbs = stackalloc ulong[Limbs];
        for (var i = 0; i < Limbs; i++)
        {
            limbs[i] = (ulong)((value >> (LimbBits * i)) & ((1UL << LimbBits) - 1));
        }

        return MemoryMarshal.Cast<ulong, SecretElement>(limbs)[0];
    }

    /// <summary>k·G by BouncyCastle.</summary>
    public static BcPoint MultiplyG(BigInteger k) => Curves.Sm2.G.Multiply(new BcInteger(1, Bytes(Mod(k, N))));

    public static string Text(BcPoint point)
    {
        var normal = point.Normalize();
        return $"{Number(normal.AffineXCoord.GetEncoded()):X64} {Number(normal.AffineYCoord.GetEncoded()):X64}";
    }

    private static BigInteger Value(ReadOnlySpan<ulong> limbs)
    {
        var value = BigInteger.Zero;
        for (var i = Limbs - 1; i >= 0; i--)
        {
            value = (value << LimbBits) + Below(BigInteger.One << LimbBits, limbs[i]);
        }

        return value;
    }

    private static BigInteger Below(BigInteger bound, BigInteger value)
    {
        if (value >= bound)
        {
            Assert.Fail($"{value:X} is not below {bound:X}.");
        }

        return value;
    }

    private static BigInteger Parse(string hex) => BigInteger.Parse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
