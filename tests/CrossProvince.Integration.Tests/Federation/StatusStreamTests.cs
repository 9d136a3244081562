using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics.Metrics;
using CrossProvince.Cli;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Status;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Federation.Following;
using CrossProvince.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>Tianjin follows the stream of a Beijing that misbehaves, with Beijing's own certificate and keys.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public sealed class StatusStreamTests
{
    private static readonly HttpClient s_http = new();

    private TestFederation _federation = null!;
    private FakePartner _beijing = null!;

    private TestNode Tianjin => _federation[TestFederation.Tianjin];

    private RegionIndex Copy => Tianjin.Index.Find(TestFederation.Beijing)!;

    private IEnumerable<string> Snapshots => _beijing.Stream.Calls.Where(call => call == "snapshot");

    [SetUp]
    public async Task Start()
    {
        _federation = await TestFederation.StartAsync(new() { Running = [TestFederation.Tianjin] });
        _beijing = await FakePartner.StartAsync(_federation, TestFederation.Beijing, streams: true);
        _beijing.Change(1);
        _beijing.Change(5_000);
        _beijing.Publish();
        await FollowsAsync();
        Assert.That(Snapshots.Count(), Is.EqualTo(1), "the copy was empty");
    }

    [TearDown]
    public async Task Stop()
    {
        await _beijing.DisposeAsync();
        await _federation.DisposeAsync();
    }

    [Test]
    public async Task Stream_Changes_AreTakenWithoutAnyQuestion()
    {
        Revoke();
        _beijing.Change(70_000);
        _beijing.Stream.Publish();
        await FollowsAsync();

        Assert.That((Copy.Seq, Copy.Find(0, 5_000).Status, Copy.Find(0, 70_000).Tag), Is.EqualTo((4L, LicenceStatus.Ended, new EntryTag(70_001))));
        Assert.That(_beijing.Stream.Calls, Is.EqualTo(new[] { "snapshot", "watch 3" }));
        Assert.That(_beijing.Requests, Has.None.Contains("110000"), "no head, feed or chunk was asked for over HTTP");
    }

    [Test]
    public async Task Stream_BatchThatBeginsEarlier_IsTakenFromWhereTheCopyIs()
    {
        Revoke();
        _beijing.Publish();
        _beijing.Stream.Send(_beijing.Batch(1, 3));
        await Eventually.HoldsAsync(() => Copy.Seq == 3, "the change is taken");

        Assert.That(Copy.Find(0, 5_000).Status, Is.EqualTo(LicenceStatus.Ended));
    }

    // A feed that was played before, or content of a newer version: nothing new, and nothing wrong.
    [Test]
    public async Task Stream_OldBatchAndHeadReplayed_AreNothingNew()
    {
        var (batch, head) = (_beijing.Batch(1, 2), _beijing.Head);
        Revoke();
        _beijing.Stream.Publish();
        await FollowsAsync();
        _beijing.Stream.Send(batch);
        _beijing.Stream.SendHead(head);
        _beijing.Stream.Send(WatchStatusResponse.Parser.ParseFrom([0x7A, 0x01, 0x78]));
        Suspend();
        _beijing.Stream.Publish();
        await FollowsAsync();

        Assert.That((Copy.Seq, Copy.Find(0, 5_000).Status), Is.EqualTo((4L, LicenceStatus.Ended)));
        Assert.That(_beijing.Stream.Calls, Is.EqualTo(new[] { "snapshot", "watch 3" }), "the stream went on");
    }

    [TestCase("damaged on the way", "no key")]
    [TestCase("of another region's key", "no key")]
    [TestCase("of another region under its own key", "of another region")]
    [TestCase("of the code key", "no key")]
    [TestCase("a head for a batch", "no key")]
    [TestCase("too large", "bytes")]
    [TestCase("far too large", "ResourceExhausted")]
    [TestCase("garbage", "COSE_Sign1")]
    public async Task Stream_FalseBatch_KeepsTheLastGoodCopyAndFollowsAgain(string what, string reason)
    {
        Revoke();
        _beijing.Publish();
        var good = _beijing.Batch(3, 3);
        var hash = _beijing.Snapshot.Head.Hash.Span;
        var change = new StatusChange(3, 1, 0, 5_000, LicenceStatus.Ended, new EntryTag(5_001), StatusReason.Revoked);
        var asOf = Copy.AsOfMs;
        _beijing.Stream.IsSilent = true;
        _beijing.Stream.Send(what switch
        {
            "damaged on the way" => [.. good[..^1], (byte)(good[^1] ^ 1)],
            "of another region's key" => StatusFeedDocument.Sign(TestFederation.Beijing, [change], hash, _federation.Signer("130000/keys/index")),
            "of another region under its own key" => StatusFeedDocument.Sign(TestFederation.Hebei, [change], hash, _federation.Signer("110000/keys/index")),
            "of the code key" => _beijing.Batch(3, 3, "code"),
            "a head for a batch" => _beijing.Head,
            "too large" => new byte[StatusFeedDocument.MaxBytes + 1],
            "far too large" => new byte[StatusHeadDocument.MaxBytes + (128 * 1024)],
            _ => "garbage"u8.ToArray(),
        });
        await Eventually.HoldsAsync(() => _federation.Logs.Has(reason), $"it is refused: {reason}");
        Assert.That((Copy.Seq, Copy.AsOfMs, Copy.Find(0, 5_000).Status), Is.EqualTo((2L, asOf, LicenceStatus.InForce)));

        await Eventually.HoldsAsync(
            () =>
            {
                // The stream may just be opened again.
                _beijing.Stream.SendHead(_beijing.Head);
                return Copy.Seq == 3;
            },
            "Tianjin follows again");
        Assert.That((Copy.Find(0, 5_000).Status, Tianjin.Services.GetRequiredService<FollowedRegions>().IsFrozen(TestFederation.Beijing)), Is.EqualTo((LicenceStatus.Ended, false)));
    }

    [Test]
    public async Task Stream_ChangesLeftOut_FetchesWhatDiffers()
    {
        Revoke();
        _beijing.Publish();
        _beijing.Change(70_000);
        _beijing.Publish();
        _beijing.Stream.Send(_beijing.Batch(4, 4));
        await FollowsAsync();

        Assert.That((Copy.Seq, Copy.Find(0, 5_000).Status, Snapshots.Count()), Is.EqualTo((4L, LicenceStatus.Ended, 2)));
    }

    // A change that gives a used entry to another licence, under the region's own signature and chain: the roots decide.
    [Test]
    public async Task Stream_SignedChangeThatCannotBe_FetchesWhatDiffers()
    {
        var impossible = new StatusChange(3, 1, 0, 5_000, LicenceStatus.InForce, new EntryTag(77), StatusReason.None);
        _beijing.Stream.Send(StatusFeedDocument.Sign(TestFederation.Beijing, [impossible], impossible.NextHash(Copy.ChainHash.Span), _federation.Signer("110000/keys/index")));
        await Eventually.HoldsAsync(() => Snapshots.Count() == 2, "what differs is fetched");
        _beijing.Stream.Publish();
        await FollowsAsync();

        Assert.That(Copy.Find(0, 5_000).Tag, Is.EqualTo(new EntryTag(5_001)));
        Assert.That(_federation.Logs.Has("gives index 5000 of list 0 to another licence"), Is.True);
    }

    [Test]
    public async Task Stream_TooFarBehind_FetchesWhatDiffersAndGoesOn()
    {
        _beijing.Stream.Keeps = false;
        await Tianjin.StopAsync();
        Revoke();
        _beijing.Publish();
        await Tianjin.StartAsync();
        await FollowsAsync();
        _beijing.Change(70_000);
        _beijing.Stream.Publish();
        await FollowsAsync();

        Assert.That((Copy.Seq, Copy.Find(0, 5_000).Status), Is.EqualTo((4L, LicenceStatus.Ended)));
        Assert.That(_beijing.Stream.Calls.Last(), Is.EqualTo("watch 4"));
    }

    [TestCase("damaged on the way", "doesn't have the signed hash")]
    [TestCase("of before", "doesn't have the signed hash")]
    [TestCase("far too large", "ResourceExhausted")]
    [TestCase("hashes of before", "don't make the signed root")]
    [TestCase("too many hashes", "are no chunk hashes")]
    public async Task Stream_ChunksFalse_KeepsTheLastGoodCopyUntilTheyAreTrue(string what, string reason)
    {
        var before = _beijing.Snapshot.Lists[0];
        var hashes = before.ChunkHashes.ToArray();
        _beijing.Chunk = chunk => what switch
        {
            "damaged on the way" => [.. chunk[..^1], (byte)(chunk[^1] ^ 1)],
            "of before" => before.EncodeChunk(1),
            "far too large" => new byte[StatusHeadDocument.MaxBytes + (128 * 1024)],
            _ => chunk,
        };
        _beijing.Hashes = now => what switch
        {
            "hashes of before" => hashes,
            "too many hashes" => new byte[(StatusList.MaxChunks + 1) * 32],
            _ => now,
        };
        Revoke();
        _beijing.Publish();
        _beijing.Stream.SendHead(_beijing.Head);
        await Eventually.HoldsAsync(() => _federation.Logs.Has(reason), $"it is refused: {reason}");
        Assert.That((Copy.Seq, Copy.Find(0, 5_000).Status), Is.EqualTo((2L, LicenceStatus.InForce)));

        (_beijing.Chunk, _beijing.Hashes) = (chunk => chunk, all => all);
        await FollowsAsync();
        Assert.That(Copy.Find(0, 5_000).Status, Is.EqualTo(LicenceStatus.Ended));
    }

    [Test]
    public async Task Stream_CopyHasComeToDiffer_IsFoundWithTheNextHead()
    {
        Damage.Flip(Copy, 0, 5_000, "tag");
        _federation.Logs.Declare("Memory was damaged in the copy of region 110000's licence index");
        await Eventually.HoldsAsync(() => _federation.Logs.Has("Memory was damaged"), "the damage is found");
        _beijing.Stream.Publish();

        await Eventually.HoldsAsync(() => Copy.Find(0, 5_000).Tag == new EntryTag(5_001) && Copy.Lost.Count == 0, "the chunk is fetched anew");
    }

    [TestCase("batch")]
    [TestCase("head")]
    public async Task Stream_ForkedChain_FreezesTheRegionAndOutlivesARestart(string how)
    {
        _federation.Logs.Declare("ALARM: region 110000 has signed two different histories of its change 2.");
        _federation.Logs.Declare("Region 110000 has signed two different histories of its change 2, and is followed no further");
        var (asOf, good, seen) = (Copy.AsOfMs, Copy.ChainHash, new ConcurrentQueue<string>());
        using var measured = Listen(seen);
        await ForkAsync(how);

        Assert.That((Copy.Seq, Copy.AsOfMs, Copy.Find(0, 5_000).Status), Is.EqualTo((2L, asOf, LicenceStatus.InForce)));
        Assert.That(Copy.ChainHash.Span.SequenceEqual(good.Span), Is.True);
        Assert.That(await s_http.GetStringAsync(new Uri(Tianjin.Web, "/healthz/ready")), Is.EqualTo("Degraded"));
        measured.RecordObservableInstruments();
        Assert.That(seen, Has.Member("crossprovince.alarms forked-chain 1").And.Member("crossprovince.feed.forked 110000 1").And.Member("crossprovince.feed.forked 130000 0"));

        // It is not asked again, and not believed after a restart either, whatever it signs.
        await Eventually.HoldsAsync(() => _beijing.Stream.Open == 0, "the stream is closed");
        var calls = _beijing.Stream.Calls.Count;
        await Tianjin.StopAsync();
        await Tianjin.StartAsync();
        Assert.That(Tianjin.Services.GetRequiredService<FollowedRegions>().IsFrozen(TestFederation.Beijing), Is.True);
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        Assert.That(_beijing.Stream.Calls, Has.Count.EqualTo(calls));
    }

    // The region has come back to the history that was followed.
    [Test]
    public async Task Settle_Ours_GoesOnWhereItWasFollowed()
    {
        _federation.Logs.Declare("ALARM: region 110000 has signed two different histories of its change 2.");
        await ForkAsync("batch");
        var evidence = _federation.PathOf("evidence");
        var shown = await SettleAsync("--evidence", evidence, "--json");
        Assert.That(shown.Code, Is.Zero, shown.Error);
        Assert.That(shown.Out, Does.Contain("\"forkedSeq\":\"2\"").And.Contain("\"isSettled\":false"));
        var trust = _federation.OpenTrust();
        Assert.That(StatusHeadDocument.Open(File.ReadAllBytes(Path.Combine(evidence, "held.cose")), trust, TestFederation.Beijing, _federation.Clock.Seconds).Hash.Span.SequenceEqual(Copy.ChainHash.Span), Is.True);
        Assert.That(StatusFeedDocument.Open(File.ReadAllBytes(Path.Combine(evidence, "other.cose")), trust, TestFederation.Beijing, _federation.Clock.Seconds).Compare(Copy.Seq, Copy.ChainHash.Span), Is.EqualTo(FeedOrder.Forked));
        Assert.That(Tianjin.Services.GetRequiredService<FollowedRegions>().IsFrozen(TestFederation.Beijing), Is.True, "showing settles nothing");

        Assert.That((await SettleAsync("--ours")).Code, Is.Zero);
        Revoke();
        _beijing.Publish();
        await FollowsAsync();
        Assert.That((Copy.Find(0, 5_000).Status, Snapshots.Count()), Is.EqualTo((LicenceStatus.Ended, 1)));
        Assert.That((await SettleAsync("--ours")).Code, Is.EqualTo(2), "nothing is left to settle");
    }

    // What the region signs now holds, with lower numbers, too: the old copy answers until the new one stands.
    [Test]
    public async Task Settle_Theirs_TakesOverWhatIsSignedNow()
    {
        _federation.Logs.Declare("ALARM: region 110000 has signed two different histories of its change 2.");
        await ForkAsync("head");
        await _beijing.DisposeAsync();
        _beijing = await FakePartner.StartAsync(_federation, TestFederation.Beijing, streams: true);
        _beijing.Change(70_000);
        _beijing.Publish();
        Assert.That(Copy.Find(0, 5_000).Tag, Is.EqualTo(new EntryTag(5_001)));

        var run = await SettleAsync("--theirs");
        Assert.That(run.Code, Is.Zero, run.Error);
        await FollowsAsync();
        Assert.That((Copy.Seq, Copy.Find(0, 70_000).Tag, Copy.Find(0, 5_000)), Is.EqualTo((1L, new EntryTag(70_001), IndexEntry.Unallocated)));

        await Tianjin.StopAsync();
        await Tianjin.StartAsync();
        await FollowsAsync();
        Assert.That(Copy.Seq, Is.EqualTo(1));
    }

    [TestCase("--partner", "999999", "--theirs")]
    [TestCase("--partner", "Beijing")]
    [TestCase("--partner", "110000", "--ours", "--theirs")]
    [TestCase("--partner", "110000", "--ours")]
    public async Task Settle_NothingToSettle_IsRefused(params string[] args) => Assert.That((await RunAsync(args)).Code, Is.EqualTo(2));

    // Without Redis a node that starts has no copy; what it has followed before must not come back in another form, or older.
    [Test]
    public async Task Start_OlderThanWasFollowedBefore_IsRefused()
    {
        var old = _beijing.Head;
        Revoke();
        _beijing.Stream.Publish();
        await FollowsAsync();
        await Tianjin.StopAsync();
        _beijing.Serve(old);
        await Tianjin.StartAsync();
        await Eventually.HoldsAsync(() => _federation.Logs.Has("is older than change 3, up to which it was followed before"), "it is refused");
        Assert.That(Copy.AsOfMs, Is.Zero);

        _beijing.Publish();
        await FollowsAsync();
    }

    /// <summary>Notes what Tianjin measures; nodes of one process have meters of their own.</summary>
    private MeterListener Listen(ConcurrentQueue<string> seen)
    {
        var meters = Tianjin.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Enqueue($"{instrument.Name} {(tags.Length > 0 ? tags[0].Value : "")} {value}"));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => seen.Enqueue($"{instrument.Name} {(tags.Length > 0 ? tags[0].Value : "")} {value}"));
        listener.Start();
        return listener;
    }

    private Task<(int Code, string Out, string Error)> SettleAsync(params string[] args) => RunAsync(["--partner", "110000", .. args]);

    private async Task<(int Code, string Out, string Error)> RunAsync(string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] settings = [.. Tianjin.Settings.SelectMany(setting => new[] { $"--{setting.Key}", setting.Value })];
        var code = await CommandLine.RunAsync(["status", "settle", .. settings, .. args, "--lang", "en"], new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    private async Task ForkAsync(string how)
    {
        var other = new StatusChange(3, 1, 0, 5_000, LicenceStatus.Ended, new EntryTag(5_001), StatusReason.Revoked);
        if (how == "batch")
        {
            // Another history of changes 1 and 2, on which change 3 follows.
            _beijing.Stream.Send(StatusFeedDocument.Sign(TestFederation.Beijing, [other], other.NextHash(new byte[32]), _federation.Signer("110000/keys/index")));
        }
        else
        {
            _beijing.Stream.SendHead(StatusHeadDocument.Sign(_beijing.Snapshot.Head with { Hash = new byte[32], TimeMs = _federation.Clock.Milliseconds }, _federation.Signer("110000/keys/index")));
        }

        await Eventually.HoldsAsync(() => Tianjin.Services.GetRequiredService<FollowedRegions>().IsFrozen(TestFederation.Beijing), "the fork is found");
    }

    private void Revoke() => _beijing.Change(5_000, LicenceStatus.Ended, StatusReason.Revoked);

    private void Suspend() => _beijing.Change(1, LicenceStatus.Suspended, StatusReason.Suspended);

    private Task FollowsAsync() => Eventually.HoldsAsync(
        () => Copy.AsOfMs == _beijing.Snapshot.Head.TimeMs && Copy.Seq == _beijing.Snapshot.Head.Seq && _beijing.Stream.Open > 0, "Tianjin follows Beijing");
}
