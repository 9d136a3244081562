namespace CrossProvince.Core.Signatures;

/// <summary>A COSE_Sign1 that was read but not verified; slices of the caller's buffer.</summary>
public readonly struct CoseSign1Message
{
    private readonly ReadOnlyMemory<byte> _header;

    internal CoseSign1Message(SignatureAlgorithm algorithm, KeyId keyId, ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> payload, ReadOnlyMemory<byte> signature)
    {
        Algorithm = algorithm;
        KeyId = keyId;
        _header = header;
        Payload = payload;
        Signature = signature;
    }

    /// <summary>The algorithm of the protected header; must be the key's.</summary>
    public SignatureAlgorithm Algorithm { get; }

    /// <summary>Which key to try.</summary>
    public KeyId KeyId { get; }

    /// <summary>The document.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>r ‖ s, 64 bytes.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>The bytes that were signed (Sig_structure, RFC 9052 §4.4).</summary>
    /// <param name="externalAad">The kind of document that is expected.</param>
    public byte[] ToBeSigned(ReadOnlySpan<byte> externalAad) => SigStructure.ForOne(_header.Span, externalAad, Payload.Span);
}
