using System.Globalization;
using System.Net;
using CrossProvince.Client.Connecting;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Faults.Tests.Region;
using CrossProvince.Integration.Tests.Processes;
using CrossProvince.Service.StatusIndex.Auditing;
using CrossProvince.Service.Tests.Backends;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>One province: a node with its PostgreSQL and its Redis, in a network namespace of its own.</summary>
internal sealed class Province : IRegion, IAsyncDisposable
{
    /// <summary>Of every node, in its own namespace.</summary>
    public const int ApiPort = 7443;

    private const int WebPort = 7080;

    private readonly List<IDisposable> _owned = [];
    private readonly TrustList _trust;
    private NodeProcess? _node;

    private Province(int number, RegionCode code, NodeFederation federation)
    {
        (Number, Code, Federation, _trust) = (number, code, federation, federation.TrustList());
        var api = new Uri($"https://{ProvinceNet.InsideOf(number)}:{ApiPort}");
        _owned.Add(VerifierConnection = federation.Connect(code, "verifier", api));
        _owned.Add(AuthorityConnection = federation.Connect(code, "authority", api));
    }

    public int Number { get; }

    /// <inheritdoc/>
    public RegionCode Code { get; }

    /// <inheritdoc/>
    public NodeFederation Federation { get; }

    /// <summary>Its database.</summary>
    public string Database { get; private set; } = "";

    /// <summary>What its node logged as error or worse.</summary>
    public IReadOnlyCollection<string> Complaints => _node?.Complaints ?? [];

    private NodeConnection VerifierConnection { get; }

    private NodeConnection AuthorityConnection { get; }

    /// <summary>Its whole command line but for the verb.</summary>
    private string[] Arguments { get; set; } = [];

    /// <summary>Where a province's node is, for its trust list and its own configuration.</summary>
    /// <param name="relayPort">Where between the provinces the line to it begins.</param>
    public static NodeAddress AddressBehind(int relayPort) =>
        new(new Uri($"https://{IPAddress.Any}:{ApiPort}"), new Uri($"http://127.0.0.1:{WebPort}"), new Uri($"https://{ProvinceNet.Between}:{relayPort}"));

    /// <summary>Starts its servers and its node.</summary>
    public static async Task<Province> StartAsync(int number, RegionCode code, NodeFederation federation)
    {
        var province = new Province(number, code, federation);
        try
        {
            await province.StartAsync();
            return province;
        }
        catch
        {
            await province.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>It has one node, which is known by the province's number.</remarks>
    public IReadOnlyList<int> OwnFrom(int node) => [Number];

    /// <inheritdoc/>
    public NodeConnection Verifier(int node) => VerifierConnection;

    /// <inheritdoc/>
    public NodeConnection Authority(int node) => AuthorityConnection;

    /// <summary>The head of a region that its node holds, with the document; held to the trust list.</summary>
    /// <exception cref="NodeException">The node does not answer, or holds none.</exception>
    public async Task<StatusHead> GetHeadAsync(RegionCode region)
    {
        var document = await VerifierConnection.Http.GetByteArrayAsync($"v1/heads/{region}");
        return StatusHeadDocument.Open(document, _trust, region, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
    }

    /// <summary>Compares chain, licences, lists and Redis of its database with the heads that nodes hold of it.</summary>
    public Task<StatusAuditReport> AuditAsync(IReadOnlyList<(string Source, byte[] Document)> heads) => StatusAudit.RunAsync(Arguments, heads, CancellationToken.None);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }

        foreach (var owned in Enumerable.Reverse(_owned))
        {
            owned.Dispose();
        }
    }

    private async Task StartAsync()
    {
        var place = ProvinceNet.PlaceOf(Number);
        var postgres = PostgresServer.StartNew(Directory.CreateTempSubdirectory("crossprovince-postgres-").FullName, isDurable: true, place);
        _owned.Add(postgres);
        var redis = RedisServer.StartKept(place);
        _owned.Add(redis);
        Database = postgres.NewDatabase();
        string[] settings =
        [
            "--ConnectionStrings:Database", Database,
            "--ConnectionStrings:Redis", redis.ConnectionString,
            "--Recording:Directory", Federation.PathOf($"spool-{Code}"),
            "--Freshness:Soft", ProvinceSettings.Soft.ToString("c", CultureInfo.InvariantCulture),
            "--Freshness:Hard", ProvinceSettings.Hard.ToString("c", CultureInfo.InvariantCulture),
        ];
        Arguments = [.. Federation.Arguments(Code), .. settings];
        _node = NodeProcess.StartAt(place.Enter, Federation, Code, settings);
        await _node.ReadyAsync();
    }
}
