using System.Formats.Cbor;

namespace CrossProvince.Core.Signatures;

/// <summary>Signed documents with one signature: tagged COSE_Sign1 (RFC 9052 §4.2), deterministic CBOR.</summary>
/// <remarks>Protected header {1 alg, 4 kid}, unprotected header empty, payload embedded.</remarks>
public static class CoseSign1
{
    private const CborTag Tag = (CborTag)18;

    /// <summary>Signs a payload.</summary>
    /// <param name="signer">Gives the algorithm, the key id and the signature.</param>
    /// <param name="externalAad">What kind of document it is (signed-documents.md), so that none passes for another.</param>
    /// <param name="payload">The document.</param>
    /// <returns>The tagged COSE_Sign1.</returns>
    public static byte[] Sign(ISigner signer, ReadOnlySpan<byte> externalAad, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(signer);
        return Sign(signer, ProtectedHeader.Encode(signer.PublicKey), externalAad, payload);
    }

    /// <summary>Signs under a protected header of another kind than those of this federation's own documents.</summary>
    internal static byte[] Sign(ISigner signer, ReadOnlySpan<byte> header, ReadOnlySpan<byte> externalAad, ReadOnlySpan<byte> payload)
    {
        Span<byte> signature = stackalloc byte[SignedMessage.SignatureSize];
        signer.Sign(SigStructure.ForOne(header, externalAad, payload), signature);

        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteTag(Tag);
        writer.WriteStartArray(4);
        writer.WriteByteString(header);
        writer.WriteStartMap(0);
        writer.WriteEndMap();
        writer.WriteByteString(payload);
        writer.WriteByteString(signature);
        writer.WriteEndArray();
        return writer.Encode();
    }

    /// <summary>Reads a message without judging its signature.</summary>
    /// <param name="message">Exactly one message, nothing after it.</param>
    /// <param name="decoded">Slices of <paramref name="message"/>, else default.</param>
    /// <returns>Whether the bytes have exactly the shape that <see cref="Sign(ISigner, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/> gives. Never throws for bad input.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> message, out CoseSign1Message decoded)
    {
        decoded = default;
        try
        {
            var reader = new CborReader(message, CborConformanceMode.Canonical);
            if (reader.ReadTag() != Tag || reader.ReadStartArray() != 4)
            {
                return false;
            }

            var header = reader.ReadDefiniteLengthByteString();
            var unprotected = reader.ReadStartMap();
            if (unprotected != 0 || !ProtectedHeader.TryRead(header.Span, out var algorithm, out var keyId))
            {
                return false;
            }

            reader.ReadEndMap();
            var payload = reader.ReadDefiniteLengthByteString();
            var signature = reader.ReadDefiniteLengthByteString();
            reader.ReadEndArray();
            if (signature.Length != SignedMessage.SignatureSize || reader.BytesRemaining != 0)
            {
                return false;
            }

            decoded = new CoseSign1Message(algorithm, keyId, header, payload, signature);
            return true;
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException)
        {
            return false;
        }
    }
}
