using System.Security.Cryptography;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Tests.Signatures;

public sealed class SoftwareSignerTests
{
    private static readonly SignatureAlgorithm[] s_algorithms = Enum.GetValues<SignatureAlgorithm>();

    [Test]
    public void Sign_GeneratedKey_Verifies([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm)
    {
        var signer = SoftwareSigner.FromPem(SoftwareSigner.Generate(algorithm));
        Assert.That(signer.PublicKey.Algorithm, Is.EqualTo(algorithm));
        foreach (var length in new[] { 0, 1, 137, 5000 })
        {
            var message = RandomNumberGenerator.GetBytes(length);
            var signature = new byte[SignedMessage.SignatureSize];
            signer.Sign(message, signature);
            Assert.That(TestKeys.Verifies(signer.PublicKey, message, signature), Is.True);
            Assert.That(TestKeys.Verifies(TestKeys.Of(algorithm).PublicKey, message, signature), Is.False);
        }
    }

    [Test]
    public void FromPem_EitherWayOfSigning_HasTheSameKeyAndVerifies([Values] Sm2Signing signing, [ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm)
    {
        var pem = SoftwareSigner.Generate(algorithm);
        using var signer = SoftwareSigner.FromPem(pem, signing);
        var signature = new byte[SignedMessage.SignatureSize];
        signer.Sign("message"u8, signature);
        Assert.That(TestKeys.Verifies(signer.PublicKey, "message"u8.ToArray(), signature), Is.True);
        Assert.That(signer.PublicKey, Is.EqualTo(SoftwareSigner.FromPem(pem).PublicKey));
    }

    [Test]
    public void Sign_AfterDispose_Throws([Values] Sm2Signing signing)
    {
        var signer = SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2), signing);
        signer.Dispose();
        Assert.That(() => signer.Sign("message"u8, new byte[SignedMessage.SignatureSize]), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Sign_ManyThreadsWithOneKey_AllVerify([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm)
    {
        var signer = TestKeys.Of(algorithm);
        var held = 0;
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var message = BitConverter.GetBytes(i);
            var signature = new byte[SignedMessage.SignatureSize];
            signer.Sign(message, signature);
            if (TestKeys.Verifies(signer.PublicKey, message, signature) && !TestKeys.Verifies(signer.PublicKey, BitConverter.GetBytes(i + 1), signature))
            {
                Interlocked.Increment(ref held);
            }
        });
        Assert.That(held, Is.EqualTo(400));
    }

    [TestCase(0)]
    [TestCase(63)]
    [TestCase(65)]
    public void Sign_PlaceOfWrongLength_Throws(int length)
    {
        foreach (var algorithm in s_algorithms)
        {
            Assert.That(() => TestKeys.Of(algorithm).Sign("m"u8, new byte[length]), Throws.ArgumentException);
        }
    }

    [TestCase(SignatureAlgorithm.Sm2, "0000000000000000000000000000000000000000000000000000000000000000", TestName = "FromPem_Sm2Zero_IsRefused")]
    [TestCase(SignatureAlgorithm.Sm2, "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54122", TestName = "FromPem_Sm2OrderMinusOne_IsRefused")]
    [TestCase(SignatureAlgorithm.Sm2, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", TestName = "FromPem_Sm2AllOnes_IsRefused")]
    [TestCase(SignatureAlgorithm.Esp256, "0000000000000000000000000000000000000000000000000000000000000000", TestName = "FromPem_P256Zero_IsRefused")]
    [TestCase(SignatureAlgorithm.Esp256, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", TestName = "FromPem_P256AllOnes_IsRefused")]
    public void FromPem_NumberOutOfRange_IsRefused(SignatureAlgorithm algorithm, string d) =>
        Assert.That(() => SoftwareSigner.FromPem(TestKeys.Pkcs8Pem(algorithm, d)), Throws.TypeOf<KeyFormatException>());

    [TestCase("")]
    [TestCase("-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----")]
    [TestCase("-----BEGIN PRIVATE KEY-----\nMAMCAQA=\n-----END PRIVATE KEY-----")]
    [TestCase("-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----")]
    public void FromPem_NoPrivateKey_IsRefused(string pem) => Assert.That(() => SoftwareSigner.FromPem(pem), Throws.TypeOf<KeyFormatException>());

    [Test]
    public void FromPem_OtherKindOfKey_IsRefused()
    {
        using var rsa = RSA.Create(2048);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.That(() => SoftwareSigner.FromPem(rsa.ExportPkcs8PrivateKeyPem()), Throws.TypeOf<KeyFormatException>());
        Assert.That(() => SoftwareSigner.FromPem(p384.ExportPkcs8PrivateKeyPem()), Throws.TypeOf<KeyFormatException>());
    }

    [Test]
    public void FromPem_AnyByteDamaged_IsRefusedOrAnotherKey([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm)
    {
        var der = Convert.FromBase64String(string.Concat(SoftwareSigner.Generate(algorithm).Split('\n').Where(line => !line.StartsWith('-'))));
        for (var at = 0; at < der.Length; at++)
        {
            der[at] ^= 0x55;
            var pem = PemEncoding.WriteString("PRIVATE KEY", der);
            der[at] ^= 0x55;
            try
            {
                _ = SoftwareSigner.FromPem(pem);
            }
            catch (KeyFormatException)
            {
                // The only exception that may come out.
            }
        }
    }

    [Test]
    public void FromPem_KeyOfDotNet_SignsForIt()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signer = SoftwareSigner.FromPem(ecdsa.ExportPkcs8PrivateKeyPem());
        var signature = new byte[SignedMessage.SignatureSize];
        signer.Sign("message"u8, signature);
        Assert.That(signer.PublicKey.Spki.ToArray(), Is.EqualTo(ecdsa.ExportSubjectPublicKeyInfo()));
        Assert.That(ecdsa.VerifyData("message"u8, signature, HashAlgorithmName.SHA256), Is.True);
    }
}
