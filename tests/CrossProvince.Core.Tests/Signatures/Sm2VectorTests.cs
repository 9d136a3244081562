using CrossProvince.Core.Signatures;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;

namespace CrossProvince.Core.Tests.Signatures;

/// <summary>GB/T 32918.5 Annex A.</summary>
public sealed class Sm2VectorTests
{
    private const string R = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3";
    private const string S = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA";
    private const string K = "59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21";

    private static readonly PublicKey s_key = PublicKey.FromSpki(TestKeys.Spki(SignatureAlgorithm.Sm2, TestKeys.Sm2Q));

    public static byte[] Message { get; } = "message digest"u8.ToArray();

    public static byte[] Signature { get; } = Convert.FromHexString(R + S);

    [Test]
    public void PublicKey_OfPrivateKey_IsThatOfTheStandard() => Assert.That(TestKeys.Sm2.PublicKey, Is.EqualTo(s_key));

    [Test]
    public void Digest_OfIdentityAndMessage_IsThatOfTheStandard()
    {
        var curve = s_key.Parameters.Parameters;
        byte[] identity = [0x00, 0x80, .. "1234567812345678"u8];
        byte[] za = Sm3.Hash([.. identity, .. curve.Curve.A.GetEncoded(), .. curve.Curve.B.GetEncoded(), .. curve.G.GetEncoded(false)[1..], .. Convert.FromHexString(TestKeys.Sm2Q)]);
        Assert.That(Convert.ToHexString(za), Is.EqualTo("B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3"));
        Assert.That(Convert.ToHexString(Sm3.Hash([.. za, .. Message])), Is.EqualTo("F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"));
    }

    [Test]
    public void Sign_WithTheNonceOfTheStandard_GivesItsSignature()
    {
        var d = new ECPrivateKeyParameters(new BigInteger(TestKeys.Sm2D, 16), Curves.Sm2);
        var signature = new byte[SignedMessage.SignatureSize];
        Sm2.Sign(new ParametersWithRandom(d, new FixedNonce(Convert.FromHexString(K))), Message, signature);
        Assert.That(Convert.ToHexString(signature), Is.EqualTo(R + S));
    }

    private sealed class FixedNonce(byte[] nonce) : SecureRandom
    {
        public override void NextBytes(byte[] buf) => nonce.CopyTo(buf, 0);

        public override void NextBytes(Span<byte> buffer) => nonce.CopyTo(buffer);
    }
}
