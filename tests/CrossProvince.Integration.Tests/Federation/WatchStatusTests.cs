using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Status;
using CrossProvince.Integration.Tests.Identity;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.StatusIndex;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>What a node gives those who follow it: real nodes of Beijing and Tianjin, and callers of every kind.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
[CancelAfter(120_000)]
public sealed class WatchStatusTests
{
    private const int Streams = 3;

    private readonly List<RawChannel> _channels = [];
    private TestFederation _federation = null!;

    private static CancellationToken Test => TestContext.CurrentContext.CancellationToken;

    private TestNode Beijing => _federation[TestFederation.Beijing];

    [SetUp]
    public async Task Start()
    {
        _federation = await TestFederation.StartAsync(new()
        {
            Running = [TestFederation.Beijing],
            Settings = new Dictionary<string, string> { ["Limits:StatusStreams"] = $"{Streams}" },
        });
    }

    [TearDown]
    public async Task Stop()
    {
        foreach (var channel in _channels)
        {
            channel.Dispose();
        }

        await _federation.DisposeAsync();
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    public async Task Watch_FromAnySeq_LeadsGaplesslyToTheHead(int from)
    {
        var copy = new RegionIndex(TestFederation.Beijing, 1024);
        var cards = await TakeAsync(3);
        await Eventually.HoldsAsync(() => Beijing.Services.GetRequiredService<StatusFeed>().Seq == 3, "they are published");
        using var call = Caller("120000/node").WatchStatus(Watch(from), cancellationToken: Test);
        await Beijing.ChangeStatusAsync(cards[0].Record.Id.ToString(), LicenceStatus.Revoked);

        // What the caller has before: the first changes, from the node itself.
        foreach (var change in Beijing.Services.GetRequiredService<RecentChanges>().Find(1, Math.Max(1, from - 1))!.Take(from - 1))
        {
            copy.Apply(change.Change);
        }

        var heads = 0;
        while (copy.Seq < 4 || heads < 2)
        {
            Assert.That(await call.ResponseStream.MoveNext(Test), Is.True);
            if (call.ResponseStream.Current.ContentCase == WatchStatusResponse.ContentOneofCase.Batch)
            {
                var batch = StatusFeedDocument.Open(call.ResponseStream.Current.Batch.Memory, _federation.OpenTrust(), TestFederation.Beijing, _federation.Clock.Seconds);
                Assert.That(batch.Compare(copy.Seq, copy.ChainHash.Span), Is.EqualTo(FeedOrder.Next));
                foreach (var change in batch.After(copy.Seq))
                {
                    copy.Apply(change);
                }
            }
            else
            {
                var head = StatusHeadDocument.Open(call.ResponseStream.Current.Head.Memory, _federation.OpenTrust(), TestFederation.Beijing, _federation.Clock.Seconds);
                Assert.That(head.Seq, Is.EqualTo(copy.Seq), "a head comes behind the changes that it speaks of");
                copy.Follow(head);
                heads++;
            }
        }

        Assert.That(copy.Find(cards[0].List, cards[0].Index).Status, Is.EqualTo(Core.Status.LicenceStatus.Ended));
    }

    [Test]
    public async Task Snapshot_OfAnEmptyCopy_IsWholeAndOfTheNewestHead()
    {
        await TakeAsync(2);
        await Eventually.HoldsAsync(() => Beijing.Services.GetRequiredService<StatusFeed>().Seq == 2, "they are published");
        using var call = Caller("120000/node").GetStatusSnapshot(new GetStatusSnapshotRequest { Region = "110000" }, cancellationToken: Test);
        var answers = await call.ResponseStream.ReadAllAsync(Test).ToListAsync(Test);

        var head = StatusHeadDocument.Open(answers[0].Head.Memory, _federation.OpenTrust(), TestFederation.Beijing, _federation.Clock.Seconds);
        Assert.That(head.Seq, Is.EqualTo(2));
        Assert.That(answers.Skip(1).Select(answer => answer.ContentCase), Is.EqualTo(new[] { GetStatusSnapshotResponse.ContentOneofCase.List }
            .Concat(Enumerable.Repeat(GetStatusSnapshotResponse.ContentOneofCase.Chunk, answers[1].List.ChunkHashes.Length / 32))));
        using var again = Caller("120000/node").GetStatusSnapshot(new GetStatusSnapshotRequest { Region = "110000", Held = { answers[1].List } }, cancellationToken: Test);
        Assert.That(await again.ResponseStream.ReadAllAsync(Test).ToListAsync(Test), Has.Count.EqualTo(1), "who has all of it gets the head alone");
    }

    // A verifier's certificate is no node's, whatever its region; nodes of the own region follow the database.
    [TestCase("110000/verifier", "ROLE_NOT_ALLOWED")]
    [TestCase("110000/authority", "ROLE_NOT_ALLOWED")]
    [TestCase("110000/node", "OWN_REGION")]
    [TestCase("120000/verifier", "ORGANISATION_OF_ANOTHER_REGION")]
    [TestCase("", "NOBODY_CALLS")]
    public async Task Watch_CallerIsNoPartnersNode_IsRefused(string identity, string reason)
    {
        Assert.That(ReasonOf(await EndOfAsync(Caller(identity).WatchStatus(Watch(1), cancellationToken: Test))), Is.EqualTo(reason));
        using var snapshot = Caller(identity).GetStatusSnapshot(new GetStatusSnapshotRequest { Region = "110000" }, cancellationToken: Test);
        Assert.That(ReasonOf(Assert.ThrowsAsync<RpcException>(() => snapshot.ResponseStream.MoveNext(Test))!), Is.EqualTo(reason));
    }

    [TestCase("120000", 1, StatusCode.NotFound)]
    [TestCase("Beijing", 1, StatusCode.InvalidArgument)]
    [TestCase("110000", 0, StatusCode.InvalidArgument)]
    public async Task Watch_WrongRequest_IsRefused(string region, int from, StatusCode status) => Assert.That(
        (await EndOfAsync(Caller("120000/node").WatchStatus(new WatchStatusRequest { Region = region, FromSeq = from }, cancellationToken: Test))).StatusCode, Is.EqualTo(status));

    [Test]
    public async Task Watch_MoreStreamsThanARegionMayHave_IsToldToComeBack()
    {
        var open = Enumerable.Range(0, Streams).Select(_ => Caller("120000/node").WatchStatus(Watch(1), cancellationToken: Test)).ToList();
        foreach (var stream in open)
        {
            Assert.That(await stream.ResponseStream.MoveNext(Test), Is.True);
        }

        var error = await EndOfAsync(Caller("120000/node").WatchStatus(Watch(1), cancellationToken: Test));
        Assert.That((error.StatusCode, ReasonOf(error)), Is.EqualTo((StatusCode.ResourceExhausted, "TOO_MANY_STREAMS")));
        Assert.That(error.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan(), Is.GreaterThan(TimeSpan.Zero));

        // Another region's are its own, and who goes away makes room.
        using var other = Caller("130000/node").WatchStatus(Watch(1), cancellationToken: Test);
        Assert.That(await other.ResponseStream.MoveNext(Test), Is.True);
        open[0].Dispose();
        await Eventually.HoldsAsync(
            async () =>
            {
                using var next = Caller("120000/node").WatchStatus(Watch(1), cancellationToken: Test);
                try
                {
                    return await next.ResponseStream.MoveNext(Test);
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted)
                {
                    return false;
                }
            },
            "there is room again");
    }

    [Test]
    public async Task Watch_CertificateRevokedInThePartnerFile_EndsAtOnce()
    {
        var (revoked, other) = (Open("120000/node"), Open("130000/node"));
        var file = JsonNode.Parse(await File.ReadAllTextAsync(Beijing.PartnerFile))!;
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(_federation.PathOf("120000/node/cert.pem"));
        file["revokedCertificates"] = new JsonArray(string.Join(':', Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256)).Chunk(2).Select(pair => new string(pair))));
        Beijing.WritePartners(file.ToJsonString());
        var start = TimeProvider.System.GetTimestamp();

