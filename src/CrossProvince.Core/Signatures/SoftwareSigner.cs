using System.Security.Cryptography;
using CrossProvince.Core.Signatures.Signing;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Utilities;

namespace CrossProvince.Core.Signatures;

/// <summary>Signs with a private key held in memory, and verifies each signature before it leaves.</summary>
/// <remarks>GB/T 32918.2 §6 (SM2), RFC 9864 (ESP256). Safe for concurrent calls. Disposing of it zeroes the key, as far as <see cref="Sm2Signing"/> can.</remarks>
public sealed class SoftwareSigner : ISigner, IDisposable
{
    private const string PemLabel = "PRIVATE KEY";

    private readonly IPrivateKey _key;
    private volatile bool _disposed;

    /// <summary>Takes a key.</summary>
    internal SoftwareSigner(IPrivateKey key) => _key = key;

    /// <inheritdoc/>
    public PublicKey PublicKey => _key.PublicKey;

    /// <summary>Reads a private key that signs in constant time.</summary>
    /// <param name="pem">A text with one PEM block <c>PRIVATE KEY</c>: PKCS #8, unencrypted, SM2 or P-256 as named curve.</param>
    /// <exception cref="KeyFormatException">No such block, another kind of key, or a number outside its range.</exception>
    public static SoftwareSigner FromPem(string pem) => FromPem(pem, Sm2Signing.ConstantTime);

    /// <summary>Reads a private key.</summary>
    /// <param name="pem">A text with one PEM block <c>PRIVATE KEY</c>: PKCS #8, unencrypted, SM2 or P-256 as named curve.</param>
    /// <param name="signing">What signs if it is a key of SM2.</param>
    /// <exception cref="KeyFormatException">No such block, another kind of key, or a number outside its range.</exception>
    public static SoftwareSigner FromPem(string pem, Sm2Signing signing)
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
                    return new SoftwareSigner(MakeKey(algorithm, privateKey.D, signing));
                }
            }
        }

        throw new KeyFormatException("The private key is not an SM2 or P-256 key with a named curve.");
    }

    /// <summary>Makes a new private key.</summary>
    /// <param name="algorithm">What it is to sign with.</param>
    /// <returns>PKCS #8 as PEM block <c>PRIVATE KEY</c>, unencrypted, with a final line feed; <see cref="FromPem(string)"/> reads it.</returns>
    public static string Generate(SignatureAlgorithm algorithm)
    {
        var generator = new ECKeyPairGenerator();
        generator.Init(new ECKeyGenerationParameters(Curves.Of(algorithm), LibraryPrivateKey.Random));
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
    /// <exception cref="ObjectDisposedException">The signer was disposed of.</exception>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature64)
    {
        if (signature64.Length != SignedMessage.SignatureSize)
        {
            throw new ArgumentException("A signature has 64 bytes.", nameof(signature64));
        }

        ObjectDisposedException.ThrowIf(_disposed, this);

        // A fault while signing can give away the key: nothing unverified may be seen, not even in the caller's memory.
        Span<byte> signature = stackalloc byte[SignedMessage.SignatureSize];
        _key.Sign(message, signature);
        if (!_key.Verify(message, signature))
        {
            signature.Clear();
            throw new CryptographicException($"The signature of key {PublicKey.Id} did not verify.");
        }

        signature.CopyTo(signature64);
    }

    /// <summary>Zeroes the private key; the signer signs no more.</summary>
    public void Dispose()
    {
        _disposed = true;
        _key.Dispose();
    }

    private static IPrivateKey MakeKey(SignatureAlgorithm algorithm, BigInteger d, Sm2Signing signing)
    {
        // GB/T 32918.2 §6.1: d in [1, n − 2], for 1 + d must have an inverse; FIPS 186-5 allows n − 1, which no one ever draws.
        if (d.SignValue <= 0 || d.CompareTo(Curves.Of(algorithm).N.Subtract(BigInteger.Two)) > 0)
        {
            throw new KeyFormatException("The private key is outside 1 to n - 2.");
        }

        if (algorithm != SignatureAlgorithm.Sm2 || signing == Sm2Signing.BouncyCastle)
        {
            return new LibraryPrivateKey(algorithm, d);
        }

        var bytes = BigIntegers.AsUnsignedByteArray(Curves.ScalarSize, d);
        try
        {
            return new Sm2PrivateKey(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
