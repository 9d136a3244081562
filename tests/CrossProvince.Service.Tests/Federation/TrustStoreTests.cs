using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Service.Tests.Federation;

/// <summary>What the nodes of one region remember of trust lists, together.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class TrustStoreTests(bool isPostgres)
{
    private static readonly string s_samples = Path.Combine(AppContext.BaseDirectory, "certs-sample");
    private static readonly SoftwareSigner[] s_roots = [.. Enumerable.Range(1, 3).Select(n => SoftwareSigner.FromPem(File.ReadAllText(Path.Combine(s_samples, "roots", $"root-{n}.key.pem"))))];
    private static readonly TrustRoots s_pinned = new([.. s_roots.Select(root => root.PublicKey)]);
    private static readonly TrustList s_first = TrustListDocument.Open(File.ReadAllBytes(Path.Combine(s_samples, "trust-list.cose")), s_pinned);

    // No Redis knows of trust lists.
    private readonly Backend _backend = isPostgres ? Backend.Postgres : Backend.Sqlite;
    private BuiltNode _one = null!;
    private BuiltNode _other = null!;

    [SetUp]
    public void BuildNodes()
    {
        _one = BuiltNode.Build(_backend);
        _other = BuiltNode.Build(_backend, beside: _one);
    }

    [TearDown]
    public async Task StopNodes()
    {
        await _other.DisposeAsync();
        await _one.DisposeAsync();
    }

    [Test]
    public async Task Sync_ListThatAnotherNodeAccepted_IsTaken()
    {
        var newer = Sign(List(5));
        Assert.That(await Trust(_one).TakeAsync(newer, TrustOrigin.Partner), Is.EqualTo(TrustTaking.New));

        await Trust(_other).SyncAsync(CancellationToken.None);

        Assert.That(Trust(_other).List.Version, Is.EqualTo(5));
        Assert.That(await Trust(_other).TakeAsync(Sign(List(4)), TrustOrigin.Partner), Is.EqualTo(TrustTaking.Older));
    }

    [Test]
    public async Task Build_NodeThatIsAddedLater_BeginsWithTheNewestList()
    {
        await Trust(_one).TakeAsync(Sign(List(5)), TrustOrigin.Partner);

        await using var third = BuiltNode.Build(_backend, beside: _one);

        Assert.That(Trust(third).List.Version, Is.EqualTo(5));
    }

    [Test]
    public async Task Take_TwoVersionsAtOnceByTwoNodes_TheHigherStays()
    {
        await Task.WhenAll(Trust(_one).TakeAsync(Sign(List(6)), TrustOrigin.Partner), Trust(_other).TakeAsync(Sign(List(7)), TrustOrigin.Partner));

        await Trust(_one).SyncAsync(CancellationToken.None);
        await Trust(_other).SyncAsync(CancellationToken.None);

        Assert.That((Trust(_one).List.Version, Trust(_other).List.Version), Is.EqualTo((7, 7)));
    }

    [Test]
    public async Task MaySignFrom_KeySeenByBothNodes_CountsFromTheFirstSight()
    {
        var key = SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2)).PublicKey;
        var document = Sign(List(5, key));
        await Trust(_one).TakeAsync(document, TrustOrigin.Partner);
        var first = Trust(_one).MaySignFrom(key);
        await Task.Delay(TimeSpan.FromMilliseconds(5));
        await Trust(_other).TakeAsync(document, TrustOrigin.Partner);

        await Trust(_other).SyncAsync(CancellationToken.None);

        Assert.That((first, Trust(_other).MaySignFrom(key)), Is.EqualTo((first, first)));
        Assert.That(first - DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), Is.InRange(0, 5 * 60_000));
    }

    [Test]
    public async Task MaySignFrom_KeyThatLeftAndCameBack_CountsAnew()
    {
        var key = SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2)).PublicKey;
        await Trust(_one).TakeAsync(Sign(List(5, key)), TrustOrigin.Partner);
        var before = Trust(_one).MaySignFrom(key);
        await Trust(_one).TakeAsync(Sign(List(6)), TrustOrigin.Partner);
        Assert.That(Trust(_one).MaySignFrom(key), Is.EqualTo(long.MaxValue));
        await Task.Delay(TimeSpan.FromMilliseconds(5));
        await Trust(_one).TakeAsync(Sign(List(7, key)), TrustOrigin.Partner);

        await using var third = BuiltNode.Build(_backend, beside: _one);

        Assert.That((Trust(_one).MaySignFrom(key) > before, Trust(third).MaySignFrom(key)), Is.EqualTo((true, Trust(_one).MaySignFrom(key))));
    }

    [Test]
    public async Task Take_ListOfTheFuture_WaitsForItsTime()
    {
        var early = new TrustList(5, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 3_600, s_first.ExpiresAt, s_first.Regions, s_first.CatalogueHash);

        Assert.That(await Trust(_one).TakeAsync(Sign(early), TrustOrigin.Partner), Is.EqualTo(TrustTaking.Refused));
        Assert.That(Trust(_one).List.Version, Is.EqualTo(s_first.Version));
    }

    private static TrustSource Trust(BuiltNode node) => node.Services.GetRequiredService<TrustSource>();

    private static byte[] Sign(TrustList list) => TrustListDocument.Sign(list, s_roots[..2]);

    /// <summary>The sample list with another version, and one more code key of Beijing.</summary>
    private static TrustList List(long version, PublicKey? more = null) => new(
        version,
        s_first.IssuedAt,
        s_first.ExpiresAt,
        [.. s_first.Regions.Select(region => region.Code.Value == 110000 && more is not null ? region with { Keys = [.. region.Keys, region.Keys[0] with { Key = more }] } : region)],
        s_first.CatalogueHash);
}
