namespace CrossProvince.Core.Signatures;

/// <summary>Verifies with libraries only: SM2 by BouncyCastle, ESP256 by .NET.</summary>
/// <remarks>GB/T 32918.2 (SM2), RFC 9864 (ESP256). Safe for concurrent calls.</remarks>
public sealed class LibrarySignatureVerifier : ISignatureVerifier
{
    /// <inheritdoc/>
    public void VerifyMany(ReadOnlySpan<SignedMessage> items, Span<bool> results)
    {
        if (results.Length < items.Length)
        {
            throw new ArgumentException("There are fewer results than items.", nameof(results));
        }

        for (var i = 0; i < items.Length; i++)
        {
            results[i] = Verify(items[i].Key, items[i].Message.Span, items[i].Signature.Span);
        }
    }

    /// <summary>Verifies one signature.</summary>
    internal static bool Verify(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        SignatureScalars.AreInRange(key.Algorithm, signature)
        && (key.Ecdsa is { } ecdsa ? ecdsa.Verify(message, signature) : Sm2.Verify(key.Parameters, message, signature));
}
