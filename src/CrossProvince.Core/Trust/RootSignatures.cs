using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Trust;

/// <summary>Which root keys have signed a document of theirs.</summary>
internal static class RootSignatures
{
    private static readonly LibrarySignatureVerifier s_verifier = new();

    /// <summary>The keys of which a document has a good signature, each once.</summary>
    internal static IReadOnlyList<PublicKey> WhoSigned(CoseSignMessage message, ReadOnlySpan<byte> externalAad, IEnumerable<PublicKey> keys)
    {
        var signed = new List<PublicKey>();
        foreach (var key in keys.Distinct())
        {
            if (HasSigned(message, externalAad, key))
            {
                signed.Add(key);
            }
        }

        return signed;
    }

    /// <summary>Demands that enough of the roots have signed.</summary>
    /// <exception cref="TrustListException">Too few have.</exception>
    internal static void Require(CoseSignMessage message, ReadOnlySpan<byte> externalAad, TrustRoots roots, string document)
    {
        var signed = WhoSigned(message, externalAad, roots.Keys).Count;
        if (signed < roots.Threshold)
        {
            throw new TrustListException($"{document} has good signatures of {signed} root keys; {roots.Threshold} are needed.");
        }
    }

    private static bool HasSigned(CoseSignMessage message, ReadOnlySpan<byte> externalAad, PublicKey root)
    {
        var items = new List<SignedMessage>();
        foreach (var signature in message.Signatures)
        {
            if (signature.KeyId == root.Id && signature.Algorithm == root.Algorithm)
            {
                items.Add(new SignedMessage(root, message.ToBeSigned(signature, externalAad), signature.Signature));
            }
        }

        var results = new bool[items.Count];
        s_verifier.VerifyMany([.. items], results);
        return results.Contains(true);
    }
}
