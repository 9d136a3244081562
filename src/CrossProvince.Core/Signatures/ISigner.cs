using System.Security.Cryptography;

namespace CrossProvince.Core.Signatures;

/// <summary>A private key that signs and never leaves its keeper: software here, a hardware security module in production.</summary>
/// <remarks>Safe for concurrent calls.</remarks>
public interface ISigner
{
    /// <summary>The public half; its algorithm is the signer's.</summary>
    PublicKey PublicKey { get; }

    /// <summary>Signs a message.</summary>
    /// <param name="message">The message itself; the signer hashes it.</param>
    /// <param name="signature64">Receives r ‖ s; exactly 64 bytes.</param>
    /// <exception cref="ArgumentException">The signature's place is not 64 bytes long.</exception>
    /// <exception cref="CryptographicException">The signer failed, or its signature did not verify; what was written must not be used.</exception>
    void Sign(ReadOnlySpan<byte> message, Span<byte> signature64);
}
