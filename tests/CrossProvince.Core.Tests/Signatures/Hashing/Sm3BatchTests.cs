using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.Hashing;

namespace CrossProvince.Core.Tests.Signatures.Hashing;

[Category("Engines")]
public sealed class Sm3BatchTests
{
    // Longer than what is hashed side by side.
    private const int Longest = Sm3Lanes.MaxPaddedSize + 70;

    [Test]
    public void Hash_AnyNumberOfMessagesOfAnyLength_AgreesWithOneByOne()
    {
        Assert.Multiple(() =>
        {
            for (var count = 0; count <= Sm3Batch.Capacity; count++)
            {
                Check([.. Enumerable.Range(0, count).Select(i => i % 3 == 0 ? i % 56 : TestContext.CurrentContext.Random.Next(Longest + 1))]);
            }
        });
    }

    [Test]
    public void Hash_EveryLength_Agrees()
    {
        for (var length = 0; length <= Longest; length++)
        {
            Check([length]);
            Check([length, length, length]);
        }
    }

    private static void Check(int[] lengths)
    {
        var messages = lengths.Select(length => new byte[length]).ToArray();
        Array.ForEach(messages, TestContext.CurrentContext.Random.NextBytes);
        var hashes = new byte[lengths.Length * Sm3.HashSize];

        Sm3Batch.Hash(new Messages(messages), hashes);

        Assert.That(hashes, Is.EqualTo(messages.SelectMany(message => Sm3.Hash(message))), $"{string.Join(", ", lengths)} bytes");
    }

    private readonly struct Messages(byte[][] messages) : IMessages
    {
        public int Count => messages.Length;

        public int LengthOf(int i) => messages[i].Length;

        public void CopyTo(int i, scoped Span<byte> message) => messages[i].CopyTo(message);

        public void Hash(int i, scoped Span<byte> hash) => Sm3.Hash(messages[i], hash);
    }
}
