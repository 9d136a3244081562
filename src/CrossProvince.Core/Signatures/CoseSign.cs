using System.Diagnostics.CodeAnalysis;
using System.Formats.Cbor;

namespace CrossProvince.Core.Signatures;

/// <summary>Signed documents with several signatures: tagged COSE_Sign (RFC 9052 §4.1), deterministic CBOR.</summary>
/// <remarks>The document's own headers are empty; each signature has the protected header {1 alg, 4 kid} and an empty unprotected one.</remarks>
public static class CoseSign
{
    /// <summary>Most signatures that one document may carry.</summary>
    public const int MaxSignatures = 16;

    private const CborTag Tag = (CborTag)98;

    /// <summary>Signs a payload with several keys.</summary>
    /// <param name="signers">1 to 16 signers.</param>
    /// <param name="externalAad">What kind of document it is (signed-documents.md), so that none passes for another.</param>
    /// <param name="payload">The document.</param>
    /// <returns>The tagged COSE_Sign.</returns>
    public static byte[] Sign(IReadOnlyList<ISigner> signers, ReadOnlySpan<byte> externalAad, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(signers);
        var signatures = new List<CoseSignature>(signers.Count);
        foreach (var signer in signers)
        {
            signatures.Add(SignOnce(signer, externalAad, payload));
        }

        return Encode(payload, signatures);
    }

    /// <summary>Adds one signature to a document; the others stay as they are.</summary>
    /// <param name="document">A document that <see cref="TryRead"/> reads.</param>
    /// <param name="signer">Who signs in addition.</param>
    /// <param name="externalAad">As for the other signatures.</param>
    /// <returns>The new document.</returns>
    /// <exception cref="ArgumentException">The document is not a COSE_Sign, or has 16 signatures already.</exception>
    public static byte[] AddSignature(ReadOnlyMemory<byte> document, ISigner signer, ReadOnlySpan<byte> externalAad)
    {
        ArgumentNullException.ThrowIfNull(signer);
        return TryRead(document, out var message)
            ? Encode(message.Payload.Span, [.. message.Signatures, SignOnce(signer, externalAad, message.Payload.Span)])
            : throw new ArgumentException("The document is not a tagged COSE_Sign of the expected shape.", nameof(document));
    }

    /// <summary>Puts the signatures of several copies of one document together, each once.</summary>
    /// <param name="documents">One or more that <see cref="TryRead"/> reads, over the same payload.</param>
    /// <returns>The document with all signatures, in the order in which they came.</returns>
    /// <exception cref="ArgumentException">One is not a COSE_Sign, has another payload, or there are more than 16 signatures.</exception>
    public static byte[] Combine(IReadOnlyList<ReadOnlyMemory<byte>> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ReadOnlyMemory<byte>? payload = null;
        var signatures = new List<CoseSignature>();
        for (var i = 0; i < documents.Count; i++)
        {
            if (!TryRead(documents[i], out var message))
            {
                throw new ArgumentException($"Document {i + 1} is not a tagged COSE_Sign of the expected shape.", nameof(documents));
            }

            payload ??= message.Payload;
            if (!payload.Value.Span.SequenceEqual(message.Payload.Span))
            {
                throw new ArgumentException($"Document {i + 1} is not the same as the first: its signatures are over something else.", nameof(documents));
            }

            signatures.AddRange(message.Signatures);
        }

        return Encode(payload.GetValueOrDefault().Span, [.. signatures.DistinctBy(signature => (signature.KeyId, Convert.ToHexString(signature.Signature.Span)))]);
    }

    /// <summary>Reads a document without judging its signatures.</summary>
    /// <param name="document">Exactly one document, nothing after it.</param>
    /// <param name="message">What was read, slices of <paramref name="document"/>, else null.</param>
    /// <returns>Whether the bytes have exactly the shape that <see cref="Sign"/> gives. Never throws for bad input.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> document, [NotNullWhen(true)] out CoseSignMessage? message)
    {
        message = null;
        try
        {
            var reader = new CborReader(document, CborConformanceMode.Canonical);
            if (reader.ReadTag() != Tag || reader.ReadStartArray() != 4
                || reader.ReadDefiniteLengthByteString().Length != 0 || !TryReadEmptyMap(reader))
            {
                return false;
            }

            var payload = reader.ReadDefiniteLengthByteString();
            if (reader.ReadStartArray() is not (>= 1 and <= MaxSignatures and var count))
            {
                return false;
            }

            var signatures = new CoseSignature[count];
            for (var i = 0; i < count; i++)
            {
                if (reader.ReadStartArray() != 3)
                {
                    return false;
                }

                var header = reader.ReadDefiniteLengthByteString();
                if (!ProtectedHeader.TryRead(header.Span, out var algorithm, out var keyId) || !TryReadEmptyMap(reader))
                {
                    return false;
                }

                var signature = reader.ReadDefiniteLengthByteString();
                if (signature.Length != SignedMessage.SignatureSize)
                {
                    return false;
                }

                reader.ReadEndArray();
                signatures[i] = new CoseSignature(algorithm, keyId, signature) { Header = header };
            }

            reader.ReadEndArray();
            reader.ReadEndArray();
            if (reader.BytesRemaining != 0)
            {
                return false;
            }

            message = new CoseSignMessage(payload, signatures);
            return true;
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool TryReadEmptyMap(CborReader reader)
    {
        if (reader.ReadStartMap() != 0)
        {
            return false;
        }

        reader.ReadEndMap();
        return true;
    }

    private static CoseSignature SignOnce(ISigner signer, ReadOnlySpan<byte> externalAad, ReadOnlySpan<byte> payload)
    {
        var header = ProtectedHeader.Encode(signer.PublicKey);
        var signature = new byte[SignedMessage.SignatureSize];
        signer.Sign(SigStructure.ForOneOfSeveral(header, externalAad, payload), signature);
        return new CoseSignature(signer.PublicKey.Algorithm, signer.PublicKey.Id, signature) { Header = header };
    }

    private static byte[] Encode(ReadOnlySpan<byte> payload, List<CoseSignature> signatures)
    {
        if (signatures.Count is < 1 or > MaxSignatures)
        {
            throw new ArgumentException($"A document has 1 to {MaxSignatures} signatures.", nameof(signatures));
        }

        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteTag(Tag);
        writer.WriteStartArray(4);
        writer.WriteByteString([]);
        writer.WriteStartMap(0);
        writer.WriteEndMap();
        writer.WriteByteString(payload);
        writer.WriteStartArray(signatures.Count);
        foreach (var signature in signatures)
        {
            writer.WriteStartArray(3);
            writer.WriteByteString(signature.Header.Span);
            writer.WriteStartMap(0);
            writer.WriteEndMap();
            writer.WriteByteString(signature.Signature.Span);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteEndArray();
        return writer.Encode();
    }
}
