using System.Formats.Cbor;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Trust;

/// <summary>A change of roots as it travels: a COSE_Sign of enough of the roots before and of the new ones.</summary>
public static class RootChangeDocument
{
    /// <summary>Most bytes of a document that are looked at: 8 keys and 16 signatures take a third.</summary>
    public const int MaxBytes = 8192;

    /// <summary>What its signatures are bound to besides the payload.</summary>
    public static ReadOnlySpan<byte> ExternalAad => "CP1-ROOTS"u8;

    /// <summary>The payload to be signed: deterministic CBOR.</summary>
    public static byte[] EncodePayload(RootChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartMap(4);
        writer.WriteTextString("generation");
        writer.WriteInt32(change.Generation);
        writer.WriteTextString("threshold");
        writer.WriteInt32(change.Threshold);
        writer.WriteTextString("iat");
        writer.WriteInt64(change.IssuedAt);
        writer.WriteTextString("keys");
        writer.WriteStartArray(change.Keys.Count);
        foreach (var key in change.Keys)
        {
            writer.WriteByteString(key.Spki.Span);
        }

        writer.WriteEndArray();
        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>Reads a payload; nobody need have signed it.</summary>
    /// <exception cref="TrustListException">It is none, or breaks a rule.</exception>
    public static RootChange DecodePayload(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return CborFields.Read(payload, Read);
        }
        catch (CborContentException e)
        {
            throw new TrustListException($"The change of roots is refused: {e.Message}.", e);
        }
    }

    /// <summary>Reads a document; its signatures are not judged.</summary>
    /// <exception cref="TrustListException">It is none, or breaks a rule.</exception>
    public static RootChange Decode(ReadOnlyMemory<byte> document) => DecodePayload(Message(document).Payload);

    /// <summary>Checks that enough of the roots before and of the new ones have signed.</summary>
    /// <param name="document">Tagged COSE_Sign.</param>
    /// <param name="before">The roots before.</param>
    /// <returns>The new roots.</returns>
    /// <exception cref="TrustListException">Too few of either have, or a rule is broken; the message says what.</exception>
    public static TrustRoots Open(ReadOnlyMemory<byte> document, TrustRoots before)
    {
        ArgumentNullException.ThrowIfNull(before);
        var message = Message(document);
        var change = DecodePayload(message.Payload);
        RootSignatures.Require(message, ExternalAad, before, $"The change to roots of generation {change.Generation}, by the roots before,");
        RootSignatures.Require(message, ExternalAad, change.Roots, $"The change to roots of generation {change.Generation}, by the new roots,");
        return change.Roots;
    }

    /// <summary>Which of some keys have signed a document.</summary>
    /// <exception cref="TrustListException">It is no COSE_Sign message.</exception>
    public static IReadOnlyList<PublicKey> WhoSigned(ReadOnlyMemory<byte> document, IEnumerable<PublicKey> keys) => RootSignatures.WhoSigned(Message(document), ExternalAad, keys);

    private static CoseSignMessage Message(ReadOnlyMemory<byte> document) => document.Length <= MaxBytes && CoseSign.TryRead(document, out var message)
        ? message
        : throw new TrustListException("The change of roots is not a COSE_Sign message.");

    private static RootChange Read(CborReader reader)
    {
        int? generation = null;
        int? threshold = null;
        long? issuedAt = null;
        List<PublicKey>? keys = null;
        reader.ReadMap(field =>
        {
            switch (field)
            {
                case "generation":
                    generation = reader.ReadInt(0, int.MaxValue);
                    return true;
                case "threshold":
                    threshold = reader.ReadInt(0, int.MaxValue);
                    return true;
                case "iat":
                    issuedAt = reader.ReadInstant();
                    return true;
                case "keys":
                    keys = reader.ReadArray(RootChange.MaxKeys, () => PublicKey.FromSpki(reader.ReadDefiniteLengthByteString().Span));
                    return true;
                default:
                    return false;
            }
        });
        return new RootChange(
            CborFields.Need(generation, "generation"), CborFields.Need(threshold, "threshold"), CborFields.Need(issuedAt, "iat"), CborFields.Need(keys, "keys"));
    }
}
