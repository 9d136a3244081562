using System.Text.Json.Nodes;
using CrossProvince.Cli.Trust;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Federation.Trusting;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>Trust lists that come from a file, a URL, a partner, and the database; genuine ones and others.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class TrustLifeTests
{
    private TestFederation _federation = null!;

    private TestNode Beijing => _federation[TestFederation.Beijing];

    private TestNode Tianjin => _federation[TestFederation.Tianjin];

    private TrustSource Trust => Beijing.Services.GetRequiredService<TrustSource>();

    [SetUp]
    public async Task MakeFederation()
    {
        _federation = await TestFederation.StartAsync(new() { Running = [], Trust = (_, list) => list with { Version = 3 } });

        // Beijing has a file of its own; the federation's is what others have.
        File.Copy(Shared, Own);
        Beijing.OwnSettings["Trust:List"] = Own;
    }

    [TearDown]
    public async Task DeleteFederation() => await _federation.DisposeAsync();

    private string Shared => _federation.PathOf("trust-list.cose");

    private string Own => _federation.PathOf("110000/trust-list.cose");

    /// <summary>The region whose turn it is first is revoked: that is nothing unexpected, and the next is asked all the same.</summary>
    [Test]
    public async Task Partner_NewerList_IsTakenAndOutlivesTheRestart()
    {
        var partners = JsonNode.Parse(await File.ReadAllTextAsync(Beijing.PartnerFile))!;
        partners["regions"] = new JsonArray(new JsonObject { ["region"] = TestFederation.Tianjin.ToString(), ["revoked"] = true });
        Beijing.WritePartners(partners.ToJsonString());
        _federation.PublishTrust(_federation.TrustFile with { Version = 5 });
        var hebei = _federation[TestFederation.Hebei];
        await hebei.StartAsync();
        await Beijing.StartAsync();
        await Eventually.HoldsAsync(() => Trust.List.Version == 5, "Beijing has Hebei's list");
        await hebei.StopAsync();
        await Beijing.StopAsync();

        await Beijing.StartAsync();

        Assert.That(Trust.List.Version, Is.EqualTo(5), "The file still holds version 3.");
    }

    [Test]
    public async Task Url_WhateverIsSent_OnlyAGenuineNewerListIsTaken()
    {
        _federation.Logs.Declare("The trust list from Url");
        using var server = new TrustServer { Status = 500 };
        Beijing.OwnSettings["Trust:Url"] = server.Url;
        await Beijing.StartAsync();
        await AnswersAsync(() => server.Answers.Contains(500), "a failure");

        // Each with enough time between: what fails is asked for ever more rarely.
        var genuine = Sign(5, 1, 2);
        var cases = new (string What, int Status, byte[] Body)[]
        {
            ("a redirect", 302, genuine),
            ("garbage", 200, "garbage"u8.ToArray()),
            ("two megabytes", 200, new byte[2 << 20]),
            ("a list of one root", 200, Sign(5, 1)),
            ("a list of one root twice", 200, Sign(5, 1, 1)),
            ("a list of strangers", 200, TrustListDocument.Sign(ListOf(5), [TestKey(), TestKey()])),
            ("an old list", 200, Sign(2, 1, 2)),
        };
        foreach (var (what, status, body) in cases)
        {
            var origin = Beijing.Services.GetRequiredService<TrustSource>();
            using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
            (server.Status, server.Body) = (status, body);
            var download = new TrustDownload(client, new Uri(server.Url), null);
            try
            {
                if (await download.FetchAsync(CancellationToken.None) is { } document)
                {
                    Assert.That(await origin.TakeAsync(document, TrustOrigin.Url), Is.EqualTo(what == "an old list" ? TrustTaking.Older : TrustTaking.Refused), what);
                }
            }
            catch (HttpRequestException)
            {
                Assert.That(what, Is.AnyOf("a redirect", "two megabytes"));
            }

            Assert.That(Trust.List.Version, Is.EqualTo(3), what);
        }

        (server.Status, server.Body) = (200, genuine);
        await AnswersAsync(() => Trust.List.Version == 5, "the genuine list");
        var bodies = server.Bodies;
        await AnswersAsync(() => server.Answers.Count(answer => answer == 304) >= 2, "that nothing has changed");
        Assert.That(server.Bodies, Is.EqualTo(bodies), "What has not changed is not sent again.");

        static Task AnswersAsync(Func<bool> holds, string what) => Eventually.HoldsAsync(holds, $"the server answers with {what}");
    }

    [Test]
    public async Task File_OtherListOfTheSameVersion_RaisesTheAlarm()
    {
        _federation.Logs.Declare("ALARM: the roots have signed two different trust lists of version 3");
        await Beijing.StartAsync();
        var before = Trust.List;

        Assert.That(await Trust.TakeAsync(Sign(3, list => list.With(expiresAt: list.ExpiresAt + 1), 1, 2), TrustOrigin.Partner), Is.EqualTo(TrustTaking.Forked));
        Assert.That(await Trust.TakeAsync(Sign(3, 2, 3), TrustOrigin.Partner), Is.EqualTo(TrustTaking.Same), "Another pair of roots has signed the same.");
        Assert.That(Trust.List, Is.SameAs(before));
    }

    [Test]
    public async Task OldList_ReplayedAfterRestartAndByPartner_IsIgnored()
    {
        await Beijing.StartAsync();
        Assert.That(await Trust.TakeAsync(Sign(5, 1, 2), TrustOrigin.Partner), Is.EqualTo(TrustTaking.New));
        await Beijing.StopAsync();
        await File.WriteAllBytesAsync(Own, Sign(4, 1, 2));

        await Beijing.StartAsync();

        Assert.That(Trust.List.Version, Is.EqualTo(5));
        Assert.That(await Trust.TakeAsync(Sign(4, 1, 2), TrustOrigin.Partner), Is.EqualTo(TrustTaking.Older));
        Assert.That(_federation.Logs.Has("Trust:List holds an older trust list than version 5"), Is.True);
    }

    [Test]
    public async Task Roots_HandOver_OldOnesAreNothingAnyMoreAlsoAfterARestart()
    {
        _federation.Logs.Declare("0 root keys; 2 are needed");
        var (fourth, fifth) = (_federation.MakeKey("roots/root-4"), _federation.MakeKey("roots/root-5"));
        var change = new RootChange(2, 2, _federation.Clock.Seconds, [fourth.PublicKey, fifth.PublicKey]);
        var signed = CoseSign.Sign([Root(1), Root(3), fourth, fifth], RootChangeDocument.ExternalAad, RootChangeDocument.EncodePayload(change));
        await Beijing.StartAsync();

        // The list that brings the change, by the new roots alone.
        var handedOver = ListOf(6).With(rootChanges: [signed]);
        Assert.That(await Trust.TakeAsync(TrustListDocument.Sign(handedOver, [Root(1), Root(2)]), TrustOrigin.Partner), Is.EqualTo(TrustTaking.Refused));
        Assert.That(await Trust.TakeAsync(TrustListDocument.Sign(handedOver, [fourth, fifth]), TrustOrigin.Partner), Is.EqualTo(TrustTaking.New));
        Assert.That(await Trust.TakeAsync(Sign(7, 1, 2), TrustOrigin.Partner), Is.EqualTo(TrustTaking.Refused), "Two old roots were stolen since.");
        await Beijing.StopAsync();

        // The configuration still names the first roots.
        await File.WriteAllBytesAsync(Own, Sign(8, 1, 2));
        await Beijing.StartAsync();

        Assert.That((Trust.List.Version, Trust.Roots.Generation), Is.EqualTo((6, 2)));
        Assert.That(await Trust.TakeAsync(TrustListDocument.Sign(ListOf(9), [fourth, fifth]), TrustOrigin.Partner), Is.EqualTo(TrustTaking.New));
    }

    [Test]
    public async Task List_WithoutTheNodesKeys_IsTakenAllTheSame()
    {
        // It may say that a key of another region was stolen: nobody may keep that from this node.
        _federation.Logs.Declare("No key of this node with use");
        await Beijing.StartAsync();
        var without = Sign(5, list => list.With(regions: [.. list.Regions.Select(region => region.Code == TestFederation.Beijing ? region with { Keys = [] } : region)]), 1, 2);

        Assert.That(await Trust.TakeAsync(without, TrustOrigin.File), Is.EqualTo(TrustTaking.New));
        Assert.That(OwnKeys.Uses.Select(use => Beijing.Services.GetRequiredService<OwnKeys>().Find(use)), Is.All.Null);
    }

    [Test]
    public async Task TrustList_AskedForByVerifier_IsTheSignedListWithItsTag()
    {
        await Beijing.StartAsync();
        var http = Beijing.Connect("verifier").Http;

        using var answer = await http.GetAsync(new Uri("v1/trustList", UriKind.Relative));
        using var again = new HttpRequestMessage(HttpMethod.Get, "v1/trustList") { Version = http.DefaultRequestVersion, VersionPolicy = http.DefaultVersionPolicy };
        again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        using var unchanged = await http.SendAsync(again);

        Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.EqualTo(await File.ReadAllBytesAsync(Own)));
        Assert.That((int)unchanged.StatusCode, Is.EqualTo(304));
    }

    private static SoftwareSigner TestKey() => SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2));

    private ISigner Root(int number) => _federation.Signer($"roots/root-{number}");

    private TrustList ListOf(long version) => (_federation.TrustFile with { Version = version }).Resolve(_federation.Folder, TestFederation.Catalogue.Hash);

    private byte[] Sign(long version, params int[] roots) => Sign(version, list => list, roots);

    private byte[] Sign(long version, Func<TrustList, TrustList> change, params int[] roots) => TrustListDocument.Sign(change(ListOf(version)), [.. roots.Select(Root)]);
}
