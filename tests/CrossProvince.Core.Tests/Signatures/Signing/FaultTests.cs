using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.Signing;
using static CrossProvince.Core.Tests.Signatures.Signing.SecretNumbers;

namespace CrossProvince.Core.Tests.Signatures.Signing;

/// <summary>What goes wrong while a signature is made never leaves the signer: a wrong signature can give away the key.</summary>
public sealed class FaultTests
{
    private const int Signatures = 200;

    [Test]
    public void Sign_EntryOfTheCombDamaged_WrongSignaturesDoNotLeave()
    {
        // The entry of one window in the middle, and so of one signature in 32 or 64: some are right, and only those leave.
        var rows = (Vector256<ulong>[])GeneratorComb.MakeRows().Clone();
        var d = Bytes(Random(N - 2) + 1);
        var key = new Sm2PrivateKey(d, new GeneratorComb(rows), RandomNumberGenerator.Fill);
        rows[(20 * 64) + (2 * 7)] ^= Vector256.Create(0UL, 1UL << 40, 0, 0);
        rows[(21 * 64) + (2 * 3) + 1] ^= Vector256.Create(4UL, 0, 0, 0);
        Assert.That(Stopped(key), Is.InRange(1, Signatures - 1));
    }

    [TestCase(0)]
    [TestCase(31)]
    [TestCase(32)]
    [TestCase(63)]
    public void Sign_BitOfTheSignatureTurned_NothingLeaves(int at) => Assert.That(Stopped(new FaultyKey(new Sm2PrivateKey(Bytes(Random(N - 2) + 1)), at)), Is.EqualTo(Signatures));

    [Test]
    public void Sign_WithoutFault_EverythingLeaves() => Assert.That(Stopped(new Sm2PrivateKey(Bytes(Random(N - 2) + 1))), Is.Zero);

    /// <summary>How many signatures the signer kept back; whatever it gave out verifies.</summary>
    private static int Stopped(IPrivateKey key)
    {
        using var signer = new SoftwareSigner(key);
        var stopped = 0;
        for (var i = 0; i < Signatures; i++)
        {
            var message = BitConverter.GetBytes(i);
            var signature = new byte[SignedMessage.SignatureSize];
            try
            {
                signer.Sign(message, signature);
                Assert.That(TestKeys.Verifies(key.PublicKey, message, signature), Is.True);
            }
            catch (CryptographicException)
            {
                stopped++;
                Assert.That(signature, Has.All.Zero, "not even in the caller's memory");
            }
        }

        return stopped;
    }

    private sealed class FaultyKey(IPrivateKey key, int at) : IPrivateKey
    {
        public PublicKey PublicKey => key.PublicKey;

        public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
        {
            key.Sign(message, signature);
            signature[at] ^= 1;
        }

        public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => key.Verify(message, signature);

        public void Dispose() => key.Dispose();
    }
}
