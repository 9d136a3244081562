using CrossProvince.Cli.Certs;
using CrossProvince.Cli.Trust;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;

namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>A federation of its own: fresh keys and certificates, real nodes on free ports of loopback, one clock to move.</summary>
internal sealed class TestFederation : IAsyncDisposable
{
    internal static readonly RegionCode Beijing = new(110000);
    internal static readonly RegionCode Tianjin = new(120000);
    internal static readonly RegionCode Hebei = new(130000);

    private readonly Dictionary<RegionCode, TestNode> _nodes = [];
    private readonly Dictionary<string, SoftwareSigner> _signers = [];
    private readonly LicenceCatalogue _catalogue = Catalogue;

    private TestFederation(FederationPlan plan)
    {
        Plan = plan;
        Folder = Directory.CreateTempSubdirectory("crossprovince-").FullName;
        Clock = new TestClock(TimeProvider.System);
        foreach (var error in plan.Errors)
        {
            Logs.Declare(error);
        }

        // Uses are reported about once a minute then, and what a test scanned raises another region's alarm while a later one runs.
        if (!plan.Settings.ContainsKey("Federation:ReportInterval"))
        {
            Logs.DeclareForAll("Federation.Reporting.ReportIntake: ALARM:");
        }

        if (plan.Scenarios is { } change)
        {
            var (source, own) = (Path.Combine(AppContext.BaseDirectory, "catalogue"), Directory.CreateDirectory(PathOf("catalogue")).FullName);
            foreach (var file in Directory.GetFiles(source))
            {
                var text = File.ReadAllText(file);
                File.WriteAllText(Path.Combine(own, Path.GetFileName(file)), Path.GetFileName(file) == "scenarios.json" ? change(text) : text);
            }

            _catalogue = CatalogueDirectory.Read(own);
        }

        foreach (var region in Regions)
        {
            _nodes.Add(region, new TestNode(this, region));
        }

        var from = TimeProvider.System.GetUtcNow().AddDays(-30);
        SampleFederation.Create(
            Folder,
            new SampleFederationPlan
            {
                Regions = Regions,
                Endpoints = Regions.ToDictionary(r => r, r => _nodes[r].Api.ToString()),
                Period = new Period(from, from.AddYears(10)),
                Catalogue = _catalogue,
            },
            new OutputFiles(force: false));
        PublishTrust(plan.Trust(this, TrustListFile.Read(PathOf("trust-list.json"))));
    }

    internal static LicenceCatalogue Catalogue { get; } = CatalogueDirectory.Read(Path.Combine(AppContext.BaseDirectory, "catalogue"));

    internal static IReadOnlyList<RegionCode> Regions { get; } = [Beijing, Tianjin, Hebei];

    internal FederationPlan Plan { get; }

    internal string Folder { get; }

    /// <summary>Every node's clock follows it.</summary>
    internal TestClock Clock { get; }

    internal TestLogs Logs { get; } = new();

    /// <summary>The trust list as it was signed last.</summary>
    internal TrustListFile TrustFile { get; private set; } = null!;

    internal TestNode this[RegionCode region] => _nodes[region];

    internal static async Task<TestFederation> StartAsync(FederationPlan? plan = null)
    {
        var federation = new TestFederation(plan ?? new FederationPlan());
        foreach (var region in federation.Plan.Running)
        {
            await federation[region].StartAsync();
        }

        await federation.CatchUpAsync();
        return federation;
    }

    internal string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>A signing key of a region, or <c>roots/root-1</c>.</summary>
    internal ISigner Signer(string name)
    {
        if (!_signers.TryGetValue(name, out var signer))
        {
            _signers.Add(name, signer = SigningKeyFiles.ReadPrivate(PathOf($"{name}.key.pem")));
        }

        return signer;
    }

    internal ISigner CodeKey(RegionCode region, string name = "code") => Signer($"{region}/keys/{name}");

    /// <summary>Makes another signing key of a region, not yet in the trust list.</summary>
    internal ISigner MakeKey(string name, SignatureAlgorithm algorithm = SignatureAlgorithm.Sm2) =>
        _signers[name] = SigningKeyFiles.Make(PathOf(name), algorithm, new OutputFiles(force: false));

    /// <summary>Signs a trust list with two roots and puts it where the nodes read it.</summary>
    internal void PublishTrust(TrustListFile file, int roots = 2)
    {
        TrustFile = file;
        var list = file.Resolve(Folder, _catalogue.Hash);
        var signers = Enumerable.Range(1, roots).Select(i => Signer($"roots/root-{i}")).ToArray();
        new OutputFiles(force: true).WritePublic(PathOf("trust-list.cose"), TrustListDocument.Sign(list, signers));
    }

    /// <summary>The trust list as nodes read it.</summary>
    internal TrustList OpenTrust() => TrustListDocument.Open(
        File.ReadAllBytes(PathOf("trust-list.cose")), new TrustRoots([.. Enumerable.Range(1, 3).Select(i => SigningKeyFiles.ReadPublic(PathOf($"roots/root-{i}.pub.pem")))]));

    /// <summary>Moves every clock and waits until all running nodes have one another's heads of the new time.</summary>
    internal async Task AdvanceAsync(TimeSpan by)
    {
        // Between the move and the next head a node is right to call itself unready.
        Logs.Declare("The own licence index is stale.");
        Clock.Move(by);
        await CatchUpAsync();
    }

    /// <summary>Waits until all running nodes have heads of now, and with them everything changed so far.</summary>
    internal async Task CatchUpAsync()
    {
        var now = Clock.Milliseconds;
        var running = _nodes.Values.Where(n => n.IsRunning).ToList();
        foreach (var node in running)
        {
            foreach (var other in running)
            {
                await Eventually.HoldsAsync(() => node.AsOf(other.Region) >= now, $"node {node.Region} has a head of {other.Region} of now");
            }
        }
    }

    /// <summary>Waits until entries made so far have stood long enough for codes to be made on them.</summary>
    internal async Task LetStandAsync()
    {
        await CatchUpAsync();
        await AdvanceAsync(TimeSpan.FromSeconds(6));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values)
        {
            await node.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
        CheckLogs();
    }

    /// <summary>Fails when nodes have logged an error since the last call that was not declared.</summary>
    internal void CheckLogs() => Assert.That(Logs.TakeUndeclared(), Is.Empty, "The nodes logged errors that the test did not declare.");
}
