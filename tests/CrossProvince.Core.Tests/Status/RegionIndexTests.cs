using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Tests;

namespace CrossProvince.Core.Tests.Status;

public sealed class RegionIndexTests
{
    private static readonly RegionCode s_beijing = new(110000);

    [Test]
    public void Find_NothingHeld_IsUnallocated()
    {
        var index = new RegionIndex(s_beijing, 4);

        Assert.That((index.Find(0, 0), index.Find(-1, 0), index.Find(65535, 5), index.AsOfMs), Is.EqualTo((IndexEntry.Unallocated, IndexEntry.Unallocated, IndexEntry.Unallocated, 0L)));
    }

    [Test]
    public void Apply_Sequence_MovesChain()
    {
        var index = new RegionIndex(s_beijing, 4);
        var first = Change(1);
        var second = Change(2) with { Status = LicenceStatus.Ended, Reason = StatusReason.Revoked };

        index.Apply(first);
        index.Apply(second);

        Assert.That((index.Seq, index.Find(3, 7).Status), Is.EqualTo((2L, LicenceStatus.Ended)));
        Assert.That(index.ChainHash.ToArray(), Is.EqualTo(second.NextHash(first.NextHash(new byte[32]))));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(3)]
    public void Apply_NotTheNext_IsRefused(long seq) => Refused(Change(seq));

    [TestCase(4)]
    [TestCase(-1)]
    [TestCase(65536)]
    public void Apply_ListBeyondBound_IsRefused(int list) => Refused(Change(2) with { List = list });

    [TestCase(-1)]
    [TestCase(1 << 20)]
    public void Apply_IndexBeyondList_IsRefused(int at) => Refused(Change(2) with { Index = at });

    [Test]
    public void Apply_IndexOfAnotherLicence_IsRefused() => Refused(Change(2) with { Tag = new EntryTag(99) });

    [Test]
    public void Apply_NoTag_IsRefused() => Refused(Change(2) with { Tag = EntryTag.None, Status = LicenceStatus.NotActive });

    [Test]
    public void Apply_RevokedWithoutReason_IsRefused() => Refused(Change(2) with { Status = LicenceStatus.Ended });

    [Test]
    public void Apply_LastListAndIndex_AreAccepted()
    {
        var index = new RegionIndex(s_beijing, 65_536);

        index.Apply(Change(1) with { List = 65_535, Index = (1 << 20) - 1 });

        Assert.That(index.Find(65_535, (1 << 20) - 1).Tag, Is.EqualTo(new EntryTag(5)));
    }

