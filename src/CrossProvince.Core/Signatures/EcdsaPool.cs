using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace CrossProvince.Core.Signatures;

/// <summary>ECDSA with SHA-256 under one P-256 key, for concurrent callers.</summary>
/// <remarks>.NET does not promise that one <see cref="ECDsa"/> may serve two threads at a time, and importing a key costs more
/// than a verification: each call borrows an instance, so that there are as many as were ever busy at once.</remarks>
internal sealed class EcdsaPool(ECParameters parameters)
{
    private const DSASignatureFormat Format = DSASignatureFormat.IeeeP1363FixedFieldConcatenation;

    private readonly ConcurrentBag<ECDsa> _idle = [];

    /// <summary>Whether r ‖ s signs the message.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var ecdsa = Borrow();
        try
        {
            return ecdsa.VerifyData(message, signature, HashAlgorithmName.SHA256, Format);
        }
        finally
        {
            _idle.Add(ecdsa);
        }
    }

    /// <summary>Writes r ‖ s, 64 bytes.</summary>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        var ecdsa = Borrow();
        try
        {
            if (!ecdsa.TrySignData(message, signature, HashAlgorithmName.SHA256, Format, out var written) || written != signature.Length)
            {
                throw new CryptographicException("ECDSA gave a signature of unexpected length.");
            }
        }
        finally
        {
            _idle.Add(ecdsa);
        }
    }

    private ECDsa Borrow() => _idle.TryTake(out var ecdsa) ? ecdsa : ECDsa.Create(parameters);
}
