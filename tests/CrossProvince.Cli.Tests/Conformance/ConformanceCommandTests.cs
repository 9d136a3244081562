using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CrossProvince.Cli.Tests.Fakes;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using Google.Protobuf;

namespace CrossProvince.Cli.Tests.Conformance;

/// <summary>A wrong node fails; that a right one passes is seen with real nodes (Integration.Tests/Partners).</summary>
internal sealed partial class ConformanceCommandTests
{
    private static readonly RegionCode s_region = new(110000);

    private readonly SoftwareSigner[] _roots = [NewKey(), NewKey()];
    private SoftwareSigner _index = null!;
    private string _folder = null!;
    private TestAuthority _authority = null!;
    private WrongNode _node = null!;

    [SetUp]
    public async Task Start()
    {
        _folder = Directory.CreateTempSubdirectory("crossprovince-").FullName;
        _index = NewKey();
        _authority = new TestAuthority();
        _authority.WriteIdentity(PathOf("verifier"));
        _authority.WriteIdentity(PathOf("peer"), "urn:crossprovince:120000:node:91110000802100433B");

        // A verifier's certificate, and of an authority that the trust list does not name.
        _node = await WrongNode.StartAsync(_authority.Issue("urn:crossprovince:110000:verifier:91110000802100433B"));
        using var another = new TestAuthority();
        await File.WriteAllBytesAsync(PathOf("trust-list.cose"), TrustListDocument.Sign(TrustOf(another), _roots));
        for (var i = 0; i < _roots.Length; i++)
        {
            await File.WriteAllTextAsync(PathOf($"root-{i}.pub.pem"), _roots[i].PublicKey.ToPem());
        }
    }

