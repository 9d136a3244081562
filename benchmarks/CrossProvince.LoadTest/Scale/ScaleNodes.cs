using System.Globalization;
using CrossProvince.Cli.Certs;
using CrossProvince.Cli.Demo;
using CrossProvince.Client.Connecting;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;
using CrossProvince.LoadTest.Nodes;
using Npgsql;

namespace CrossProvince.LoadTest.Scale;

/// <summary>A federation of three regions: the own one, whose nodes share a PostgreSQL and a Redis, a partner, whose nodes share another database of that PostgreSQL, and the rest of the country.</summary>
internal sealed class ScaleNodes : IAsyncDisposable
{
    private const int NodesOfTheRegion = 3;
    private const int NodesOfThePartner = 2;
    private const string Ready = "Application started";

    private readonly ScalePlan _plan;
    private readonly string _folder = Directory.CreateTempSubdirectory("crossprovince-scale-").FullName;
    private readonly int[] _ports = FreePorts.Find((NodesOfTheRegion + NodesOfThePartner + 1) * 2);
    private readonly List<IDisposable> _owned = [];

    public ScaleNodes(ScalePlan plan, LicenceCatalogue catalogue)
    {
        _plan = plan;
        SampleFederation.Create(
            Federation(),
            new SampleFederationPlan
            {
                Regions = [ScalePlan.Own, ScalePlan.Partner, ScalePlan.Rest],
                Endpoints = new Dictionary<RegionCode, string> { [ScalePlan.Own] = Api(0).AbsoluteUri, [ScalePlan.Partner] = Api(NodesOfTheRegion).AbsoluteUri, [ScalePlan.Rest] = Api(NodesOfTheRegion + NodesOfThePartner).AbsoluteUri },
                Period = Period.OfYears(DateTimeOffset.UtcNow.AddDays(-1), 1),
                Catalogue = catalogue,
            },
            new OutputFiles(force: false));
    }

    /// <summary>The trust list.</summary>
    public TrustList Trust => TrustListDocument.Open(
        File.ReadAllBytes(Federation("trust-list.cose")), new TrustRoots([.. Enumerable.Range(1, 3).Select(n => SigningKeyFiles.ReadPublic(Federation("roots", $"root-{n}.pub.pem")))]));

    /// <summary>A file of the federation.</summary>
    public string Federation(params string[] parts) => Path.Combine([_folder, "federation", .. parts]);

    /// <summary>Starts the n-th node of the own region, from 0.</summary>
    public ScaleNode StartOwn(int n) => Start(ScalePlan.Own, n, _plan.Database, ["--ConnectionStrings:Redis", _plan.Redis]);

    /// <summary>Starts the partner's nodes, on a database of their own.</summary>
    public async Task<IReadOnlyList<ScaleNode>> StartPartnerAsync(CancellationToken cancellation)
    {
        var database = new NpgsqlConnectionStringBuilder(_plan.Database) { Database = "partner" };
        await using (var connection = new NpgsqlConnection(_plan.Database))
        {
            await connection.OpenAsync(cancellation);
            await using var create = new NpgsqlCommand("CREATE DATABASE partner", connection);
            await create.ExecuteNonQueryAsync(cancellation);
        }

        return [.. Enumerable.Range(NodesOfTheRegion, NodesOfThePartner).Select(n => Start(ScalePlan.Partner, n, database.ConnectionString, []))];
    }

    /// <summary>A connection to a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="role">Whose certificate of the node's region is shown, such as <c>authority</c>.</param>
    public NodeConnection Connect(ScaleNode node, string role)
    {
        var identity = NodeIdentity.Load(Federation(node.Region.ToString(), role));
        _owned.Add(identity);
        var connection = NodeConnection.Open(node.Api, identity, node.Region);
        _owned.Add(connection);
        return connection;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        foreach (var owned in Enumerable.Reverse(_owned))
        {
            owned.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private Uri Api(int n) => new($"https://127.0.0.1:{_ports[n * 2]}");

    private ScaleNode Start(RegionCode region, int n, string database, IEnumerable<string> more)
    {
        var web = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_ports[(n * 2) + 1]}"));
        var own = region.ToString();
        if (_plan.Logs is { } logs)
        {
            Directory.CreateDirectory(logs);
        }

        var process = Child.Start(
            _plan.Program,
            [
                "node", "--stop-with-input", "--environment", "Development", "--Region", own, "--Listen:Api", Api(n).AbsoluteUri, "--Listen:Web", web.AbsoluteUri,
                "--Identity:Directory", Federation(own, "node"), "--Trust:List", Federation("trust-list.cose"),
                .. Enumerable.Range(0, 3).SelectMany(root => new[] { $"--Trust:Roots:{root}", Federation("roots", $"root-{root + 1}.pub.pem") }),
                "--Partners:File", Federation(own, "partners.json"),
                "--Keys:Code", Federation(own, "keys", "code.key.pem"), "--Keys:Index", Federation(own, "keys", "index.key.pem"), "--Keys:Receipt", Federation(own, "keys", "receipt.key.pem"),
                "--ConnectionStrings:Database", database, "--Recording:Directory", Path.Combine(_folder, $"spool-{n}"),
                "--Limits:Organisation:PerSecond", "1000000", "--Limits:Organisation:Burst", "10000000", "--Limits:Organisation:Calls", "100000",
                "--Limits:Person:PerSecond", "1000000", "--Limits:Person:Burst", "10000000", "--Limits:Person:Calls", "100000",
                .. more,
            ],
            _folder,
            Ready,
            _plan.Logs is null ? null : Path.Combine(_plan.Logs, $"scale-{own}-{n}.log"));
        return new ScaleNode(region, Api(n), web, process);
    }
}
