using CrossProvince.Core.Signatures;

namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>Names a genuine key and signs with another: a forger without the private key.</summary>
internal sealed class ForgingSigner(ISigner genuine, ISigner own) : ISigner
{
    public PublicKey PublicKey => genuine.PublicKey;

    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature64) => own.Sign(message, signature64);
}
