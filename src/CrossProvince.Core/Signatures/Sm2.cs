using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace CrossProvince.Core.Signatures;

/// <summary>SM2 signatures by BouncyCastle (GB/T 32918.2).</summary>
internal static class Sm2
{
    // GB/T 32918.5: the identity in ZA; stated, because libraries differ in their default.
    private static readonly byte[] s_identity = "1234567812345678"u8.ToArray();

    /// <summary>Whether r ‖ s signs the message.</summary>
    public static bool Verify(ECPublicKeyParameters key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var signer = NewSigner();
        signer.Init(false, new ParametersWithID(key, s_identity));
        signer.BlockUpdate(message);
        return signer.VerifySignature(signature.ToArray());
    }

    /// <summary>Writes r ‖ s, 64 bytes.</summary>
    /// <param name="key">The private key with its source of randomness.</param>
    /// <param name="message">The bytes to be signed.</param>
    /// <param name="signature">64 bytes.</param>
    public static void Sign(ParametersWithRandom key, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        var signer = NewSigner();
        signer.Init(true, new ParametersWithID(key, s_identity));
        signer.BlockUpdate(message);
        signer.GenerateSignature().CopyTo(signature);
    }

    private static SM2Signer NewSigner() => new(PlainDsaEncoding.Instance, new SM3Digest());
}