    [TestCase(0)]
    [TestCase(65_537)]
    public void ListBound_OutOfRange_Throws(int bound) => Assert.That(() => new RegionIndex(s_beijing, bound), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void Follow_ChunksOfHead_BecomeTheCopy()
    {
        var source = Source();
        var copy = new RegionIndex(s_beijing, 4);
        var published = source.Publish(1000);

        Copy(published, copy);
        copy.Follow(published.Head);

        Assert.That((copy.Seq, copy.AsOfMs, copy.Find(3, 7), copy.Find(0, 9)), Is.EqualTo((2L, 1000L, source.Find(3, 7), source.Find(0, 9))));

        // One change costs one chunk.
        source.Apply(Change(3) with { Status = LicenceStatus.Suspended, Reason = StatusReason.Suspended });
        published = source.Publish(2000);
        Assert.That(Copy(published, copy), Is.EqualTo(1));
        copy.Follow(published.Head);
        Assert.That((copy.Seq, copy.AsOfMs, copy.Find(3, 7).Status), Is.EqualTo((3L, 2000L, LicenceStatus.Suspended)));
    }

    [Test]
    public void Publish_ClockSetBack_KeepsTime()
    {
        var source = Source();
        source.Publish(2000);

        Assert.That((source.Publish(1000).Head.TimeMs, source.AsOfMs), Is.EqualTo((2000L, 2000L)));
    }

    [Test]
    public void Follow_ChunksMissing_IsRefusedAndChangesNothing()
    {
        var copy = new RegionIndex(s_beijing, 4);

        Assert.That(() => copy.Follow(Source().Publish(1000).Head), Throws.TypeOf<StatusDocumentException>());
        Assert.That((copy.Seq, copy.AsOfMs), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public void Follow_Replayed_IsRefused()
    {
        var source = Source();
        var old = source.Publish(1000);
        var copy = new RegionIndex(s_beijing, 4);
        Copy(old, copy);
        copy.Follow(old.Head);
        copy.Follow(old.Head);
        var newer = source.Publish(2000);
        copy.Follow(newer.Head);

        Assert.That(() => copy.Follow(old.Head), Throws.TypeOf<StatusDocumentException>().With.Message.Contains("older"));
        Assert.That(() => copy.CheckFollows(old.Head), Throws.TypeOf<StatusDocumentException>().With.Message.Contains("older"));
        Assert.That(() => copy.Follow(newer.Head with { Seq = 1, TimeMs = 3000 }), Throws.TypeOf<StatusDocumentException>().With.Message.Contains("older"));
        Assert.That(copy.AsOfMs, Is.EqualTo(2000));
    }

    [Test]
    public void Follow_OtherChainAtSameChange_IsRefused()
    {
        var head = Source().Publish(1000);
        var copy = new RegionIndex(s_beijing, 4);
        Copy(head, copy);
        copy.Follow(head.Head);

        Assert.That(() => copy.Follow(head.Head with { Hash = new byte[32] }), Throws.TypeOf<StatusDocumentException>().With.Message.Contains("two different chains"));
    }

    [Test]
    public void Follow_OtherRegion_IsRefused() => Assert.That(
        () => new RegionIndex(new RegionCode(120000), 4).Follow(Source().Publish(1000).Head), Throws.TypeOf<StatusDocumentException>());

    [Test]
    public void FindChangedChunks_HashesOfAnotherRoot_AreRefused()
    {
        var list = Source().Publish(1000).Lists[0];
        var hashes = list.ChunkHashes.ToArray();

        Assert.That(() => list.FindChangedChunks(hashes, new byte[32]), Throws.TypeOf<StatusDocumentException>());
        Assert.That(() => list.FindChangedChunks(hashes.AsSpan(1), list.Root.Span), Throws.TypeOf<StatusDocumentException>());
        Assert.That(() => list.FindChangedChunks([], Sm3.Hash([])), Throws.TypeOf<StatusDocumentException>().With.Message.Contains("shorter"));
        Assert.That(() => list.FindChangedChunks(new byte[257 * 32], list.Root.Span), Throws.TypeOf<StatusDocumentException>());
        Assert.That(list.FindChangedChunks(hashes, list.Root.Span), Is.Empty);
    }

    [Test]
    public void ReplaceChunk_ListBeyondBound_IsRefused()
    {
        Assert.That(StatusChunk.TryDecode(Source().Publish(1).Lists[1].EncodeChunk(0), out var chunk), Is.True);

        Assert.That(() => new RegionIndex(s_beijing, 3).ReplaceChunk(chunk!), Throws.TypeOf<StatusDocumentException>());
    }

    [Test]
    public void Load_EntriesOfStore_GoOnWhereTheyStood()
    {
        var source = Source();
        var loaded = new RegionIndex(s_beijing, 4);

        loaded.Load([(3, 7, source.Find(3, 7)), (0, 9, source.Find(0, 9))], source.Seq, source.ChainHash.Span);
        loaded.Apply(Change(3));

        Assert.That(loaded.Publish(5).Head.Lists.Count, Is.EqualTo(2));
        Assert.That(loaded.ChainHash.ToArray(), Is.EqualTo(Change(3).NextHash(source.ChainHash.Span)));
    }

    [TestCase(2, 2_000, HeadOrder.Next)]
    [TestCase(2, 2_001, HeadOrder.Next)]
    [TestCase(3, 2_000, HeadOrder.Next)]
    [TestCase(2, 1_999, HeadOrder.Older)]
    [TestCase(1, 2_001, HeadOrder.Older)]
    [TestCase(3, 1_999, HeadOrder.Older)]
    public void Compare_Head_IsTheNextOrOlder(long seq, long time, HeadOrder expected)
    {
        var source = Source();
        Assert.That(source.Seq, Is.EqualTo(2));
        var head = source.Publish(2_000).Head;

        Assert.That(source.Compare(head with { Seq = seq, TimeMs = time }), Is.EqualTo(expected));
    }

    [TestCase(1_000)]
    [TestCase(3_000)]
    public void Compare_SameChangeAnotherHash_IsForked(long time)
    {
        var source = Source();
        var head = source.Publish(2_000).Head;

        Assert.That(source.Compare(head with { Hash = new byte[32], TimeMs = time }), Is.EqualTo(HeadOrder.Forked));
    }

    [Test]
    public void GetOrAdd_Region_IsOne()
    {
        var all = new LicenceIndex();
        var index = all.GetOrAdd(s_beijing, 4);

        Assert.That(all.GetOrAdd(s_beijing, 9), Is.SameAs(index));
        Assert.That((index.ListBound, all.Find(s_beijing) == index, all.Find(new RegionCode(120000)), all.Regions.Count()), Is.EqualTo((9, true, (RegionIndex?)null, 1)));
    }

    [Test]
    public void Replace_WholeState_IsTheState()
    {
        var published = Source().Publish(900);
        var copy = new RegionIndex(s_beijing, 4);

        copy.Replace(published.Head, Kept(published));

        Assert.That((copy.Seq, copy.AsOfMs, copy.Find(0, 9).Tag, copy.Find(3, 7).Tag), Is.EqualTo((2L, 900L, new EntryTag(5), new EntryTag(5))));
        Assert.That(copy.Publish(901).Head.Lists.Select(list => list.Root.ToArray()), Is.EqualTo(published.Head.Lists.Select(list => list.Root.ToArray())));
    }

    [Test]
    public void Replace_ChunkMissing_ChangesNothing()
    {
        var published = Source().Publish(900);
        var copy = new RegionIndex(s_beijing, 4);

        Assert.That(() => copy.Replace(published.Head, Kept(published).Skip(1)), Throws.TypeOf<StatusDocumentException>());
        Assert.That((copy.Seq, copy.AsOfMs, copy.Lists.Count), Is.EqualTo((0L, 0L, 0)));
    }

    [TestCase("tag")]
    [TestCase("status")]
    [TestCase("reason")]
    [TestCase("state")]
    public void CheckMemory_OneBitFlipped_LosesTheChunkUntilItIsReplaced(string what)
    {
        var index = Source();
        index.Apply(Change(3) with { List = 0, Index = 9, Status = LicenceStatus.Ended, Reason = StatusReason.Revoked });
        var published = index.Publish(900);
        var good = Kept(published).First();
        Assert.That(index.CheckMemory(10), Is.Empty);

        Damage.Flip(index, 0, 9, what);

        Assert.That(index.CheckMemory(10), Is.EqualTo(new[] { (0, 0) }));
        Assert.That((index.Find(0, 9), index.IsDamaged(0, 9, 1), index.Lost.Count, index.Find(3, 7).Tag), Is.EqualTo((IndexEntry.Unallocated, true, 1, new EntryTag(5))));
        Assert.That(() => index.Publish(901), Throws.TypeOf<StatusDocumentException>());
        Assert.That(() => index.Apply(Change(4) with { List = 0, Index = 9 }), Throws.TypeOf<StatusDocumentException>());
        Assert.That((index.CheckMemory(10).Count, index.Seq), Is.EqualTo((0, 3L)));

        index.ReplaceChunk(good);
        Assert.That((index.Find(0, 9).Reason, index.Lost.Count), Is.EqualTo((StatusReason.Revoked, 0)));
        Assert.That(index.Publish(902).Head.Lists.Select(list => (list.Allocated, Convert.ToHexString(list.Root.Span))), Is.EqualTo(published.Head.Lists.Select(list => (list.Allocated, Convert.ToHexString(list.Root.Span)))));
    }

    [Test]
    public void CheckMemory_FewAtOnce_ComesToEveryChunk()
    {
        var index = new RegionIndex(s_beijing, 4);
        for (var i = 0; i < 10; i++)
        {
            index.Apply(Change(i + 1) with { List = i % 3, Index = i * StatusList.ChunkSize, Tag = new EntryTag((ulong)i + 1) });
        }

        index.Publish(900);
        Damage.Flip(index, 2, 8 * StatusList.ChunkSize, "tag");
        var calls = index.Lists.Sum(list => list.ChunkCount) / 3 + 1;

        Assert.That(Enumerable.Range(0, calls).SelectMany(_ => index.CheckMemory(3)), Is.EqualTo(new[] { (2, 8) }));
    }

    // It has no hash yet that it could be held against; the next head gives it one.
    [Test]
    public void IsDamaged_WrittenSinceItWasPublished_IsNotSaid()
    {
        var index = Source();
        index.Publish(900);
        index.Apply(Change(3) with { List = 0, Index = 10, Tag = new EntryTag(6) });

        Assert.That((index.IsDamaged(0, 10, 1), index.IsDamaged(0, 4_000, 1), index.IsDamaged(2, 0, 1), index.CheckMemory(10).Count), Is.EqualTo((false, false, false, 0)));
    }

    private static IEnumerable<StatusChunk> Kept(RegionSnapshot published) => published.Lists.SelectMany(list => StatusChunk.FromParts(
        [.. Enumerable.Range(0, list.ChunkCount).Select(list.ReadChunk)], list.Number, 0, list.ChunkHashes.Span));

    private static StatusChange Change(long seq) => new(seq, 500 + seq, 3, 7, LicenceStatus.InForce, new EntryTag(5), StatusReason.None);

    private static RegionIndex Source()
    {
        var index = new RegionIndex(s_beijing, 4);
        index.Apply(Change(1));
        index.Apply(Change(2) with { List = 0, Index = 9 });
        return index;
    }

    private static int Copy(RegionSnapshot published, RegionIndex copy)
    {
        var fetched = 0;
        foreach (var (list, head) in published.Lists.Zip(published.Head.Lists))
        {
            foreach (var chunk in copy.Snapshot(head.List).FindChangedChunks(list.ChunkHashes.Span, head.Root.Span))
            {
                copy.ReplaceChunk(StatusChunk.Open(list.EncodeChunk(chunk), head.List, chunk, list.ChunkHashes.Span.Slice(chunk * 32, 32)));
                fetched++;
            }
        }

        return fetched;
    }

    private static void Refused(StatusChange change)
    {
        var index = new RegionIndex(s_beijing, 4);
        index.Apply(Change(1));
        var hash = index.ChainHash;

        Assert.That(() => index.Apply(change), Throws.TypeOf<StatusDocumentException>());
        Assert.That((index.Seq, index.Find(3, 7).Status, index.ChainHash), Is.EqualTo((1L, LicenceStatus.InForce, hash)));
    }
}
