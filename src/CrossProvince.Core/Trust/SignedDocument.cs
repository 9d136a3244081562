using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Trust;

/// <summary>Checks the one signature of a document that a region's key of one use signed.</summary>
internal static class SignedDocument
{
    private static readonly LibrarySignatureVerifier s_verifier = new();

    /// <summary>Finds the key that signed.</summary>
    /// <returns>Null if it did; else why the document is refused.</returns>
    internal static string? Open(ReadOnlyMemory<byte> document, ReadOnlySpan<byte> externalAad, TrustList trust, RegionCode region, KeyUse use, long nowUnixSeconds, out ReadOnlyMemory<byte> payload, out TrustedKey? signer)
    {
        payload = default;
        signer = null;
        if (!CoseSign1.TryRead(document, out var message))
        {
            return "it is not a COSE_Sign1 message";
        }

        var keys = trust.FindKeys(region, message.KeyId, use);
        if (keys.IsEmpty)
        {
            return $"region {region} has no key {message.KeyId} for this use";
        }

        var signed = message.ToBeSigned(externalAad);
        Span<bool> holds = stackalloc bool[1];
        foreach (var key in keys)
        {
            if (key.Key.Algorithm == message.Algorithm && key.MayVerifyAt(nowUnixSeconds))
            {
                s_verifier.VerifyMany([new SignedMessage(key.Key, signed, message.Signature)], holds);
                if (holds[0])
                {
                    payload = message.Payload;
                    signer = key;
                    return null;
                }
            }
        }

        return $"no key {message.KeyId} of region {region} that is good now has signed it";
    }
}
