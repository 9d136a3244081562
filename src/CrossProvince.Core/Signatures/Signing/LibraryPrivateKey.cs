using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Prng;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Utilities;

namespace CrossProvince.Core.Signatures.Signing;

/// <summary>A private key that libraries sign with: SM2 by BouncyCastle, ESP256 by .NET.</summary>
/// <remarks>BouncyCastle keeps d as a number that can't be wiped and does not promise constant time.</remarks>
internal sealed class LibraryPrivateKey : IPrivateKey
{
    private readonly ParametersWithRandom _sm2;
    private readonly EcdsaPool? _ecdsa;

    /// <summary>Takes a key.</summary>
    /// <param name="algorithm">What it signs with.</param>
    /// <param name="d">1 to n − 2.</param>
    public LibraryPrivateKey(SignatureAlgorithm algorithm, BigInteger d)
    {
        var domain = Curves.Of(algorithm);
        PublicKey = PublicKey.FromPoint(algorithm, domain.G.Multiply(d));
        _sm2 = new ParametersWithRandom(new ECPrivateKeyParameters(d, domain), Random);
        if (algorithm == SignatureAlgorithm.Esp256)
        {
            var point = PublicKey.Parameters.Q;
            _ecdsa = new EcdsaPool(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                D = BigIntegers.AsUnsignedByteArray(Curves.ScalarSize, d),
                Q = new ECPoint { X = point.AffineXCoord.GetEncoded(), Y = point.AffineYCoord.GetEncoded() },
            });
        }
    }

    /// <summary>The system's randomness as BouncyCastle takes it.</summary>
    public static SecureRandom Random { get; } = new(new CryptoApiRandomGenerator());

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <inheritdoc/>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        if (_ecdsa is not null)
        {
            _ecdsa.Sign(message, signature);
        }
        else
        {
            Sm2.Sign(_sm2, message, signature);
        }
    }

    /// <inheritdoc/>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => LibrarySignatureVerifier.Verify(PublicKey, message, signature);

    /// <summary>Does nothing: what libraries hold can't be wiped.</summary>
    public void Dispose()
    {
    }
}
