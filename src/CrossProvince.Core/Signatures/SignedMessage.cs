namespace CrossProvince.Core.Signatures;

/// <summary>One signature to be verified.</summary>
/// <param name="Key">The key it claims.</param>
/// <param name="Message">The signed bytes themselves, not their hash.</param>
/// <param name="Signature">r ‖ s, 64 bytes, big endian.</param>
public readonly record struct SignedMessage(PublicKey Key, ReadOnlyMemory<byte> Message, ReadOnlyMemory<byte> Signature)
{
    /// <summary>Length of a signature of either algorithm, in bytes.</summary>
    public const int SignatureSize = 64;
}
