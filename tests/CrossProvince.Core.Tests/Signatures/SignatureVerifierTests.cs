using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.TableEngine;

namespace CrossProvince.Core.Tests.Signatures;

/// <summary>What every verifier must do, whatever it is made of.</summary>
[Category("Engines")]
[TestFixtureSource(nameof(Verifiers))]
public sealed class SignatureVerifierTests(ISignatureVerifier verifier)
{
    private const string Zero = "0000000000000000000000000000000000000000000000000000000000000000";
    private const string One = "0000000000000000000000000000000000000000000000000000000000000001";
    private const string Ones = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF";
    private const string Sm2N = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123";
    private const string Sm2NMinus1 = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54122";
    private const string P256N = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";
    private const string P256NMinus1 = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550";

    /// <summary>RFC 6979 A.2.5: P-256, SHA-256, message "sample".</summary>
    private const string Rfc6979Signature =
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";

    private static readonly byte[] s_rfc6979Message = "sample"u8.ToArray();
    private static readonly byte[] s_message = new byte[180];

    private static IEnumerable<TestFixtureData> Verifiers()
    {
        yield return new TestFixtureData(new LibrarySignatureVerifier()).SetArgDisplayNames("Libraries");
        yield return new TestFixtureData(new TableSignatureVerifier()).SetArgDisplayNames("Tables");
        foreach (var engine in Engines.Supported)
        {
            yield return new TestFixtureData(new TableSignatureVerifier(engine, TableSignatureVerifier.LeastTableBytes)).SetArgDisplayNames(engine.ToString()!);
        }
    }

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
        verifier.VerifyMany(items.ToArray(), results);
        Assert.That(results[..17], Is.EqualTo(Enumerable.Range(0, 17).Select(i => i % 2 == 0)));
        Assert.That(results[17..], Is.All.True, "places beyond the items are not touched");
    }

    [Test]
    public void VerifyMany_NoItems_DoesNothing() => Assert.That(() => verifier.VerifyMany([], []), Throws.Nothing);

    [Test]
    public void VerifyMany_FewerResultsThanItems_Throws() =>
        Assert.That(() => verifier.VerifyMany([default, default], new bool[1]), Throws.ArgumentException);

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
        Assert.That(Verifies(TestKeys.Sm2.PublicKey, "message"u8.ToArray(), Convert.FromHexString(signature)), Is.False);
        Assert.That(Verifies(TestKeys.P256.PublicKey, "message"u8.ToArray(), Convert.FromHexString(signature)), Is.False);
    }

    [Test]
    public void VerifyMany_SignatureOfTheStandard_Holds() =>
        Assert.That(Verifies(TestKeys.Sm2.PublicKey, Sm2VectorTests.Message, Sm2VectorTests.Signature), Is.True);

    [Test]
    public void VerifyMany_SignatureOfRfc6979_Holds() =>
        Assert.That(Verifies(TestKeys.P256.PublicKey, s_rfc6979Message, Convert.FromHexString(Rfc6979Signature)), Is.True);

    [Test]
    public void VerifyMany_AnyBitOfAPublishedSignatureOrMessageFlipped_DoesNotHold([Values] SignatureAlgorithm algorithm)
    {
        var key = TestKeys.Of(algorithm).PublicKey;
        var (goodMessage, goodSignature) = algorithm == SignatureAlgorithm.Sm2
            ? (Sm2VectorTests.Message, Sm2VectorTests.Signature)
            : (s_rfc6979Message, Convert.FromHexString(Rfc6979Signature));
        var items = Flipped(goodSignature).Select(signature => new SignedMessage(key, goodMessage, signature))
            .Concat(Flipped(goodMessage).Select(message => new SignedMessage(key, message, goodSignature)))
            .ToArray();
        var results = new bool[items.Length];
        verifier.VerifyMany(items, results);
        Assert.That(results, Is.All.False);
    }

    [Test]
    public void VerifyMany_OneTo17ItemsOfBothAlgorithms_AnswersEachAtItsPlace([Values] bool firstIsBad)
    {
        var items = Enumerable.Range(0, 17)
            .Select(i => Signed(i, good: i % 3 != (firstIsBad ? 0 : 1), i % 5 % 2 == 0 ? SignatureAlgorithm.Esp256 : SignatureAlgorithm.Sm2)).ToArray();
        for (var count = 1; count <= items.Length; count++)
        {
            var results = new bool[count];
            verifier.VerifyMany(items.AsSpan(0, count), results);
            Assert.That(results, Is.EqualTo(results.Select((_, i) => i % 3 != (firstIsBad ? 0 : 1))), $"{count} items");
        }
    }

    [Test]
    public void VerifyMany_OneTo34Items_AnswersEachAtItsPlace([Values] bool firstIsBad, [Values] SignatureAlgorithm algorithm)
    {
        var items = Enumerable.Range(0, 34).Select(i => Signed(i, good: i % 3 != (firstIsBad ? 0 : 1), algorithm)).ToArray();
        for (var count = 1; count <= items.Length; count++)
        {
            var results = new bool[count];
            verifier.VerifyMany(items.AsSpan(0, count), results);
            Assert.That(results, Is.EqualTo(results.Select((_, i) => i % 3 != (firstIsBad ? 0 : 1))), $"{count} items");
        }
    }

    [Test]
    public void VerifyMany_AllBad_NoneHolds([Values(1, 17)] int count, [Values] SignatureAlgorithm algorithm)
    {
        var results = new bool[count];
        Array.Fill(results, true);
        verifier.VerifyMany([.. Enumerable.Range(0, count).Select(i => Signed(i, good: false, algorithm))], results);
        Assert.That(results, Is.All.False);
    }

    [Test]
    public void VerifyMany_MessagesOfManyLengths_AllHold()
    {
        var items = new SignedMessage[130];
        for (var i = 0; i < items.Length; i++)
        {
            var message = new byte[i * (i > 120 ? 40 : 3)];
            TestContext.CurrentContext.Random.NextBytes(message);
            var signature = new byte[SignedMessage.SignatureSize];
            var signer = i % 4 == 0 ? TestKeys.P256 : TestKeys.Sm2;
            signer.Sign(message, signature);
            items[i] = new SignedMessage(signer.PublicKey, message, signature);
        }

        var results = new bool[items.Length];
        verifier.VerifyMany(items, results);
        Assert.That(results, Is.All.True);
    }

    [Test]
    public void VerifyMany_ManyThreadsAndMoreKeysThanTheTablesHold_AnswersAll()
    {
        var items = Enumerable.Range(0, 40).Select(i =>
        {
            var signer = SoftwareSigner.FromPem(SoftwareSigner.Generate(i % 3 == 0 ? SignatureAlgorithm.Esp256 : SignatureAlgorithm.Sm2));
            var signature = new byte[SignedMessage.SignatureSize];
            signer.Sign(s_message, signature);
            signature[^1] ^= (byte)(i % 2);
            return new SignedMessage(signer.PublicKey, s_message, signature);
        }).ToArray();
        Parallel.For(0, 8, _ =>
        {
            var results = new bool[items.Length];
            verifier.VerifyMany(items, results);
            Assert.That(results, Is.EqualTo(items.Select((_, i) => i % 2 == 0)));
        });
    }

    private static SignedMessage Signed(int number, bool good, SignatureAlgorithm algorithm)
    {
        byte[] message = [(byte)number, 7];
        var signature = new byte[SignedMessage.SignatureSize];
        var signer = TestKeys.Of(algorithm);
        signer.Sign(message, signature);
        signature[^1] ^= (byte)(good ? 0 : 1);
        return new SignedMessage(signer.PublicKey, message, signature);
    }

    private static IEnumerable<byte[]> Flipped(byte[] bytes) => Enumerable.Range(0, bytes.Length * 8).Select(bit =>
    {
        var flipped = (byte[])bytes.Clone();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    });

    private bool Verifies(PublicKey key, byte[] message, byte[] signature)
    {
        var results = new bool[1];
        verifier.VerifyMany([new SignedMessage(key, message, signature)], results);
        return results[0];
    }
}
