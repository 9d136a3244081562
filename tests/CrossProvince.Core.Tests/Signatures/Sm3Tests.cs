using System.Text;
using CrossProvince.Core.Signatures;
using Org.BouncyCastle.Crypto.Digests;

namespace CrossProvince.Core.Tests.Signatures;

public sealed class Sm3Tests
{
    [TestCase("", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b")]
    [TestCase("abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")]
    [TestCase("abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd", "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732")]
    public void Hash_PublishedVector_Agrees(string text, string expected)
    {
        var hash = new byte[Sm3.HashSize];
        Sm3.Hash(Encoding.ASCII.GetBytes(text), hash);
        Assert.That(Convert.ToHexStringLower(hash), Is.EqualTo(expected));
        Assert.That(Sm3.Hash(Encoding.ASCII.GetBytes(text)), Is.EqualTo(hash));
    }

    [Test]
    public void Hash_EveryLengthAndSplit_AgreesWithBouncyCastle()
    {
        var data = new byte[1000];
        TestContext.CurrentContext.Random.NextBytes(data);
        var hash = new byte[Sm3.HashSize];
        Assert.Multiple(() =>
        {
            for (var length = 0; length <= 300; length++)
            {
                Assert.That(Sm3.Hash(data.AsSpan(0, length)), Is.EqualTo(Expected(data.AsSpan(0, length))), $"{length} bytes");
            }

            Assert.That(Sm3.Hash(data), Is.EqualTo(Expected(data)));
            for (var head = 0; head < 64; head++)
            {
                foreach (var length in new[] { head, head + 1, 55, 56, 63, 64, 65, 127, 128, 129, 300 }.Where(length => length >= head))
                {
                    Sm3.Hash(data.AsSpan(0, head), data.AsSpan(head, length - head), hash);
                    Assert.That(hash, Is.EqualTo(Expected(data.AsSpan(0, length))), $"{head} of {length} bytes");
                }
            }
        });
    }

    [Test]
    public void Hash_NoRoom_Throws() => Assert.That(() => Sm3.Hash([], new byte[Sm3.HashSize - 1]), Throws.ArgumentException);

    [Test]
    public void Hash_IntoSpan_AllocatesNothing()
    {
        var data = new byte[212];
        var hash = new byte[Sm3.HashSize];

        Assert.That(Allocated.Least(() => Sm3.Hash(data, hash)), Is.Zero);
    }

    private static byte[] Expected(ReadOnlySpan<byte> data)
    {
        var digest = new SM3Digest();
        digest.BlockUpdate(data);
        var hash = new byte[Sm3.HashSize];
        digest.DoFinal(hash);
        return hash;
    }
}
