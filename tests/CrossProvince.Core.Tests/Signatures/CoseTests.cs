using System.Formats.Cbor;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Tests.Signatures;

public sealed class CoseTests
{
    private static readonly SignatureAlgorithm[] s_algorithms = Enum.GetValues<SignatureAlgorithm>();
    private static readonly byte[] s_aad = "CP1-TEST"u8.ToArray();
    private static readonly byte[] s_payload = [0xA1, 0x01, 0x02];

    [Test]
    public void Sign1_ReadAgain_VerifiesForItsPurposeOnly([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm)
    {
        var signer = TestKeys.Of(algorithm);
        var document = CoseSign1.Sign(signer, s_aad, s_payload);
        Assert.That(CoseSign1.TryRead(document, out var message), Is.True);
        Assert.That(message.Algorithm, Is.EqualTo(algorithm));
        Assert.That(message.KeyId, Is.EqualTo(signer.PublicKey.Id));
        Assert.That(message.Payload.ToArray(), Is.EqualTo(s_payload));
        Assert.That(TestKeys.Verifies(signer.PublicKey, message.ToBeSigned(s_aad), message.Signature), Is.True);
        Assert.That(TestKeys.Verifies(signer.PublicKey, message.ToBeSigned("CP1-HEAD"u8), message.Signature), Is.False);
    }

    [TestCase(SignatureAlgorithm.Sm2, "D2844DA2013A000100000444C97C174AA043A101025840", "846A5369676E6174757265314DA2013A000100000444C97C174A484350312D5445535443A10102")]
    [TestCase(SignatureAlgorithm.Esp256, "D28449A201280444", "846A5369676E61747572653149A201280444")]
    public void Sign1_Bytes_AreFrozen(SignatureAlgorithm algorithm, string start, string toBeSignedStart)
    {
        var document = CoseSign1.Sign(TestKeys.Of(algorithm), s_aad, s_payload);
        Assert.That(CoseSign1.TryRead(document, out var message), Is.True);
        Assert.That(Convert.ToHexString(document), Does.StartWith(start));
        Assert.That(Convert.ToHexString(message.ToBeSigned(s_aad)), Does.StartWith(toBeSignedStart));
    }

    [TestCase("untagged")]
    [TestCase("tag 98")]
    [TestCase("three items")]
    [TestCase("unprotected kid")]
    [TestCase("short signature")]
    [TestCase("unknown algorithm")]
    [TestCase("detached payload")]
    [TestCase("longer header")]
    public void TryRead1_OtherShape_IsRefused(string shape)
    {
        var writer = new CborWriter();
        if (shape != "untagged")
        {
            writer.WriteTag((CborTag)(shape == "tag 98" ? 98 : 18));
        }

        writer.WriteStartArray(shape == "three items" ? 3 : 4);
        writer.WriteByteString(Convert.FromHexString(shape switch
        {
            "unknown algorithm" => "A2012604441122AABB",
            "longer header" => "A201280444112233445566",
            _ => "A2012804441122AABB",
        }));
        writer.WriteStartMap(shape == "unprotected kid" ? 1 : 0);
        if (shape == "unprotected kid")
        {
            writer.WriteInt32(4);
            writer.WriteByteString([1, 2, 3, 4]);
        }

        writer.WriteEndMap();
        if (shape == "detached payload")
        {
            writer.WriteNull();
        }
        else
        {
            writer.WriteByteString(s_payload);
        }

        if (shape != "three items")
        {
            writer.WriteByteString(new byte[shape == "short signature" ? 63 : 64]);
        }

        writer.WriteEndArray();
        Assert.That(CoseSign1.TryRead(writer.Encode(), out _), Is.False);
    }

    [Test]
    public void Sign_SeveralKeys_EachVerifies()
    {
        var document = CoseSign.Sign([TestKeys.Sm2, TestKeys.P256], s_aad, s_payload);
        document = CoseSign.AddSignature(document, SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2)), s_aad);
        Assert.That(Convert.ToHexString(document), Does.StartWith("D8628440A043A1010283834DA2013A000100000444C97C174AA05840"));
        Assert.That(CoseSign.TryRead(document, out var message), Is.True);
        Assert.That(message!.Payload.ToArray(), Is.EqualTo(s_payload));
        Assert.That(message.Signatures, Has.Count.EqualTo(3));
        foreach (var (signature, signer) in message.Signatures.Zip([TestKeys.Sm2, TestKeys.P256]))
        {
            Assert.That(signature.Algorithm, Is.EqualTo(signer.PublicKey.Algorithm));
            Assert.That(signature.KeyId, Is.EqualTo(signer.PublicKey.Id));
            Assert.That(TestKeys.Verifies(signer.PublicKey, message.ToBeSigned(signature, s_aad), signature.Signature), Is.True);
            Assert.That(TestKeys.Verifies(signer.PublicKey, message.ToBeSigned(signature, "CP1-RCPT"u8), signature.Signature), Is.False);
        }
    }

    [Test]
    public void Sign_NoneOrTooMany_Throws()
    {
        Assert.That(() => CoseSign.Sign([], s_aad, s_payload), Throws.ArgumentException);
        Assert.That(() => CoseSign.Sign(Enumerable.Repeat(TestKeys.P256, 17).ToArray(), s_aad, s_payload), Throws.ArgumentException);
        Assert.That(() => CoseSign.AddSignature(s_payload, TestKeys.P256, s_aad), Throws.ArgumentException);
    }

    [Test]
    public void TryRead_CutShortOrLonger_IsRefused()
    {
        var one = CoseSign1.Sign(TestKeys.Sm2, s_aad, s_payload);
        var several = CoseSign.Sign([TestKeys.Sm2, TestKeys.P256], s_aad, s_payload);
        Assert.Multiple(() =>
        {
            for (var length = 0; length < one.Length; length++)
            {
                Assert.That(CoseSign1.TryRead(one.AsMemory(0, length), out _), Is.False);
            }

            for (var length = 0; length < several.Length; length++)
            {
                Assert.That(CoseSign.TryRead(several.AsMemory(0, length), out _), Is.False);
            }

            Assert.That(CoseSign1.TryRead((byte[])[.. one, 0], out _), Is.False);
            Assert.That(CoseSign.TryRead((byte[])[.. several, 0], out _), Is.False);
            Assert.That(CoseSign.TryRead(one, out _), Is.False);
            Assert.That(CoseSign1.TryRead(several, out _), Is.False);
        });
    }

    [Test]
    [CancelAfter(60_000)]
    public void TryRead_MutatedBytes_NeverThrows(CancellationToken cancel)
    {
        var random = new Random(20260714);
        var one = CoseSign1.Sign(TestKeys.Sm2, s_aad, s_payload);
        var several = CoseSign.Sign([TestKeys.Sm2, TestKeys.P256], s_aad, s_payload);
        for (var i = 0; i < 40_000 && !cancel.IsCancellationRequested; i++)
        {
            var document = (byte[])(i % 2 == 0 ? one : several).Clone();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                document[random.Next(document.Length / random.Next(1, 5))] = (byte)random.Next(256);
            }

            CoseSign1.TryRead(document, out _);
            CoseSign.TryRead(document, out _);
        }

        Assert.That(cancel.IsCancellationRequested, Is.False);
    }
}
