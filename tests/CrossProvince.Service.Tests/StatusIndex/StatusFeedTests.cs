using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Service.StatusIndex;

namespace CrossProvince.Service.Tests.StatusIndex;

public sealed class StatusFeedTests
{
    private static readonly RegionCode s_region = RegionCode.Parse("110000");

    private CountingSigner _signer = null!;
    private RecentChanges _recent = null!;
    private StatusFeed _feed = null!;
    private long _seq;

    [SetUp]
    public void Reset()
    {
        (_signer, _recent, _seq) = (new CountingSigner(), new RecentChanges(), 0);
        _feed = new StatusFeed(s_region, () => _signer, _recent);
    }

    [Test]
    public void Publish_ManyFollow_EachBatchIsSignedOnceAndSharedByAll()
    {
        Publish(1);
        var places = Enumerable.Range(0, 50).Select(_ => _feed.Find(2)!).ToList();
        var before = _signer.Signatures;
        Publish(3);

        var taken = places.Select(place => Take(place)).ToList();
        Assert.That(_signer.Signatures - before, Is.EqualTo(1));
        Assert.That(taken.Select(messages => messages[0].ContentCase), Is.All.EqualTo(WatchStatusResponse.ContentOneofCase.Batch));
        Assert.That(taken.Select(messages => messages.Count), Is.All.EqualTo(2), "the batch, and the head behind it");
        Assert.That(taken.SelectMany(messages => messages).Distinct(ReferenceEqualityComparer.Instance).Count(), Is.EqualTo(2));
    }

    [Test]
    public void Find_WithinABatch_BeginsWithThatBatch()
    {
        Publish(5);
        Publish(5);

        Assert.That(Take(_feed.Find(3)!), Has.Count.EqualTo(3));
        Assert.That(Take(_feed.Find(6)!), Has.Count.EqualTo(2));
        Assert.That(Take(_feed.Find(11)!).Single().ContentCase, Is.EqualTo(WatchStatusResponse.ContentOneofCase.Head));
    }

    [Test]
    public void Find_NothingPublishedYet_WaitsForTheFirst()
    {
        var place = _feed.Find(1)!;
        Assert.That(_feed.TryTake(place, out var message, out var news), Is.True);
        Assert.That((message, news.IsCompleted), Is.EqualTo(((WatchStatusResponse?)null, false)));

        Publish(1);
        Assert.That(news.IsCompleted, Is.True);
        Assert.That(Take(place), Has.Count.EqualTo(2));
    }

    // Who was at another node of the region, which was further.
    [Test]
    public void Find_AheadOfThisNode_IsGivenWhatComesAfterOnly()
    {
        Publish(2);
        var place = _feed.Find(5)!;
        Take(place);
        Publish(2);
        Assert.That(Take(place).Select(message => message.ContentCase), Is.EqualTo(new[] { WatchStatusResponse.ContentOneofCase.Head }));

        Publish(1);
        Assert.That(Take(place).Select(message => message.ContentCase), Is.EqualTo(new[] { WatchStatusResponse.ContentOneofCase.Batch, WatchStatusResponse.ContentOneofCase.Head }));
    }

    [Test]
    public void TryTake_SlowReader_IsGivenOnlyTheNewestHead()
    {
        Publish(1);
        var place = _feed.Find(2)!;
        for (var i = 0; i < 10; i++)
        {
            Publish(0);
        }

        Assert.That(Take(place), Has.Count.EqualTo(1));
    }

    [Test]
    public void TryTake_FurtherBehindThanIsKept_IsToldSo()
    {
        Publish(1);
        var (slow, fast) = (_feed.Find(2)!, _feed.Find(2)!);
        for (var i = 0; i < 8; i++)
        {
            Publish(StatusFeedDocument.MaxChanges);
            Assert.That(Take(fast), Is.Not.Empty);
        }

        Assert.That(_feed.TryTake(slow, out _, out _), Is.False);
        Assert.That(_feed.Find(2), Is.Null);
        Assert.That(_feed.Find(_seq), Is.Not.Null);
    }

    // Changes that were lost in a restore, and behind which the chain goes on (ADR 0041).
    [Test]
    public void Publish_BehindAGap_LeadsNobodyAcross()
    {
        Publish(3);
        var place = _feed.Find(4)!;
        Take(place);
        _seq += 10;
        Publish(2);

        Assert.That(_feed.TryTake(place, out _, out _), Is.False);
        Assert.That((_feed.Find(4), _feed.Find(14)), Is.EqualTo(((StatusFeed.Place?)null, (StatusFeed.Place?)null)));
        Publish(1);
        Assert.That(Take(_feed.Find(16)!), Has.Count.EqualTo(2));
    }

    [Test]
    public void Publish_Start_GivesOutWhatIsKeptSinceBefore()
    {
        Add(25_000);
        Publish(0);

        Assert.That(Take(_feed.Find(1)!), Has.Count.EqualTo(4), "three batches of at most 10,000, and the head");
    }

    private void Add(int changes)
    {
        for (var i = 0; i < changes; i++)
        {
            _recent.Add(new StoredChange(new StatusChange(++_seq, 1, 0, (int)(_seq % StatusList.Capacity), LicenceStatus.InForce, new EntryTag(1), StatusReason.None), new byte[Sm3.HashSize]));
        }
    }

    private void Publish(int changes)
    {
        Add(changes);
        _feed.Publish(new PublishedIndexes.Published(new RegionSnapshot(new StatusHead(s_region, _seq, new byte[Sm3.HashSize], 1, []), []), [1]));
    }

    private List<WatchStatusResponse> Take(StatusFeed.Place place)
    {
        var messages = new List<WatchStatusResponse>();
        while (_feed.TryTake(place, out var message, out _) && message is not null)
        {
            messages.Add(message);
        }

        return messages;
    }

    private sealed class CountingSigner : ISigner
    {
        private static readonly SoftwareSigner s_signer = SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2));

        public int Signatures { get; private set; }

        public PublicKey PublicKey => s_signer.PublicKey;

        public void Sign(ReadOnlySpan<byte> message, Span<byte> signature64) => Signatures++;
    }
}
