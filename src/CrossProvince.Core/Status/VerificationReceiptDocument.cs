using System.Formats.Cbor;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Status;

/// <summary>A verification receipt as it travels: a COSE_Sign1 of the verifying node's receipt key (docs/signed-documents.md).</summary>
public static class VerificationReceiptDocument
{
    /// <summary>Most bytes of a document that are looked at.</summary>
    public const int MaxBytes = 16_384;

    private const int MaxTextLength = 256;
    private const int MaxDisclosed = 64;

    /// <summary>What its signature is bound to besides the payload.</summary>
    public static ReadOnlySpan<byte> ExternalAad => "CP1-RCPT"u8;

    /// <summary>The payload to be signed: deterministic CBOR; what is null is left out.</summary>
    public static byte[] EncodePayload(VerificationReceipt receipt)
    {
        var texts = new (string Field, string? Value)[]
        {
            ("verification_id", receipt.VerificationId),
            ("verifier", receipt.Verifier),
            ("terminal", receipt.Terminal),
            ("iss", receipt.Issuer?.ToString()),
            ("matter", receipt.Matter),
        };
        var numbers = new (string Field, long? Value)[]
        {
            ("time", receipt.TimeMs),
            ("list", receipt.List),
            ("index", receipt.Index),
            ("scenario", receipt.Scenario),
            ("verdict", (int)receipt.Verdict),
            ("reason", receipt.Reason == UndeterminedReason.None ? null : (int)receipt.Reason),
            ("as_of", receipt.AsOfMs),
            ("trust_version", receipt.TrustListVersion),
        };
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartMap(texts.Count(text => text.Value is not null) + numbers.Count(number => number.Value is not null) + 1);
        foreach (var (field, value) in texts)
        {
            if (value is not null)
            {
                writer.WriteTextString(field);
                writer.WriteTextString(value);
            }
        }

        foreach (var (field, value) in numbers)
        {
            if (value is { } number)
            {
                writer.WriteTextString(field);
                writer.WriteInt64(number);
            }
        }

        writer.WriteTextString("disclosed");
        writer.WriteStartArray(receipt.Disclosed.Count);
        foreach (var field in receipt.Disclosed)
        {
            writer.WriteTextString(field);
        }

        writer.WriteEndArray();
        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>Signs a receipt.</summary>
    /// <param name="receipt">The receipt; texts of at most 256 characters.</param>
    /// <param name="receiptKey">The verifying node's receipt key.</param>
    public static byte[] Sign(VerificationReceipt receipt, ISigner receiptKey) => CoseSign1.Sign(receiptKey, ExternalAad, EncodePayload(receipt));

    /// <summary>Checks the signature and reads the receipt.</summary>
    /// <param name="document">Tagged COSE_Sign1.</param>
    /// <param name="trust">The trust list.</param>
    /// <param name="region">The region whose node verified.</param>
    /// <param name="nowUnixSeconds">Unix seconds.</param>
    /// <exception cref="StatusDocumentException">Not signed by a receipt key of that region, or malformed.</exception>
    public static VerificationReceipt Open(ReadOnlyMemory<byte> document, TrustList trust, RegionCode region, long nowUnixSeconds)
    {
        TrustedKey? key = null;
        ReadOnlyMemory<byte> payload = default;
        var reason = document.Length > MaxBytes
            ? $"it has {document.Length} bytes"
            : SignedDocument.Open(document, ExternalAad, trust, region, KeyUse.Receipt, nowUnixSeconds, out payload, out key);
        if (reason is not null)
        {
            throw new StatusDocumentException($"The receipt is refused: {reason}.");
        }

        try
        {
            var receipt = CborFields.Read(payload, ReadReceipt);
            return key!.MaySignAt(receipt.TimeMs / 1000) ? receipt : throw new StatusDocumentException("The receipt is refused: its key didn't sign at that time.");
        }
        catch (CborContentException e)
        {
            throw new StatusDocumentException($"The receipt is refused: {e.Message}.", e);
        }
    }

    private static VerificationReceipt ReadReceipt(CborReader reader)
    {
        var texts = new Dictionary<string, string>();
        var numbers = new Dictionary<string, long>();
        List<string>? disclosed = null;
        reader.ReadMap(field =>
        {
            switch (field)
            {
                case "verification_id" or "verifier" or "terminal" or "iss" or "matter":
                    texts[field] = reader.ReadText(MaxTextLength);
                    return true;
                case "list" or "scenario":
                    numbers[field] = reader.ReadInt(0, ushort.MaxValue);
                    return true;
                case "index":
                    numbers[field] = reader.ReadInt(0, StatusList.Capacity - 1);
                    return true;
                case "verdict" or "reason":
                    numbers[field] = reader.ReadInt(1, byte.MaxValue);
                    return true;
                case "time" or "as_of":
                    numbers[field] = reader.ReadInstant();
                    return true;
                case "trust_version":
                    numbers[field] = reader.ReadLong(1, long.MaxValue);
                    return true;
                case "disclosed":
                    disclosed = reader.ReadArray(MaxDisclosed, () => reader.ReadText(MaxTextLength));
                    return true;
                default:
                    return false;
            }
        });

        string? Text(string field) => texts.GetValueOrDefault(field);
        long? Number(string field) => numbers.TryGetValue(field, out var number) ? number : null;
        return new VerificationReceipt
        {
            VerificationId = CborFields.Need(Text("verification_id"), "verification_id"),
            TimeMs = CborFields.Need(Number("time"), "time"),
            Verifier = CborFields.Need(Text("verifier"), "verifier"),
            Terminal = CborFields.Need(Text("terminal"), "terminal"),
            Issuer = Text("iss") is { } issuer ? RegionCode.Parse(issuer) : null,
            List = (int?)Number("list"),
            Index = (int?)Number("index"),
            Scenario = (int?)Number("scenario"),
            Matter = Text("matter"),
            Verdict = (Verdict)CborFields.Need(Number("verdict"), "verdict"),
            Reason = (UndeterminedReason)(Number("reason") ?? 0),
            AsOfMs = Number("as_of"),
            TrustListVersion = CborFields.Need(Number("trust_version"), "trust_version"),
            Disclosed = CborFields.Need(disclosed, "disclosed"),
        };
    }
}
