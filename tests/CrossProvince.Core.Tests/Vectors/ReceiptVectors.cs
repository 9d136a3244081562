using System.Text.Json.Nodes;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Tests;
using static CrossProvince.Core.Tests.Vectors.DocumentVector;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>receipts.json.</summary>
internal static class ReceiptVectors
{
    private static readonly VerificationReceipt s_valid = new()
    {
        VerificationId = "01234567-89ab-7cde-8f01-23456789abcd",
        TimeMs = VectorWorld.Now * 1000,
        Verifier = "urn:crossprovince:110000:verifier:11110000XXXXXX902M",
        Terminal = "window-3",
        Issuer = VectorWorld.Tianjin,
        List = 0,
        Index = 3,
        Scenario = 1,
        Matter = "000123456789",
        Verdict = Verdict.Valid,
        AsOfMs = IndexVector.HeadTime,
        TrustListVersion = 7,
        Disclosed = ["holder.name", "number"],
    };

    private static readonly VerificationReceipt s_undetermined = s_valid with
    {
        Issuer = null,
        List = null,
        Index = null,
        Scenario = null,
        Matter = null,
        AsOfMs = null,
        Verdict = Verdict.Undetermined,
        Reason = UndeterminedReason.Clock,
        Disclosed = [],
    };

    internal static JsonObject Make()
    {
        var payload = VerificationReceiptDocument.EncodePayload(s_valid);
        byte[] Signed(byte[] content, string key = "beijing-receipt") => Sign(key, VerificationReceiptDocument.ExternalAad, content);
        return File(
            "Receipts of the node of 110000, read at now (Unix seconds). text is the form of printed records.",
            Taken("receipt", "A verification with every field.", Signed(payload), s_valid),
            Taken("receipt-undetermined", "A verification of a code that could not be judged: no part of the code.", Signed(VerificationReceiptDocument.EncodePayload(s_undetermined)), s_undetermined),
            Taken("receipt-newer", "Map keys that this version does not know: they are ignored.", Signed(NewerMap.Of(payload)), s_valid),
            Refused("receipt-by-index-key", "The region's index key signed it: a key has one use.", Signed(payload, "beijing-index")),
            Refused("receipt-by-another-region", "Tianjin's receipt key signed it.", Signed(payload, "tianjin-receipt")),
            Refused("receipt-before-its-key", "Of a time when its key did not sign yet.", Signed(VerificationReceiptDocument.EncodePayload(s_valid with { TimeMs = (VectorWorld.From * 1000L) - 1 }))),
            Refused("receipt-signed-as-a-head", "Signed under external_aad CP1-HEAD.", Sign("beijing-receipt", StatusHeadDocument.ExternalAad, payload)),
            Refused("receipt-changed", "The verdict after it was signed.", Changed(Signed(payload))),
            Refused("receipt-without-verdict", "A field that must be there is another.", Signed(WithOtherKey(payload))));
    }

    private static JsonObject Taken(string id, string why, byte[] document, VerificationReceipt receipt)
    {
        var content = Accepted(
            ("verificationId", receipt.VerificationId), ("time", receipt.TimeMs), ("verifier", receipt.Verifier), ("terminal", receipt.Terminal), ("verdict", (int)receipt.Verdict),
            ("trustVersion", receipt.TrustListVersion), ("disclosed", new JsonArray([.. receipt.Disclosed.Select(field => JsonValue.Create(field))])));
        foreach (var (name, value) in new (string, JsonNode?)[]
        {
            ("issuer", receipt.Issuer?.ToString()), ("list", receipt.List), ("index", receipt.Index), ("scenario", receipt.Scenario), ("matter", receipt.Matter), ("asOf", receipt.AsOfMs),
            ("reason", receipt.Reason == UndeterminedReason.None ? null : (int)receipt.Reason),
        })
        {
            if (value is not null)
            {
                content[name] = value;
            }
        }

        return Of(id, why, document, content, Given(document));
    }

    private static JsonObject Refused(string id, string why, byte[] document) => Of(id, why, document, null, Given(document));

    private static (string Name, JsonNode? Value)[] Given(byte[] document) => [("now", VectorWorld.Now + 60), ("text", VerificationReceiptText.Write(document))];

    /// <summary>VALID becomes MALFORMED: 1 becomes 10 behind the word verdict.</summary>
    private static byte[] Changed(byte[] document)
    {
        document[document.AsSpan().IndexOf("verdict"u8) + "verdict".Length] = 10;
        return document;
    }

    private static byte[] WithOtherKey(byte[] payload)
    {
        "verdikt"u8.CopyTo(payload.AsSpan(payload.AsSpan().IndexOf("verdict"u8)));
        return payload;
    }
}
