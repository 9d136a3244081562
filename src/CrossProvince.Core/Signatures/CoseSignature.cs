namespace CrossProvince.Core.Signatures;

/// <summary>One signature of a COSE_Sign that was read but not verified.</summary>
/// <param name="Algorithm">The algorithm of its protected header; must be the key's.</param>
/// <param name="KeyId">Which key to try.</param>
/// <param name="Signature">r ‖ s, 64 bytes.</param>
public readonly record struct CoseSignature(SignatureAlgorithm Algorithm, KeyId KeyId, ReadOnlyMemory<byte> Signature)
{
    internal ReadOnlyMemory<byte> Header { get; init; }
}