        Assert.That(ReasonOf(await EndOfAsync(revoked)), Is.EqualTo("CERTIFICATE_REVOKED"));
        Assert.That(TimeProvider.System.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(30)));
        Assert.That(await other.ResponseStream.MoveNext(Test), Is.True, "others go on");
        Assert.That(ReasonOf(await EndOfAsync(Open("120000/node"))), Is.EqualTo("CERTIFICATE_REVOKED"));
    }

    [Test]
    public async Task Watch_RegionLosesTheRoleInTheTrustList_Ends()
    {
        var stream = Open("120000/node");
        Assert.That(await stream.ResponseStream.MoveNext(Test), Is.True);
        _federation.PublishTrust(_federation.TrustFile.Change(TestFederation.Tianjin, region => region with { Partners = region.Partners with { Roles = ["verifier"] } }) with { Version = _federation.TrustFile.Version + 1 });

        Assert.That(ReasonOf(await EndOfAsync(stream)), Is.EqualTo("ROLE_NOT_ADMITTED"));
    }

    [Test]
    public async Task Stop_WithOpenStreams_DoesNotWaitForThem()
    {
        var stream = Open("120000/node");
        Assert.That(await stream.ResponseStream.MoveNext(Test), Is.True);
        var start = TimeProvider.System.GetTimestamp();
        await Beijing.StopAsync();

        Assert.That(TimeProvider.System.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(10)));
        Assert.That((await EndOfAsync(stream)).StatusCode, Is.EqualTo(StatusCode.Unavailable));
    }

    // Rolling upgrade, the other way: a node of an older version asks as it always did.
    [Test]
    public async Task Feeds_OverHttp_AreStillGivenToOlderNodes()
    {
        await TakeAsync(3);
        var http = Beijing.Connect("../120000/node").Http;
        var head = StatusHeadDocument.Open(await HeadAsync(3), _federation.OpenTrust(), TestFederation.Beijing, _federation.Clock.Seconds);
        var feed = await http.GetByteArrayAsync("v1/feeds/110000?from=1&to=3");

        Assert.That(StatusFeedDocument.Open(feed, _federation.OpenTrust(), head, 0, StatusChange.GenesisHash, _federation.Clock.Seconds), Has.Count.EqualTo(3));

        async Task<byte[]> HeadAsync(long seq)
        {
            byte[] document = [];
            await Eventually.HoldsAsync(
                async () => StatusHeadDocument.Open(document = await http.GetByteArrayAsync("v1/heads/110000"), _federation.OpenTrust(), TestFederation.Beijing, _federation.Clock.Seconds).Seq == seq, "the head is published");
            return document;
        }
    }

    private AsyncServerStreamingCall<WatchStatusResponse> Open(string identity) => Caller(identity).WatchStatus(Watch(1), cancellationToken: Test);

    private static WatchStatusRequest Watch(long from) => new() { Region = "110000", FromSeq = from };

    private FederationService.FederationServiceClient Caller(string identity)
    {
        var pem = identity.Length > 0 ? X509Certificate2.CreateFromPemFile(_federation.PathOf($"{identity}/cert.pem"), _federation.PathOf($"{identity}/key.pem")) : null;
        var channel = new RawChannel(Beijing, pem is null ? null : X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null));
        _channels.Add(channel);
        return new FederationService.FederationServiceClient(channel.Calls);
    }

    private async Task<IReadOnlyList<Service.Licences.StoredLicence>> TakeAsync(int cards)
    {
        var taken = new List<Service.Licences.StoredLicence>();
        for (var i = 0; i < cards; i++)
        {
            taken.Add(await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, i + 1)));
        }

        return taken;
    }

    /// <summary>Reads a stream until it fails.</summary>
    private static async Task<RpcException> EndOfAsync(AsyncServerStreamingCall<WatchStatusResponse> call)
    {
        try
        {
            while (await call.ResponseStream.MoveNext(Test))
            {
                // Goes on.
            }
        }
        catch (RpcException e)
        {
            return e;
        }

        throw new AssertionException("The stream ended in order.");
    }

    private static string ReasonOf(RpcException error) => error.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? error.Message;
}
