using System.Security.Cryptography;
using System.Text;
using CrossProvince.Core.Signatures;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>Signs the test vectors: the same message gives the same signature, so that the files come out the same each time.</summary>
/// <remarks>The secret number k is that of RFC 6979 with SHA-256, for SM2 as for ECDSA. Nothing here is constant time, and the keys are known to everybody.</remarks>
internal sealed class VectorSigner : ISigner
{
    private readonly BigInteger _d;

    internal VectorSigner(SignatureAlgorithm algorithm, BigInteger d)
    {
        _d = d;
        PublicKey = PublicKey.FromPoint(algorithm, Curves.Of(algorithm).G.Multiply(d));
    }

    public PublicKey PublicKey { get; }

    /// <summary>The private key, 64 hexadecimal digits.</summary>
    internal string D => Hex(_d);

    /// <summary>A key of a name: SHA-256 of <c>CrossProvince test vectors: NAME</c> modulo n − 1, plus 1.</summary>
    internal static VectorSigner Of(string name, SignatureAlgorithm algorithm)
    {
        var hash = new BigInteger(1, SHA256.HashData(Encoding.ASCII.GetBytes($"CrossProvince test vectors: {name}")));
        return new VectorSigner(algorithm, hash.Mod(Curves.Of(algorithm).N.Subtract(BigInteger.One)).Add(BigInteger.One));
    }

    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature64) => Sign(message, "1234567812345678").CopyTo(signature64);

    /// <summary>Signs under another identity than the one that everybody uses; only SM2 has one.</summary>
    internal byte[] Sign(ReadOnlySpan<byte> message, string identity)
    {
        var (r, s) = PublicKey.Algorithm == SignatureAlgorithm.Sm2 ? SignSm2(Sm3.Hash([.. HashOfIdentity(identity), .. message])) : SignEcdsa(SHA256.HashData(message));
        return Convert.FromHexString(Hex(r) + Hex(s));
    }

    /// <summary>ZA of GB/T 32918.2 §5.5: SM3(ENTL ‖ ID ‖ a ‖ b ‖ xG ‖ yG ‖ xA ‖ yA).</summary>
    private byte[] HashOfIdentity(string identity)
    {
        var curve = Curves.Sm2;
        var bits = 8 * identity.Length;
        return Sm3.Hash(
        [
            (byte)(bits >> 8), (byte)bits, .. Encoding.ASCII.GetBytes(identity),
            .. curve.Curve.A.GetEncoded(), .. curve.Curve.B.GetEncoded(), .. curve.G.Normalize().GetEncoded(false).AsSpan(1), .. PublicKey.Spki.Span[^64..],
        ]);
    }

    /// <summary>GB/T 32918.2 §6.1.</summary>
    private (BigInteger R, BigInteger S) SignSm2(byte[] hash)
    {
        var (curve, n) = (Curves.Sm2, Curves.Sm2.N);
        var (e, numbers) = (new BigInteger(1, hash), NumbersFor(n, hash));
        while (true)
        {
            var k = numbers.NextK();
            var r = e.Add(curve.G.Multiply(k).Normalize().AffineXCoord.ToBigInteger()).Mod(n);
            var s = _d.Add(BigInteger.One).ModInverse(n).Multiply(k.Subtract(r.Multiply(_d))).Mod(n);
            if (r.SignValue != 0 && s.SignValue != 0 && !r.Add(k).Equals(n))
            {
                return (r, s);
            }
        }
    }

    /// <summary>FIPS 186-5 §6.4.1.</summary>
    private (BigInteger R, BigInteger S) SignEcdsa(byte[] hash)
    {
        var (curve, n) = (Curves.P256, Curves.P256.N);
        var (e, numbers) = (new BigInteger(1, hash), NumbersFor(n, hash));
        while (true)
        {
            var k = numbers.NextK();
            var r = curve.G.Multiply(k).Normalize().AffineXCoord.ToBigInteger().Mod(n);
            var s = k.ModInverse(n).Multiply(e.Add(r.Multiply(_d))).Mod(n);
            if (r.SignValue != 0 && s.SignValue != 0)
            {
                return (r, s);
            }
        }
    }

    private HMacDsaKCalculator NumbersFor(BigInteger n, byte[] hash)
    {
        var numbers = new HMacDsaKCalculator(new Sha256Digest());
        numbers.Init(n, _d, hash);
        return numbers;
    }

    private static string Hex(BigInteger number) => Convert.ToHexStringLower(number.ToByteArrayUnsigned()).PadLeft(64, '0');
}
