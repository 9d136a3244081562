using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.Hashing;

namespace CrossProvince.Core.Tests.Signatures.Hashing;

[Category("Engines")]
public sealed class Sm3BatchTests
{
    private const int Place = 192;

    // The longest message leaves a byte for the bit 1 and eight for the length.
    private const int Longest = Place - 9;

    [Test]
    public void Hash_AnyNumberOfMessagesOfAnyLength_AgreesWithOneByOne()
    {
        var random = TestContext.CurrentContext.Random;
        var hashes = new byte[Sm3Batch.Capacity * Sm3.HashSize];
        Assert.Multiple(() =>
        {
            for (var count = 0; count <= Sm3Batch.Capacity; count++)
            {
                var places = new byte[count * Place];
                random.NextBytes(places);
                var lengths = Enumerable.Range(0, count).Select(i => i % 3 == 0 ? i % 56 : random.Next(Longest + 1)).ToArray();
                var expected = lengths.Select((length, i) => Sm3.Hash(places.AsSpan(i * Place, length))).ToArray();

                Sm3Batch.Hash(places, Place, lengths, hashes);

                Assert.That(hashes[..(count * Sm3.HashSize)], Is.EqualTo(expected.SelectMany(hash => hash)), $"{count} messages");
            }
        });
    }

    [Test]
    public void Hash_EveryLength_Agrees()
    {
        var place = new byte[Place];
        var hash = new byte[Sm3.HashSize];
        for (var length = 0; length <= Longest; length++)
        {
            TestContext.CurrentContext.Random.NextBytes(place);
            var expected = Sm3.Hash(place.AsSpan(0, length));
            Sm3Batch.Hash(place, Place, [length], hash);
            Assert.That(hash, Is.EqualTo(expected), $"{length} bytes");
        }
    }
}
