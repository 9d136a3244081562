using CrossProvince.Core.Signatures;
using Org.BouncyCastle.Asn1.GM;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;

namespace CrossProvince.Benchmarks.Signatures;

/// <summary>The baseline of every ratio: BouncyCastle at its best, with the decoded key rebound to the fast curve and a new signer a call.</summary>
internal sealed class BouncyCastleSm2
{
    private static readonly ECNamedDomainParameters s_curve = new(GMObjectIdentifiers.sm2p256v1, CustomNamedCurves.GetByName("sm2p256v1"));
    private readonly byte[] _identity = "1234567812345678"u8.ToArray();
    private readonly ECPublicKeyParameters _key;
    private readonly byte[] _message;
    private readonly byte[] _signature;

    public BouncyCastleSm2(SignedMessage signed)
    {
        var decoded = (ECPublicKeyParameters)PublicKeyFactory.CreateKey(signed.Key.Spki.ToArray());
        _key = new ECPublicKeyParameters(s_curve.Curve.ImportPoint(decoded.Q), s_curve);
        _message = signed.Message.ToArray();
        _signature = signed.Signature.ToArray();
    }

    public bool Verify()
    {
        var signer = new SM2Signer(PlainDsaEncoding.Instance, new SM3Digest());
        signer.Init(false, new ParametersWithID(_key, _identity));
        signer.BlockUpdate(_message, 0, _message.Length);
        return signer.VerifySignature(_signature);
    }
}
