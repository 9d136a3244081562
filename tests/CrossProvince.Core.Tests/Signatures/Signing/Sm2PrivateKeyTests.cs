using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.Signing;
using static CrossProvince.Core.Tests.Signatures.Signing.SecretNumbers;

namespace CrossProvince.Core.Tests.Signatures.Signing;

/// <summary>The constant-time signer (GB/T 32918.2 §6.1): right, for every key and k; what it does without good randomness; what it leaves behind.</summary>
public sealed class Sm2PrivateKeyTests
{
    private static readonly BigInteger[] s_edgeKeys = [1, 2, 3, (N - 1) / 2, (N + 1) / 2, BigInteger.One << 128, BigInteger.One << 255, N - 4, N - 3, N - 2];

    [Test]
    public void TrySign_NumberOfTheStandard_GivesItsSignature()
    {
        using var key = new Sm2PrivateKey(Convert.FromHexString(TestKeys.Sm2D));
        var k = SecretScalar.FromBytes(Convert.FromHexString("59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21"));
        var signature = new byte[SignedMessage.SignatureSize];
        Assert.That(key.TrySign(k, Convert.FromHexString("F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"), signature), Is.True);
        Assert.That(signature, Is.EqualTo(Sm2VectorTests.Signature));
        Assert.That(key.PublicKey, Is.EqualTo(TestKeys.Sm2.PublicKey));
    }

    [Test]
    [Category("Engines")]
    public void Sign_ManyMessagesAndFreshKeys_EverySignatureVerifiesEverywhere()
    {
        const int Keys = 50, Messages = 100;
        var items = new SignedMessage[Keys * Messages];
        for (var i = 0; i < Keys; i++)
        {
            using var key = new Sm2PrivateKey(Bytes(Random(N - 2) + 1));
            for (var j = 0; j < Messages; j++)
            {
                items[(i * Messages) + j] = Sign(key, RandomNumberGenerator.GetBytes(j + 120));
            }
        }

        var results = new bool[items.Length];
        new LibrarySignatureVerifier().VerifyMany(items, results);
        Assert.That(results, Has.All.True, "BouncyCastle");
        new TableSignatureVerifier().VerifyMany(items, results);
        Assert.That(results, Has.All.True, "tables");
    }

    [Test]
    [Category("Engines")]
    public void Sign_EdgeKeys_VerifiesUnderTheirPoint()
    {
        foreach (var d in s_edgeKeys)
        {
            using var key = new Sm2PrivateKey(Bytes(d));
            Assert.That(key.PublicKey, Is.EqualTo(PublicKey.FromPoint(SignatureAlgorithm.Sm2, MultiplyG(d))), $"{d:X}");
            var signed = Sign(key, "message"u8.ToArray());
            Assert.That(TestKeys.Verifies(signed.Key, signed.Message, signed.Signature), Is.True, $"{d:X}");
            Assert.That(key.Verify(signed.Message.Span, signed.Signature.Span), Is.True, $"{d:X}");
        }
    }

    [Test]
    public void TrySign_EdgeNumbers_AreThoseOfTheEquations()
    {
        var signature = new byte[SignedMessage.SignatureSize];
        foreach (var d in s_edgeKeys)
        {
            using var key = new Sm2PrivateKey(Bytes(d));
            foreach (var k in new[] { 1, 2, 3, (N - 1) / 2, (N + 1) / 2, BigInteger.One << 255, N - 2, N - 1, Random(N - 1) + 1 })
            {
                foreach (var e in new[] { 0, 1, N - 1, N, (BigInteger.One << 256) - 1, Random(N) })
                {
                    var r = (e + X(k)) % N;
                    var s = Mod(Inverse(1 + d, N) * (k - (r * d)), N);
                    var usable = key.TrySign(ScalarOf(k), Bytes(e), signature);
                    Assert.That(usable, Is.EqualTo(!r.IsZero && !s.IsZero && r + k != N), $"d {d:X}, k {k:X}, e {e:X}");
                    Assert.That(signature, Is.EqualTo((byte[])[.. Bytes(r), .. Bytes(s)]), $"d {d:X}, k {k:X}, e {e:X}");
                }
            }
        }
    }

    [Test]
    public void TrySign_NumbersThatMustNotBeUsed_AreRefused()
    {
        var signature = new byte[SignedMessage.SignatureSize];
        for (var i = 0; i < 20; i++)
        {
            var (d, k) = (Random(N - 2) + 1, Random(N - 1) + 1);
            using var key = new Sm2PrivateKey(Bytes(d));
            bool Usable(BigInteger number, BigInteger e) => key.TrySign(ScalarOf(number), Bytes(Mod(e, N)), signature);
            Assert.That(Usable(0, Random(N)), Is.False, "k = 0");
            Assert.That(Usable(k, -X(k)), Is.False, "r = 0");
            Assert.That(Usable(k, -k - X(k)), Is.False, "r + k = n");
            Assert.That(Usable(k, (k * Inverse(d, N)) - X(k)), Is.False, "s = 0");
            Assert.That(Usable(k, 1 - X(k)), Is.True, "r = 1");
        }
    }

