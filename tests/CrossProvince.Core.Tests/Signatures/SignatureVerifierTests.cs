using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Tests.Signatures;

public sealed class LibrarySignatureVerifierTests
{
    private const string Zero = "0000000000000000000000000000000000000000000000000000000000000000";
    private const string One = "0000000000000000000000000000000000000000000000000000000000000001";
    private const string Ones = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF";
    private const string Sm2N = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123";
    private const string Sm2NMinus1 = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54122";
    private const string P256N = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";
    private const string P256NMinus1 = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550";

    [Test]
    public void VerifyMany_MixOfGoodAndBad_AnswersEachAtItsPlace()
    {
        var items = new List<SignedMessage>();
        for (var i = 0; i < 17; i++)
        {
            var signer = i % 3 == 0 ? TestKeys.P256 : TestKeys.Sm2;
            byte[] message = [(byte)i, 1, 2, 3];
            var signature = new byte[SignedMessage.SignatureSize];
            signer.Sign(message, signature);
            signature[5] ^= (byte)(i % 2);
            items.Add(new SignedMessage(signer.PublicKey, message, signature));
        }

        var results = new bool[20];
        Array.Fill(results, true);
        new LibrarySignatureVerifier().VerifyMany(items.ToArray(), results);
        Assert.That(results[..17], Is.EqualTo(Enumerable.Range(0, 17).Select(i => i % 2 == 0)));
        Assert.That(results[17..], Is.All.True, "places beyond the items are not touched");
    }

    [Test]
    public void VerifyMany_NoItems_DoesNothing() => Assert.That(() => new LibrarySignatureVerifier().VerifyMany([], []), Throws.Nothing);

    [Test]
    public void VerifyMany_FewerResultsThanItems_Throws() =>
        Assert.That(() => new LibrarySignatureVerifier().VerifyMany([default, default], new bool[1]), Throws.ArgumentException);

    [TestCase("")]
    [TestCase(One)]
    [TestCase(One + One + "00")]
    [TestCase(Zero + Zero)]
    [TestCase(Zero + One)]
    [TestCase(One + Zero)]
    [TestCase(One + One)]
    [TestCase(Ones + Ones)]
    [TestCase(Sm2N + One)]
    [TestCase(One + Sm2N)]
    [TestCase(Sm2NMinus1 + One)]
    [TestCase(One + Sm2NMinus1)]
    [TestCase(Sm2NMinus1 + Sm2NMinus1)]
    [TestCase(P256N + One)]
    [TestCase(One + P256N)]
    [TestCase(P256NMinus1 + P256NMinus1)]
    public void VerifyMany_SignatureOutOfRangeOrMadeUp_DoesNotHold(string signature)
    {
        Assert.That(TestKeys.Verifies(TestKeys.Sm2.PublicKey, "message"u8.ToArray(), Convert.FromHexString(signature)), Is.False);
        Assert.That(TestKeys.Verifies(TestKeys.P256.PublicKey, "message"u8.ToArray(), Convert.FromHexString(signature)), Is.False);
    }

    [TestCase(SignatureAlgorithm.Sm2, One + One, true)]
    [TestCase(SignatureAlgorithm.Sm2, Sm2NMinus1 + Sm2NMinus1, true)]
    [TestCase(SignatureAlgorithm.Sm2, Sm2NMinus1 + One, false)]
    [TestCase(SignatureAlgorithm.Sm2, One + Sm2NMinus1, false)]
    [TestCase(SignatureAlgorithm.Sm2, Sm2N + One, false)]
    [TestCase(SignatureAlgorithm.Sm2, One + Sm2N, false)]
    [TestCase(SignatureAlgorithm.Sm2, Zero + One, false)]
    [TestCase(SignatureAlgorithm.Sm2, One + Zero, false)]
    [TestCase(SignatureAlgorithm.Esp256, P256NMinus1 + One, true)]
    [TestCase(SignatureAlgorithm.Esp256, One + P256NMinus1, true)]
    [TestCase(SignatureAlgorithm.Esp256, P256N + One, false)]
    [TestCase(SignatureAlgorithm.Esp256, One + P256N, false)]
    [TestCase(SignatureAlgorithm.Esp256, Zero + One, false)]
    [TestCase(SignatureAlgorithm.Esp256, One + Zero, false)]
    [TestCase(SignatureAlgorithm.Esp256, One, false)]
    public void AreInRange_Edges_AreAsTheStandardsSay(SignatureAlgorithm algorithm, string signature, bool expected) =>
        Assert.That(SignatureScalars.AreInRange(algorithm, Convert.FromHexString(signature)), Is.EqualTo(expected));
}
