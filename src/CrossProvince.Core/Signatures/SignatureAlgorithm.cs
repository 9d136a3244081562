namespace CrossProvince.Core.Signatures;

/// <summary>The two signature algorithms, by their COSE numbers.</summary>
/// <remarks>On the wire: append only.</remarks>
public enum SignatureAlgorithm
{
    /// <summary>SM2 with SM3 (GB/T 32918.2, identity <c>1234567812345678</c>); a private-use number, COSE has none registered.</summary>
    Sm2 = -65537,

    /// <summary>ECDSA over P-256 with SHA-256 (RFC 9864).</summary>
    Esp256 = -9,
}