    [Test]
    public void Sign_RandomnessThatNeverChanges_StillHasAnotherNumberForEveryMessageAndKey()
    {
        foreach (var constant in new byte[] { 0, 0xFF, 0x5A })
        {
            var xs = new List<BigInteger>();
            foreach (var d in s_edgeKeys)
            {
                using var key = new Sm2PrivateKey(Bytes(d), GeneratorComb.Shared, bytes => bytes.Fill(constant));
                for (var i = 0; i < 20; i++)
                {
                    byte[] message = [(byte)i];
                    var signature = Sign(key, message).Signature.ToArray();
                    Assert.That(TestKeys.Verifies(key.PublicKey, message, signature), Is.True);
                    Assert.That(Sign(key, message).Signature.ToArray(), Is.EqualTo(signature), "as RFC 6979 would");

                    // k = (1 + d)·s + r·d, which who knows d can find.
                    var (r, s) = (Number(signature.AsSpan(0, 32)), Number(signature.AsSpan(32)));
                    xs.Add(Mod(((1 + d) * s) + (r * d), N));
                }
            }

            Assert.That(xs, Is.Unique);
            Assert.That(xs, Has.None.EqualTo(BigInteger.Zero).And.None.EqualTo(new BigInteger(constant)));
        }
    }

    [Test]
    public void Sign_SameMessageTwice_HasTwoSignatures()
    {
        using var key = new Sm2PrivateKey(Bytes(Random(N - 2) + 1));
        Assert.That(Enumerable.Range(0, 100).Select(_ => Convert.ToHexString(Sign(key, [1, 2, 3]).Signature.Span)), Is.Unique);
    }

    [Test]
    public void Sign_RandomnessThatFails_GivesNothing()
    {
        using var key = new Sm2PrivateKey(Bytes(7), GeneratorComb.Shared, _ => throw new CryptographicException("no randomness"));
        var signature = new byte[SignedMessage.SignatureSize];
        Assert.That(() => key.Sign("m"u8, signature), Throws.TypeOf<CryptographicException>());
        Assert.That(signature, Has.All.Zero);
    }

    [Test]
    public void Sign_ManyThreads_AllVerify()
    {
        using var signer = new SoftwareSigner(new Sm2PrivateKey(Bytes(Random(N - 2) + 1)));
        var items = new SignedMessage[2000];
        Parallel.For(0, items.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var signature = new byte[SignedMessage.SignatureSize];
            signer.Sign(BitConverter.GetBytes(i), signature);
            items[i] = new SignedMessage(signer.PublicKey, BitConverter.GetBytes(i), signature);
        });
        var results = new bool[items.Length];
        new TableSignatureVerifier().VerifyMany(items, results);
        Assert.That(results, Has.All.True);
    }

    [Test]
    public void Sign_OnceItHasSigned_AllocatesNothing()
    {
        using var signer = new SoftwareSigner(new Sm2PrivateKey(Bytes(Random(N - 2) + 1)));
        var (message, signature) = (new byte[212], new byte[SignedMessage.SignatureSize]);
        void SignMany()
        {
            for (var i = 0; i < 100; i++)
            {
                signer.Sign(message, signature);
            }
        }

        Assert.That(Allocated.Least(SignMany), Is.Zero);
    }

    [Test]
    public void Sign_StackAfterwards_HoldsNothingOfTheNumber()
    {
        // With randomness that never changes k is known, and so is k + r, which no one else may know.
        var d = Random(N - 2) + 1;
        using var key = new Sm2PrivateKey(Bytes(d), GeneratorComb.Shared, bytes => bytes.Fill(0x5A));
        var signature = new byte[SignedMessage.SignatureSize];
        key.Sign("message"u8, signature);
        var (r, s) = (Number(signature.AsSpan(0, 32)), Number(signature.AsSpan(32)));
        var k = Mod(((1 + d) * s) + (r * d), N);
        var (number, sum, hash) = (ScalarOf(k), ScalarOf((k + r) % N), Bytes(Mod(r - X(k), N)));
        var secret = MemoryMarshal.AsBytes(new ReadOnlySpan<SecretScalar>(in sum)).ToArray();
        var (held, stillHeld) = (0, 0);
        for (var i = 0; i < 20; i++)
        {
            // Compiling what is called for the first time uses the stack as well, so not every round finds it.
            key.TrySign(number, hash, signature);
            held += SecretStack.Holds(secret) ? 1 : 0;
            key.Sign("message"u8, signature);
            stillHeld += SecretStack.Holds(secret) ? 1 : 0;
        }

        Assert.That(held, Is.Positive, "this way of looking finds it");
        Assert.That(stillHeld, Is.Zero);
    }

    [Test]
    public void Dispose_KeyInMemory_IsZeroed()
    {
        var d = Bytes(Random(N - 2) + 1);
        var key = new Sm2PrivateKey(d);
        var signer = new SoftwareSigner(key);
        Assert.That(key.SecretBytes(), Is.SupersetOf(d).And.Length.EqualTo(32 + 40));

        signer.Dispose();
        Assert.That(key.SecretBytes(), Has.All.Zero);
        Assert.That(() => signer.Sign("m"u8, new byte[64]), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => key.Sign("m"u8, new byte[64]), Throws.TypeOf<CryptographicException>(), "disposed of while it signs");
    }

    private static BigInteger X(BigInteger k) => Number(MultiplyG(k).Normalize().AffineXCoord.GetEncoded());

    private static SignedMessage Sign(Sm2PrivateKey key, byte[] message)
    {
        var signature = new byte[SignedMessage.SignatureSize];
        key.Sign(message, signature);
        return new SignedMessage(key.PublicKey, message, signature);
    }
}
