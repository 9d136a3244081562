using System.Buffers;
using System.Runtime.CompilerServices;

namespace CrossProvince.Core.Signatures.Signing;

/// <summary>Verifies what was just signed, from the message on, with the verifier that everyone uses.</summary>
/// <remarks>Public data only. Once it has seen a key it allocates nothing.</remarks>
internal static class SelfCheck
{
    // Sixteen keys at full speed; a node signs with three.
    private const long TableBytes = 4 << 20;

    private static readonly TableSignatureVerifier s_verifier = new(TableBytes);

    /// <summary>Whether r ‖ s signs the message.</summary>
    [SkipLocalsInit]
    public static bool Holds(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var copy = ArrayPool<byte>.Shared.Rent(message.Length + signature.Length);
        message.CopyTo(copy);
        signature.CopyTo(copy.AsSpan(message.Length));
        var item = new SignedMessage(key, copy.AsMemory(0, message.Length), copy.AsMemory(message.Length, signature.Length));
        var holds = false;
        s_verifier.VerifyMany(new ReadOnlySpan<SignedMessage>(in item), new Span<bool>(ref holds));
        ArrayPool<byte>.Shared.Return(copy);
        return holds;
    }
}
