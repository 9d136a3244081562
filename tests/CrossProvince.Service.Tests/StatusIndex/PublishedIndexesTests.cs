using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Service.StatusIndex;

namespace CrossProvince.Service.Tests.StatusIndex;

public sealed class PublishedIndexesTests
{
    private const int Kept = 3;
    private static readonly RegionCode s_region = RegionCode.Parse("110000");

    private readonly List<RegionSnapshot> _snapshots = [];
    private RegionIndex _index = null!;
    private PublishedIndexes _published = null!;

    [SetUp]
    public void Reset()
    {
        _snapshots.Clear();
        (_index, _published) = (new RegionIndex(s_region, 4), new PublishedIndexes());
    }

    [Test]
    public void FindHead_NothingPublished_IsNull() => Assert.That(_published.FindHead(s_region), Is.Null);

    [Test]
    public void FindHead_SeveralPublished_IsTheNewest()
    {
        Publish(changes: 1);
        Publish(changes: 1);

        Assert.That(_published.FindHead(s_region), Is.EqualTo(new byte[] { 2 }));
        Assert.That(_published.FindHead(RegionCode.Parse("120000")), Is.Null);
    }

    [Test]
    public void FindChunkHashes_RootOfAnEarlierHead_AreThoseOfThatHead()
    {
        Publish(changes: 1);
        Publish(changes: 1);
        var (earlier, newest) = (_snapshots[0].Lists[0], _snapshots[1].Lists[0]);

        Assert.That(Hashes(earlier.Root), Is.EqualTo(earlier.ChunkHashes.ToArray()));
        Assert.That(Hashes(null), Is.EqualTo(newest.ChunkHashes.ToArray()));
        Assert.That(Hashes(earlier.Root), Is.Not.EqualTo(Hashes(newest.Root)));
    }

    [Test]
    public void FindChunkHashes_HeadNoLongerKept_IsNull()
    {
        for (var i = 0; i <= Kept; i++)
        {
            Publish(changes: 1);
        }

        Assert.That(Hashes(_snapshots[0].Lists[0].Root), Is.Null);
        Assert.That(Hashes(_snapshots[1].Lists[0].Root), Is.Not.Null);
    }

    // Two heads in a second with nothing new must not push out the states that partners still fetch.
    [Test]
    public void Add_SameSequenceNumberAgain_TakesThePlaceOfTheLast()
    {
        Publish(changes: 1);
        for (var i = 0; i < Kept + 2; i++)
        {
            Publish(changes: i == 0 ? 1 : 0);
        }

        Assert.That(_published.FindHead(s_region), Is.EqualTo(new[] { (byte)_snapshots.Count }));
        Assert.That(Hashes(_snapshots[0].Lists[0].Root), Is.Not.Null);
    }

    [Test]
    public void FindChunk_ByHash_HasThatHash()
    {
        Publish(changes: 1);
        var hash = _snapshots[0].Lists[0].ChunkHashes[..Sm3.HashSize];
        Publish(changes: 1);

        Assert.That(Sm3.Hash(_published.FindChunk(s_region, 0, 0, hash)!), Is.EqualTo(hash.ToArray()));
        Assert.That(Sm3.Hash(_published.FindChunk(s_region, 0, 0, null)!), Is.Not.EqualTo(hash.ToArray()));
        Assert.That(_published.FindChunk(s_region, 0, 0, new byte[Sm3.HashSize]), Is.Null);
        Assert.That(_published.FindChunk(s_region, 1, 0, null), Is.Null);
        Assert.That(_published.FindChunk(s_region, 0, StatusList.MaxChunks, null), Is.Null);
    }

    private void Publish(int changes)
    {
        for (var i = 0; i < changes; i++)
        {
            _index.Apply(new StatusChange(_index.Seq + 1, 1_000 * (_index.Seq + 1), 0, (int)_index.Seq, LicenceStatus.InForce, new EntryTag(7), StatusReason.None));
        }

        var snapshot = _index.Publish(1_000_000 + _snapshots.Count);
        _snapshots.Add(snapshot);
        _published.Add(snapshot, [(byte)_snapshots.Count], Kept);
    }

    private byte[]? Hashes(ReadOnlyMemory<byte>? root) => _published.FindChunkHashes(s_region, 0, root)?.ToArray();
}
