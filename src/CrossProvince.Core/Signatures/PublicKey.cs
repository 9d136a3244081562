using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;

namespace CrossProvince.Core.Signatures;

/// <summary>A public key of SM2 or P-256, checked when it was read: on its curve, both coordinates below p, not infinity.</summary>
/// <remarks>Immutable and safe for concurrent use. Two keys are equal when their SubjectPublicKeyInfo is.</remarks>
public sealed class PublicKey : IEquatable<PublicKey>
{
    private const string PemLabel = "PUBLIC KEY";

    // Both curves have 32-byte coordinates and 8-byte identifiers, so that only one DER encoding of each kind of key exists:
    // SEQUENCE { SEQUENCE { id-ecPublicKey, curve }, BIT STRING { 04 x y } }.
    private static ReadOnlySpan<byte> Sm2Prefix =>
        [0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x82, 0x2D, 0x03, 0x42, 0x00, 0x04];

    private static ReadOnlySpan<byte> P256Prefix =>
        [0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04];

    private readonly byte[] _spki;

    private PublicKey(SignatureAlgorithm algorithm, byte[] spki)
    {
        _spki = spki;
        Algorithm = algorithm;
        Id = KeyId.Compute(spki);

        var point = spki.AsSpan(Sm2Prefix.Length);
        var x = point[..Curves.ScalarSize];
        var y = point[Curves.ScalarSize..];
        var domain = Curves.Of(algorithm);
        try
        {
            Parameters = new ECPublicKeyParameters(domain.Curve.ValidatePoint(new BigInteger(1, x), new BigInteger(1, y)), domain);
        }
        catch (ArgumentException e)
        {
            throw new KeyFormatException("The public key is not a point of its curve.", e);
        }

        if (algorithm == SignatureAlgorithm.Esp256)
        {
            Ecdsa = new EcdsaPool(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x.ToArray(), Y = y.ToArray() } });
        }
    }

    /// <summary>The one algorithm this key is for, given by its curve.</summary>
    public SignatureAlgorithm Algorithm { get; }

    /// <summary>SubjectPublicKeyInfo: 91 bytes of DER, named curve, uncompressed point.</summary>
    public ReadOnlyMemory<byte> Spki => _spki;

    /// <summary>The id that codes and documents name the key by.</summary>
    public KeyId Id { get; }

    /// <summary>The point on the fast curve.</summary>
    internal ECPublicKeyParameters Parameters { get; }

    /// <summary>Verifiers of a P-256 key, else null.</summary>
    internal EcdsaPool? Ecdsa { get; }

    /// <summary>Reads a key from its SubjectPublicKeyInfo.</summary>
    /// <param name="der">Exactly one DER SubjectPublicKeyInfo, nothing after it.</param>
    /// <exception cref="KeyFormatException">Not an SM2 or P-256 key, compressed, with explicit curve parameters, or not a point of the curve.</exception>
    public static PublicKey FromSpki(ReadOnlySpan<byte> der)
    {
        if (der.Length == Sm2Prefix.Length + (2 * Curves.ScalarSize))
        {
            if (der.StartsWith(Sm2Prefix))
            {
                return new PublicKey(SignatureAlgorithm.Sm2, der.ToArray());
            }

            if (der.StartsWith(P256Prefix))
            {
                return new PublicKey(SignatureAlgorithm.Esp256, der.ToArray());
            }
        }

        throw new KeyFormatException("Not the SubjectPublicKeyInfo of an SM2 or P-256 key with a named curve and an uncompressed point.");
    }

    /// <summary>Reads a key from a text with one PEM block <c>PUBLIC KEY</c>.</summary>
    /// <param name="pem">The text.</param>
    /// <exception cref="KeyFormatException">No such block, or <see cref="FromSpki"/> refuses its content.</exception>
    public static PublicKey FromPem(string pem) => FromSpki(Pem.Read(pem, PemLabel));

    /// <summary>Writes the key as PEM block <c>PUBLIC KEY</c>, with a final line feed.</summary>
    public string ToPem() => PemEncoding.WriteString(PemLabel, _spki) + "\n";

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] PublicKey? other) => other is not null && _spki.AsSpan().SequenceEqual(other._spki);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((int)Id.Value);

    /// <summary>The algorithm and the key id.</summary>
    public override string ToString() => $"{Algorithm} {Id}";

    /// <summary>The key of a point that was computed, not read.</summary>
    internal static PublicKey FromPoint(SignatureAlgorithm algorithm, Org.BouncyCastle.Math.EC.ECPoint point) =>
        new(algorithm, [.. algorithm == SignatureAlgorithm.Sm2 ? Sm2Prefix : P256Prefix, .. point.Normalize().GetEncoded(false).AsSpan(1)]);
}
