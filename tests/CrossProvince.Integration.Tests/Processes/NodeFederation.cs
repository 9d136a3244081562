using CrossProvince.Cli.Certs;
using CrossProvince.Cli.Samples;
using CrossProvince.Cli.Trust;
using CrossProvince.Client.Connecting;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;

namespace CrossProvince.Integration.Tests.Processes;

/// <summary>A fresh federation in a folder of its own: keys, certificates, trust list, and addresses for each node.</summary>
internal sealed class NodeFederation : IDisposable
{
    private readonly string _directory;
    private readonly IReadOnlyDictionary<RegionCode, NodeAddress> _addresses;

    private NodeFederation(string directory, IReadOnlyDictionary<RegionCode, NodeAddress> addresses, LicenceCatalogue catalogue)
    {
        _directory = directory;
        _addresses = addresses;
        Catalogue = catalogue;
    }

    public LicenceCatalogue Catalogue { get; }

    /// <summary>Makes one whose nodes have free ports of loopback.</summary>
    public static NodeFederation Create(params RegionCode[] regions) => Create(regions.ToDictionary(region => region, _ => NodeAddress.OnLoopback()));

    /// <summary>Makes one whose nodes have these addresses.</summary>
    /// <param name="addresses">Of each region's node.</param>
    /// <param name="hosts">What the nodes' certificates name besides loopback.</param>
    public static NodeFederation Create(IReadOnlyDictionary<RegionCode, NodeAddress> addresses, params string[] hosts)
    {
        var directory = Directory.CreateTempSubdirectory("crossprovince-").FullName;
        var catalogue = CatalogueDirectory.Read(Path.Combine(AppContext.BaseDirectory, "catalogue"));
        SampleFederation.Create(
            Path.Combine(directory, "certs"),
            new SampleFederationPlan
            {
                Regions = [.. addresses.Keys],
                Endpoints = addresses.ToDictionary(a => a.Key, a => a.Value.Published.ToString()),
                Hosts = hosts,
                Period = Period.OfYears(DateTimeOffset.UtcNow.AddDays(-1), 1),
                Catalogue = catalogue,
            },
            new OutputFiles(force: false));
        return new NodeFederation(directory, addresses, catalogue);
    }

    public string DatabaseFile(RegionCode region) => Path.Combine(_directory, "data", region.ToString(), "node.db");

    /// <summary>A place in the federation's folder.</summary>
    public string PathOf(string name) => Path.Combine(_directory, name);

    public TrustList TrustList() => TrustListDocument.Open(
        File.ReadAllBytes(Certs("trust-list.cose")),
        new TrustRoots([.. Roots().Select(file => Core.Signatures.PublicKey.FromPem(File.ReadAllText(file)))]));

    /// <summary>The configuration of a region's node.</summary>
    public IReadOnlyList<string> Arguments(RegionCode region)
    {
        List<string> arguments =
        [
            "--environment", "Development",
            "--Region", region.ToString(),
            "--Listen:Api", _addresses[region].Api.ToString(),
            "--Listen:Web", _addresses[region].Web.ToString(),
            "--Identity:Directory", Certs(region.ToString(), "node"),
            "--Trust:List", Certs("trust-list.cose"),
            "--Partners:File", Certs(region.ToString(), "partners.json"),
            "--Keys:Code", Certs(region.ToString(), "keys", "code.key.pem"),
            "--Keys:Index", Certs(region.ToString(), "keys", "index.key.pem"),
            "--Keys:Receipt", Certs(region.ToString(), "keys", "receipt.key.pem"),
            "--ConnectionStrings:Database", $"Data Source={DatabaseFile(region)}",

            // Here one person shows licences without pause.
            "--Limits:Person:PerSecond", "10000",
            "--Limits:Person:Burst", "100000",
        ];
        arguments.AddRange(Roots().SelectMany((file, i) => new[] { $"--Trust:Roots:{i}", file }));
        return arguments;
    }

    /// <summary>Connects to a region's node as one of its region's parties: <c>verifier</c> or <c>authority</c>.</summary>
    public NodeConnection Connect(RegionCode region, string role) =>
        Connect(region, role, Endpoint(region));

    /// <summary>Connects to one of several nodes of a region.</summary>
    public NodeConnection Connect(RegionCode region, string role, Uri api) => NodeConnection.Open(api, NodeIdentity.Load(Certs(region.ToString(), role)), region);

    /// <summary>Where the trust list says that a region's node is.</summary>
    public Uri Endpoint(RegionCode region) => _addresses[region].Published;

    /// <summary>Lines of the import format, the same for the same seed.</summary>
    public IEnumerable<string> Lines(RegionCode region, int holders, int seed) => new SampleLicences(Catalogue).Generate(holders, seed, region);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private IEnumerable<string> Roots() => Enumerable.Range(1, 3).Select(n => Certs("roots", $"root-{n}.pub.pem"));

    private string Certs(params string[] parts) => Path.Combine([_directory, "certs", .. parts]);
}
