using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Prng;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;

namespace CrossProvince.Core.Signatures;

/// <summary>Signs with a private key held in memory, and verifies each signature before it leaves.</summary>
/// <remarks>GB/T 32918.2 §6 (SM2), RFC 9864 (ESP256). Safe for concurrent calls.</remarks>
public sealed class SoftwareSigner : ISigner
{
    private const string PemLabel = "PRIVATE KEY";

    private static readonly SecureRandom s_random = new(new CryptoApiRandomGenerator());

    private readonly ParametersWithRandom _privateKey;
    private readonly EcdsaPool? _ecdsa;

    private SoftwareSigner(SignatureAlgorithm algorithm, BigInteger d)
    {
        var domain = Curves.Of(algorithm);

        // GB/T 32918.2 §6.1: d in [1, n − 2], for 1 + d must have an inverse; FIPS 186-5 allows n − 1, which no one ever draws.
        if (d.SignValue <= 0 || d.CompareTo(domain.N.Subtract(BigInteger.Two)) > 0)
        {
            throw new KeyFormatException("The private key is outside 1 to n - 2.");
        }

        PublicKey = PublicKey.FromPoint(algorithm, domain.G.Multiply(d));
        _privateKey = new ParametersWithRandom(new ECPrivateKeyParameters(d, domain), s_random);
        if (algorithm == SignatureAlgorithm.Esp256)
        {
            var point = PublicKey.Parameters.Q;
            _ecdsa = new EcdsaPool(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                D = Org.BouncyCastle.Utilities.BigIntegers.AsUnsignedByteArray(Curves.ScalarSize, d),
                Q = new ECPoint { X = point.AffineXCoord.GetEncoded(), Y = point.AffineYCoord.GetEncoded() },
            });
        }
    }

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <summary>Reads a private key.</summary>
    /// <param name="pem">A text with one PEM block <c>PRIVATE KEY</c>: PKCS #8, unencrypted, SM2 or P-256 as named curve.</param>
    /// <exception cref="KeyFormatException">No such block, another kind of key, or a number outside its range.</exception>
    public static SoftwareSigner FromPem(string pem)
    {
        var der = Pem.Read(pem, PemLabel);
        AsymmetricKeyParameter key;
        try
        {
            key = PrivateKeyFactory.CreateKey(der);
        }
        catch (Exception e)
        {
            // BouncyCastle's parser throws exceptions of many kinds at bad input.
            throw new KeyFormatException("The PEM block 'PRIVATE KEY' is not a PKCS #8 private key.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }

        if (key is ECPrivateKeyParameters { PublicKeyParamSet: { } curve } privateKey)
        {
            foreach (var algorithm in Enum.GetValues<SignatureAlgorithm>())
            {
                if (curve.Equals(Curves.Of(algorithm).Name))
                {
                    return new SoftwareSigner(algorithm, privateKey.D);
                }
            }
        }

        throw new KeyFormatException("The private key is not an SM2 or P-256 key with a named curve.");
    }

    /// <summary>Makes a new private key.</summary>
    /// <param name="algorithm">What it is to sign with.</param>
    /// <returns>PKCS #8 as PEM block <c>PRIVATE KEY</c>, unencrypted, with a final line feed; <see cref="FromPem"/> reads it.</returns>
    public static string Generate(SignatureAlgorithm algorithm)
    {
        var generator = new ECKeyPairGenerator();
        generator.Init(new ECKeyGenerationParameters(Curves.Of(algorithm), s_random));
        var der = PrivateKeyInfoFactory.CreatePrivateKeyInfo(generator.GenerateKeyPair().Private).GetDerEncoded();
        try
        {
            return PemEncoding.WriteString(PemLabel, der) + "\n";
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }

    /// <inheritdoc/>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature64)
    {
        if (signature64.Length != SignedMessage.SignatureSize)
        {
            throw new ArgumentException("A signature has 64 bytes.", nameof(signature64));
        }

        if (_ecdsa is not null)
        {
            _ecdsa.Sign(message, signature64);
        }
        else
        {
            Sm2.Sign(_privateKey, message, signature64);
        }

        // A fault while signing can give away the key.
        if (!LibrarySignatureVerifier.Verify(PublicKey, message, signature64))
        {
            signature64.Clear();
            throw new CryptographicException($"The signature of key {PublicKey.Id} did not verify.");
        }
    }
}
