namespace CrossProvince.Core.Signatures.Signing;

/// <summary>A private key in memory and the way in which it signs. <see cref="SoftwareSigner"/> verifies what comes out.</summary>
/// <remarks>Safe for concurrent calls.</remarks>
internal interface IPrivateKey : IDisposable
{
    /// <summary>The public half.</summary>
    PublicKey PublicKey { get; }

    /// <summary>Signs a message.</summary>
    /// <param name="message">The message itself.</param>
    /// <param name="signature">Receives r ‖ s, 64 bytes.</param>
    void Sign(ReadOnlySpan<byte> message, Span<byte> signature);

    /// <summary>Whether r ‖ s signs the message.</summary>
    bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);
}
