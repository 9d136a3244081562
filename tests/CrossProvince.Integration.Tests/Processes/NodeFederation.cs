using CrossProvince.Cli.Certs;
using CrossProvince.Cli.Samples;
using CrossProvince.Cli.Trust;
using CrossProvince.Client.Connecting;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;
using CrossProvince.Tests;

namespace CrossProvince.Integration.Tests.Processes;

/// <summary>A fresh federation in a folder of its own: keys, certificates, trust list, and a free port of loopback for each node.</summary>
internal sealed class NodeFederation : IDisposable
{
    private readonly string _directory;
    private readonly Dictionary<RegionCode, (int Api, int Web)> _ports;

    private NodeFederation(string directory, Dictionary<RegionCode, (int Api, int Web)> ports, LicenceCatalogue catalogue)
    {
        _directory = directory;
        _ports = ports;
        Catalogue = catalogue;
    }

    public LicenceCatalogue Catalogue { get; }

    public static NodeFederation Create(params RegionCode[] regions)
    {
        var directory = Directory.CreateTempSubdirectory("crossprovince-").FullName;
        var ports = regions.ToDictionary(region => region, _ => (FreePort.Next(), FreePort.Next()));
        var catalogue = CatalogueDirectory.Read(Path.Combine(AppContext.BaseDirectory, "catalogue"));
        SampleFederation.Create(
            Path.Combine(directory, "certs"),
            new SampleFederationPlan
            {
                Regions = regions,
                Endpoints = ports.ToDictionary(p => p.Key, p => Api(p.Value.Item1).ToString()),
                Period = Period.OfYears(DateTimeOffset.UtcNow.AddDays(-1), 1),
                Catalogue = catalogue,
            },
            new OutputFiles(force: false));
        return new NodeFederation(directory, ports, catalogue);
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
        var (api, web) = _ports[region];
        List<string> arguments =
        [
            "--environment", "Development",
            "--Region", region.ToString(),
            "--Listen:Api", Api(api).ToString(),
            "--Listen:Web", $"http://127.0.0.1:{web}",
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
    public Uri Endpoint(RegionCode region) => Api(_ports[region].Api);

    /// <summary>Lines of the import format, the same for the same seed.</summary>
    public IEnumerable<string> Lines(RegionCode region, int holders, int seed) => new SampleLicences(Catalogue).Generate(holders, seed, region);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private IEnumerable<string> Roots() => Enumerable.Range(1, 3).Select(n => Certs("roots", $"root-{n}.pub.pem"));

    private string Certs(params string[] parts) => Path.Combine([_directory, "certs", .. parts]);

    private static Uri Api(int port) => new($"https://127.0.0.1:{port}");
}