    [TearDown]
    public async Task Stop()
    {
        await _node.DisposeAsync();
        _authority.Dispose();
        _index.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // Each check can fail: against a node that does everything wrongly none passes.
    [Test]
    public async Task Conformance_NodeThatIsWrong_FailsEveryCheck()
    {
        var run = await RunAsync("--code", "CP1ANYTHING", "--limits", "--json");

        var rows = run.OutLines.Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.That(rows.Where(row => (string)row["outcome"]! != "fail").Select(row => $"{row["id"]}: {row["seen"]}"), Is.Empty);
        Assert.That(rows, Has.Length.GreaterThan(50));
        Assert.That(rows.Where(row => ((string)row["seen"]!).Length == 0 || ((string)row["clause"]!).Length == 0).Select(row => (string)row["id"]!), Is.Empty);
        Assert.That((run.ExitCode, run.Error.Trim()), Is.EqualTo((1, $"0 passed, {rows.Length} failed, 0 skipped.")));

        // And the documentation names each.
        var text = await File.ReadAllLinesAsync(Path.Combine(Root(), "docs", "partners", "conformance.md"));
        var documented = text.SkipWhile(line => line != "## The checks").Where(line => line.StartsWith("| `", StringComparison.Ordinal)).SelectMany(line => Names().Matches(line.Split('|')[1]).Select(match => match.Groups[1].Value));
        Assert.That(rows.Select(row => (string)row["id"]!), Is.EquivalentTo(documented));
    }

    // Heads that are signed and of now do not hide what is wrong behind them.
    [Test]
    public async Task Conformance_NodeWithGoodHeadsOnly_FailsWhatStandsBehindThem()
    {
        var (copy, other) = (new RegionIndex(s_region, 4), new RegionIndex(s_region, 4));
        StatusChange[] changes = [Change(1), Change(2)];
        copy.Apply(changes[0]);
        other.Apply(changes[0] with { TimeMs = 1 });
        var list = copy.Publish(Now()).Lists[0];
        _node.Head = () => StatusHeadDocument.Sign(copy.Publish(Now()).Head, _index);
        _node.ChunkHashes = list.ChunkHashes.ToArray();
        _node.Chunk = [.. list.EncodeChunk(0)[..^1], 0x00];
        _node.Watch = () => [Batch([changes[1]], copy), Head(Now()), Head(Now() - 500), Batch([changes[0]], other)];

        var rows = (await RunAsync("--json")).OutLines.Select(line => JsonNode.Parse(line)!).ToDictionary(row => (string)row["id"]!);

        string Outcome(string id) => $"{rows[id]["outcome"]} {rows[id]["seen"]}";
        Assert.That(Outcome("head"), Does.StartWith("pass"));
        Assert.That(Outcome("list-roots"), Does.StartWith("pass"));
        Assert.That(Outcome("chunks"), Does.StartWith("fail Chunk 0 of list 0"));
        Assert.That(Outcome("snapshot"), Does.StartWith("fail Chunk 0 of list 0"));
        Assert.That(Outcome("token"), Is.EqualTo("fail 200 without ETag"));
        Assert.That(Outcome("watch-chain"), Is.EqualTo("fail the batch from change 2 does not lead on from 0: Gap"));

        // With a whole snapshot, what the stream does is seen.
        _node.Chunk = list.EncodeChunk(0);
        rows = (await RunAsync("--json")).OutLines.Select(line => JsonNode.Parse(line)!).ToDictionary(row => (string)row["id"]!);
        Assert.That(Outcome("snapshot"), Does.StartWith("pass"));
        Assert.That(Outcome("watch-heads"), Does.StartWith("fail head 2 is"));
    }

    [Test]
    public async Task Conformance_WithoutIdentities_SaysWhatIsMissing()
    {
        var run = await Run.OfAsync("conformance", "--node", _node.Address, "--identity", PathOf("verifier"), "--lang", "en");

        Assert.That(run.Out, Does.Contain("without --trust and --roots").And.Contain("without --peer"));
        Assert.That(run.ExitCode, Is.EqualTo(1));
    }

    [TestCase("peer", "verifier", "--identity must be that of a verifier of region 110000.")]
    [TestCase("verifier", "verifier", "--peer must be the identity of a node of another region.")]
    public async Task Conformance_IdentityOfAnother_IsWrongUsage(string identity, string peer, string message)
    {
        var run = await Run.OfAsync("conformance", "--node", _node.Address, "--identity", PathOf(identity), "--peer", PathOf(peer), "--lang", "en");

        Assert.That((run.ExitCode, run.Error.Trim()), Is.EqualTo((2, message)));
    }

    [Test]
    public async Task Conformance_NobodyThere_IsNoDecision()
    {
        await _node.DisposeAsync();
        var run = await Run.OfAsync("conformance", "--node", "https://127.0.0.1:1", "--identity", PathOf("verifier"), "--lang", "en");

        Assert.That(run.ExitCode, Is.EqualTo(3));
        Assert.That(run.Error, Does.StartWith("There is no connection to https://127.0.0.1:1/"));
    }

    private static SoftwareSigner NewKey() => SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2));

    private static StatusChange Change(long seq) => new(seq, Now(), 0, (int)seq, LicenceStatus.InForce, new EntryTag((ulong)seq), StatusReason.None);

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private WatchStatusResponse Batch(StatusChange[] changes, RegionIndex copy) => new() { Batch = ByteString.CopyFrom(StatusFeedDocument.Sign(s_region, changes, copy.ChainHash.Span, _index)) };

    private WatchStatusResponse Head(long time) => new() { Head = ByteString.CopyFrom(StatusHeadDocument.Sign(new StatusHead(s_region, 1, new byte[32], time, []), _index)) };

    private TrustList TrustOf(TestAuthority authority)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return new TrustList(1, now - 100, now + 100_000, [new TrustedRegion
        {
            Code = s_region,
            Names = new LocalizedText("北京市", "Beijing"),
            CertificateAuthorities = [authority.Der],
            Keys = [new TrustedKey { Key = _index.PublicKey, Use = KeyUse.Index, NotBefore = now - 1000, NotAfter = now + 100_000 }],
            ApiEndpoint = "https://node.example:7443",
            ListBound = 4,
            PartnerRoles = ["node", "verifier"],
        }], new byte[32]);
    }

    private Task<Run> RunAsync(params string[] more) => Run.OfAsync(
    [
        "conformance", "--node", _node.Address, "--identity", PathOf("verifier"), "--peer", PathOf("peer"), "--trust", PathOf("trust-list.cose"),
        "--roots", PathOf("root-0.pub.pem"), PathOf("root-1.pub.pem"), "--watch", "1", "--slack", "0", "--lang", "en", .. more,
    ]);

    private string PathOf(string name) => Path.Combine(_folder, name);

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "CrossProvince.sln")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }

    [GeneratedRegex("`([a-z-]+)`")]
    private static partial Regex Names();
}
