namespace CrossProvince.Core.Signatures;

/// <summary>A COSE_Sign that was read but not verified; slices of the caller's buffer.</summary>
public sealed class CoseSignMessage
{
    internal CoseSignMessage(ReadOnlyMemory<byte> payload, IReadOnlyList<CoseSignature> signatures)
    {
        Payload = payload;
        Signatures = signatures;
    }

    /// <summary>The document.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>Its signatures, one or more; the same key may occur twice and must then be counted once.</summary>
    public IReadOnlyList<CoseSignature> Signatures { get; }

    /// <summary>The bytes that one of the signatures is over (Sig_structure, RFC 9052 §4.4).</summary>
    /// <param name="signature">One of <see cref="Signatures"/>.</param>
    /// <param name="externalAad">The kind of document that is expected.</param>
    public byte[] ToBeSigned(CoseSignature signature, ReadOnlySpan<byte> externalAad) =>
        SigStructure.ForOneOfSeveral(signature.Header.Span, externalAad, Payload.Span);
}
