using Org.BouncyCastle.Asn1.GM;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;

namespace CrossProvince.Core.Signatures;

/// <summary>The two curves, in the implementation that BouncyCastle runs fastest.</summary>
/// <remarks>Keys decoded by BouncyCastle itself carry a generic curve, eight times slower: every key is rebound to these.</remarks>
internal static class Curves
{
    /// <summary>Length of a coordinate and of a scalar, in bytes.</summary>
    public const int ScalarSize = 32;

    /// <summary>sm2p256v1 (GB/T 32918.5).</summary>
    public static ECNamedDomainParameters Sm2 { get; } = new(GMObjectIdentifiers.sm2p256v1, CustomNamedCurves.GetByName("sm2p256v1"));

    /// <summary>P-256 (FIPS 186-5), secp256r1.</summary>
    public static ECNamedDomainParameters P256 { get; } = new(X9ObjectIdentifiers.Prime256v1, CustomNamedCurves.GetByName("secp256r1"));

    /// <summary>The curve of an algorithm.</summary>
    public static ECNamedDomainParameters Of(SignatureAlgorithm algorithm) => algorithm switch
    {
        SignatureAlgorithm.Sm2 => Sm2,
        SignatureAlgorithm.Esp256 => P256,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Neither SM2 nor ESP256."),
    };
}
