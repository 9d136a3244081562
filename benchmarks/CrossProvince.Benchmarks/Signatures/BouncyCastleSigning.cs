using Org.BouncyCastle.Asn1.GM;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;

namespace CrossProvince.Benchmarks.Signatures;

/// <summary>The baseline of signing: BouncyCastle at its best, on the fast curve and with a new signer a call; nothing is verified.</summary>
internal sealed class BouncyCastleSigning
{
    private static readonly ECNamedDomainParameters s_curve = new(GMObjectIdentifiers.sm2p256v1, CustomNamedCurves.GetByName("sm2p256v1"));
    private readonly byte[] _identity = "1234567812345678"u8.ToArray();
    private readonly ParametersWithRandom _key;
    private readonly byte[] _message;

    public BouncyCastleSigning(ReadOnlySpan<byte> d, ReadOnlySpan<byte> message)
    {
        _key = new ParametersWithRandom(new ECPrivateKeyParameters(new BigInteger(1, d), s_curve), new SecureRandom());
        _message = message.ToArray();
    }

    public byte[] Sign()
    {
        var signer = new SM2Signer(PlainDsaEncoding.Instance, new SM3Digest());
        signer.Init(true, new ParametersWithID(_key, _identity));
        signer.BlockUpdate(_message, 0, _message.Length);
        return signer.GenerateSignature();
    }
}
