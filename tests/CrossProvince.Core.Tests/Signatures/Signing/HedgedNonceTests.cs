using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.Signing;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;
using static CrossProvince.Core.Tests.Signatures.Signing.SecretNumbers;

namespace CrossProvince.Core.Tests.Signatures.Signing;

/// <summary>How k comes about, against BouncyCastle's HMAC.</summary>
public sealed class HedgedNonceTests
{
    private static readonly byte[] s_random = Enumerable.Range(0, HedgedNonce.RandomSize).Select(i => (byte)i).ToArray();
    private static readonly byte[] s_d = Bytes(Random(N));
    private static readonly byte[] s_hash = Bytes(Random(N));

    [Test]
    public void Derive_AnyInput_IsTwoMacsModuloTheOrder()
    {
        for (var i = 0; i < 100; i++)
        {
            var (random, d, hash, attempt) = (new byte[HedgedNonce.RandomSize], Bytes(Random(N)), Bytes(Random(P)), (byte)i);
            TestContext.CurrentContext.Random.NextBytes(random);
            var wide = Number([.. Mac(random, [.. d, .. hash, attempt, 1]), .. Mac(random, [.. d, .. hash, attempt, 2])]);
            Assert.That(Number(HedgedNonce.Derive(random.ToArray(), d, hash, attempt)), Is.EqualTo(wide % N));
        }
    }

    [Test]
    public void Derive_AnyInputChanged_IsAnotherNumber()
    {
        var numbers = new[]
        {
            HedgedNonce.Derive(s_random.ToArray(), s_d, s_hash, 0),
            HedgedNonce.Derive([.. s_random[..63], 0], s_d, s_hash, 0),
            HedgedNonce.Derive(s_random.ToArray(), [.. s_d[..31], (byte)~s_d[31]], s_hash, 0),
            HedgedNonce.Derive(s_random.ToArray(), s_d, [.. s_hash[..31], (byte)~s_hash[31]], 0),
            HedgedNonce.Derive(s_random.ToArray(), s_hash, s_d, 0),
            HedgedNonce.Derive(s_random.ToArray(), s_d, s_hash, 1),
        };
        Assert.That(numbers.Select(Number), Is.Unique);
    }

    [Test]
    public void Derive_RandomBytes_AreNotKept()
    {
        var random = s_random.ToArray();
        HedgedNonce.Derive(random, s_d, s_hash, 0);
        Assert.That(random, Is.Not.EqualTo(s_random));
    }

    private static byte[] Mac(byte[] key, byte[] message)
    {
        var mac = new HMac(new SM3Digest());
        mac.Init(new KeyParameter(key));
        mac.BlockUpdate(message, 0, message.Length);
        var result = new byte[Sm3.HashSize];
        mac.DoFinal(result, 0);
        return result;
    }
}
