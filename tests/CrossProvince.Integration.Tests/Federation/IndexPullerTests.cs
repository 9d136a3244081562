using CrossProvince.Core.Status;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Tests;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>Tianjin pulls the index of a Beijing of an older version, which does not know streams, and misbehaves, with Beijing's own certificate and keys.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public sealed class IndexPullerTests
{
    private TestFederation _federation = null!;
    private FakePartner _beijing = null!;

    private RegionIndex Copy => _federation[TestFederation.Tianjin].Index.Find(TestFederation.Beijing)!;

    [SetUp]
    public async Task Start()
    {
        _federation = await TestFederation.StartAsync(new() { Running = [TestFederation.Tianjin] });
        _beijing = await FakePartner.StartAsync(_federation, TestFederation.Beijing);
        _beijing.Change(1);
        _beijing.Change(5_000);
        var head = _beijing.Publish();
        await Eventually.HoldsAsync(() => _federation[TestFederation.Tianjin].AsOf(TestFederation.Beijing) == head.TimeMs, "Tianjin follows Beijing");
    }

    [TearDown]
    public async Task Stop()
    {
        await _beijing.DisposeAsync();
        await _federation.DisposeAsync();
    }

    [Test]
    public void Pull_GoodHead_TakesTheEntries() =>
        Assert.That((Copy.Seq, Copy.Find(0, 1).Tag, Copy.Find(0, 5_000).Tag), Is.EqualTo((2, new EntryTag(2), new EntryTag(5_001))));

    [Test]
    public async Task Pull_OneEntryChanged_FetchesItsChunkOnly()
    {
        var before = _beijing.Requests.Count;
        _beijing.Change(5_000, LicenceStatus.Ended, StatusReason.Revoked);
        _beijing.Publish();
        await Eventually.HoldsAsync(() => Copy.Seq == 3, "the change is seen");

        Assert.That(_beijing.Requests.Skip(before).Where(r => r.Contains("/chunks/", StringComparison.Ordinal)), Is.EqualTo(new[] { "/v1/lists/110000/0/chunks/1" }));
    }

    [Test]
    public async Task Pull_ChangesGivenOut_FetchesThemAndNoChunk()
    {
        _beijing.Feed = feed => feed;
        var before = _beijing.Requests.Count;
        _beijing.Change(5_000, LicenceStatus.Ended, StatusReason.Revoked);
        _beijing.Change(70_000);
        var head = _beijing.Publish();
        await Eventually.HoldsAsync(() => Copy.AsOfMs == head.TimeMs, "the head is followed");

        Assert.That((Copy.Seq, Copy.Find(0, 5_000).Status, Copy.Find(0, 70_000).Tag), Is.EqualTo((4L, LicenceStatus.Ended, new EntryTag(70_001))));
        Assert.That(_beijing.Requests.Skip(before), Has.None.Contains("/lists/"));
    }

    // Damaged on the way, or a history that is not the one of the head: what differs is fetched as chunks, held to the head.
    [Test]
    public async Task Pull_ChangesDamagedOnTheWay_FetchesChunksInstead()
    {
        _beijing.Feed = feed => [.. feed[..^1], (byte)(feed[^1] ^ 1)];
        _beijing.Change(5_000, LicenceStatus.Ended, StatusReason.Revoked);
        var head = _beijing.Publish();
        await Eventually.HoldsAsync(() => Copy.AsOfMs == head.TimeMs, "the head is followed");

        Assert.That((Copy.Seq, Copy.Find(0, 5_000).Status), Is.EqualTo((3L, LicenceStatus.Ended)));
        Assert.That(_federation.Logs.Has("did not come to the signed head"), Is.True);
    }

    // The copy differs from what the region signed, though no change was missed: the head's roots tell, and the difference is fetched.
    [Test]
    public async Task Pull_CopyHasComeToDiffer_IsFoundWithTheNextChange()
    {
        _beijing.Feed = feed => feed;
        Copy.ReplaceChunk(Of(list => list.Set(5_001, new IndexEntry(LicenceStatus.InForce, new EntryTag(9), StatusReason.None)), 5_001 / StatusList.ChunkSize));
        _beijing.Change(5_000, LicenceStatus.Ended, StatusReason.Revoked);
        var head = _beijing.Publish();
        await Eventually.HoldsAsync(() => Copy.AsOfMs == head.TimeMs, "the head is followed");

        Assert.That((Copy.Find(0, 5_001), Copy.Find(0, 5_000)), Is.EqualTo((IndexEntry.Unallocated, new IndexEntry(LicenceStatus.Ended, new EntryTag(5_001), StatusReason.Revoked))));
    }

    [TestCase("tag")]
    [TestCase("status")]
    public async Task Pull_MemoryOfTheCopyDamaged_IsFetchedAnew(string what)
    {
        _federation.Logs.Declare("Memory was damaged in the copy of region 110000's licence index");
        var good = Copy.Find(0, 5_000);
        Damage.Flip(Copy, 0, 5_000, what);
        await Eventually.HoldsAsync(() => _federation.Logs.Has("Memory was damaged in the copy of region 110000's licence index, list 0, chunk 1"), "the damage is found");
        Assert.That(Copy.Find(0, 5_000), Is.EqualTo(good).Or.EqualTo(IndexEntry.Unallocated));
        _beijing.Publish();

        await Eventually.HoldsAsync(() => Copy.Find(0, 5_000) == good && Copy.Lost.Count == 0, "the chunk is fetched anew");
    }

    [Test]
    public async Task Pull_NothingChanged_FetchesNoChunk()
    {
        var before = _beijing.Requests.Count;
        var head = _beijing.Publish();
        await Eventually.HoldsAsync(() => Copy.AsOfMs == head.TimeMs, "the newer head is followed");

        Assert.That(_beijing.Requests.Skip(before), Has.None.Contains("/lists/"));
    }

    [Test]
    public async Task Pull_Garbage_KeepsTheLastGoodCopy() => await KeepsLastGoodAsync(() => _beijing.Serve("garbage"u8.ToArray()));

    [Test]
    public async Task Pull_Nothing_KeepsTheLastGoodCopy() => await KeepsLastGoodAsync(() => _beijing.Serve([]));

    [Test]
    public async Task Pull_TooMuch_KeepsTheLastGoodCopy() => await KeepsLastGoodAsync(() => _beijing.Serve(new byte[StatusHeadDocument.MaxBytes + 1]));

    [Test]
    public async Task Pull_HeadOfAnotherRegion_KeepsTheLastGoodCopy() =>
        await KeepsLastGoodAsync(() => _beijing.Serve(Newer() with { Region = TestFederation.Hebei }, "130000/keys/index"));

    [Test]
    public async Task Pull_HeadOfAnotherRegionUnderOwnKey_KeepsTheLastGoodCopy() =>
        await KeepsLastGoodAsync(() => _beijing.Serve(Newer() with { Region = TestFederation.Hebei }, "110000/keys/index"));

    [Test]
    public async Task Pull_HeadUnderAnotherRegionsKey_KeepsTheLastGoodCopy() => await KeepsLastGoodAsync(() => _beijing.Serve(Newer(), "130000/keys/index"));

    [Test]
    public async Task Pull_HeadUnderTheCodeKey_KeepsTheLastGoodCopy() => await KeepsLastGoodAsync(() => _beijing.Serve(Newer(), "110000/keys/code"));

    [Test]
    public async Task Pull_HeadOfTheFuture_KeepsTheLastGoodCopy() =>
        await KeepsLastGoodAsync(() => _beijing.Serve(Newer() with { TimeMs = _federation.Clock.Milliseconds + 120_000 }, "110000/keys/index"));

    [Test]
    public async Task Pull_OlderHeadReplayed_KeepsTheLastGoodCopy() =>
        await KeepsLastGoodAsync(() => _beijing.Serve(Newer() with { Seq = 1 }, "110000/keys/index"));

    [Test]
    public async Task Pull_EarlierHeadReplayed_KeepsTheLastGoodCopy() =>
        await KeepsLastGoodAsync(() => _beijing.Serve(Newer() with { TimeMs = Copy.AsOfMs - 1 }, "110000/keys/index"));

    [Test]
    public async Task Pull_ForkedChain_KeepsTheLastGoodCopyAndRaisesAnAlarm()
    {
        _federation.Logs.Declare("ALARM: region 110000 has signed two different histories of its change 2.");
        var (seq, asOf) = (Copy.Seq, Copy.AsOfMs);
        _beijing.Serve(Newer() with { Hash = new byte[32] }, "110000/keys/index");
        await Eventually.HoldsAsync(() => _federation.Logs.Has("ALARM: region 110000"), "the fork is found");

        Assert.That((Copy.Seq, Copy.AsOfMs), Is.EqualTo((seq, asOf)));
    }

    // Another node of the region, a moment behind or with a slower clock.
    [Test]
    public async Task Pull_OlderHeadOfAnotherNode_IsNothingNewAndNothingWrong()
    {
        await KeepsLastGoodAsync(() => _beijing.Serve(Newer() with { TimeMs = Copy.AsOfMs - 200 }, "110000/keys/index"));

        Assert.That(_federation.Logs.Has("older than the copy"), Is.False);
    }

    [Test]
    public async Task Pull_ChunkChangedOnTheWay_KeepsTheLastGoodCopy() => await KeepsLastGoodAsync(() =>
    {
        _beijing.Chunk = chunk => [.. chunk[..^1], (byte)(chunk[^1] ^ 1)];
        _beijing.Change(5_000, LicenceStatus.Ended, StatusReason.Revoked);
        _beijing.Publish();
    });

    [Test]
    public async Task Pull_GoodAgainAfterGarbage_FollowsAgain()
    {
        _beijing.Serve("garbage"u8.ToArray());
        await _beijing.WaitForPullsAsync();
        var head = _beijing.Publish();

        await Eventually.HoldsAsync(() => Copy.AsOfMs == head.TimeMs, "Tianjin follows again");
    }

    private static StatusChunk Of(Action<StatusList> fill, int number)
    {
        var list = new StatusList(0);
        fill(list);
        Assert.That(StatusChunk.TryDecode(list.Snapshot().EncodeChunk(number), out var chunk), Is.True);
        return chunk!;
    }

    /// <summary>A head that would be followed: of the same state, signed later.</summary>
    private StatusHead Newer() => _beijing.Index.Publish(_federation.Clock.Milliseconds).Head;

    private async Task KeepsLastGoodAsync(Action misbehave)
    {
        var (seq, asOf, entry) = (Copy.Seq, Copy.AsOfMs, Copy.Find(0, 5_000));
        misbehave();
        await _beijing.WaitForPullsAsync();

        Assert.That((Copy.Seq, Copy.AsOfMs, Copy.Find(0, 5_000)), Is.EqualTo((seq, asOf, entry)));
    }
}
