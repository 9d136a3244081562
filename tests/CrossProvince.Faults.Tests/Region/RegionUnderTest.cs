using System.Globalization;
using CrossProvince.Client.Connecting;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Integration.Tests.Processes;
using CrossProvince.Integration.Tests.SeveralNodes;
using CrossProvince.Service.StatusIndex.Auditing;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Tests;

namespace CrossProvince.Faults.Tests.Region;

/// <summary>What Beijing keeps its data in.</summary>
internal enum Store
{
    /// <summary>One node on SQLite, without Redis and without a partner.</summary>
    Sqlite,

    /// <summary>Two nodes on one PostgreSQL and one Redis, and one node of Tianjin, which reaches them through a balancer.</summary>
    Postgres,
}

/// <summary>A region as it is deployed: every part a process of its own, on loopback, that can be killed, stopped and started again.</summary>
internal sealed class RegionUnderTest : IRegion, IAsyncDisposable
{
    /// <summary>Limits small enough to be met within a test. The copies of connected nodes are younger than a second, of connected partners than two.</summary>
    public static readonly TimeSpan Soft = TimeSpan.FromSeconds(3);

    public static readonly TimeSpan Hard = TimeSpan.FromSeconds(6);

    public static readonly RegionCode Beijing = RegionCode.Parse("110000");
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly RegionCode s_tianjin = RegionCode.Parse("120000");

    private readonly List<NodeSlot> _slots = [];
    private readonly List<NodeConnection> _verifiers = [];
    private readonly List<NodeConnection> _authorities = [];
    private readonly List<IDisposable> _owned = [];
    private Balancer? _balancer;

    private RegionUnderTest(Store store) => Store = store;

    public Store Store { get; }

    /// <inheritdoc/>
    public RegionCode Code => Beijing;

    public Outages Outages { get; } = new();

    public NodeFederation Federation { get; private set; } = null!;

    /// <summary>Null on SQLite.</summary>
    public PostgresServer? Postgres { get; private set; }

    /// <summary>Null on SQLite.</summary>
    public RedisServer? Redis { get; private set; }

    /// <summary>The disk that PostgreSQL's data is on; null where none could be made.</summary>
    public SmallDisk? PostgresDisk { get; private set; }

    /// <summary>The disk that the first node's spool is on; null where none could be made.</summary>
    public SmallDisk? SpoolDisk { get; private set; }

    /// <summary>The database of Beijing.</summary>
    public string Database { get; private set; } = "";

    /// <summary>Where Tianjin's database is.</summary>
    public string PartnerDatabase => $"Data Source={Federation.DatabaseFile(s_tianjin)}";

    /// <summary>Where all records are.</summary>
    public IReadOnlyList<string> Databases => HasPartner ? [Database, $"{PartnerDatabase};Mode=ReadOnly"] : [Database];

    /// <summary>Beijing's nodes, then the partner's.</summary>
    public IReadOnlyList<NodeSlot> Slots => _slots;

    /// <summary>How many nodes Beijing has; the partner's number, too.</summary>
    public int OwnNodes => Store == Store.Sqlite ? 1 : 2;

    public bool HasPartner => Store == Store.Postgres;

    /// <inheritdoc/>
    public IReadOnlyList<int> OwnFrom(int node) => [.. Enumerable.Range(node, OwnNodes).Select(n => n % OwnNodes)];

    /// <inheritdoc/>
    public NodeConnection Verifier(int node) => _verifiers[node];

    /// <inheritdoc/>
    public NodeConnection Authority(int node) => _authorities[node];

    public static async Task<RegionUnderTest> StartAsync(Store store)
    {
        var region = new RegionUnderTest(store);
        try
        {
            await region.StartAsync();
            return region;
        }
        catch
        {
            await region.DisposeAsync();
            throw;
        }
    }

    /// <summary>The time in the head of Beijing that a node holds, its own or its copy.</summary>
    /// <returns>Unix milliseconds; 0 while it holds none, or does not answer.</returns>
    public async Task<long> FindHeadTimeAsync(int node)
    {
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            var document = await Verifier(node).Http.GetByteArrayAsync($"v1/heads/{Beijing}", patience.Token);
            return StatusHeadDocument.Open(document, Federation.TrustList(), Beijing, DateTimeOffset.UtcNow.ToUnixTimeSeconds()).TimeMs;
        }
        catch (Exception e) when (e is HttpRequestException or NodeException or OperationCanceledException)
        {
            return 0;
        }
    }

    /// <summary>Compares chain, licences, lists, Redis and what nodes publish.</summary>
    /// <param name="nodes">Whose heads are compared, too.</param>
    public async Task<StatusAuditReport> AuditAsync(params int[] nodes)
    {
        var heads = new List<(string, byte[])>();
        foreach (var node in nodes)
        {
            heads.Add(($"node {node}", await Verifier(node).Http.GetByteArrayAsync($"v1/heads/{Beijing}")));
        }

        return await StatusAudit.RunAsync(_slots[0].Arguments, heads, CancellationToken.None);
    }

    /// <summary>Whether an audit found that everything agrees, and found everything.</summary>
    public static bool IsClean(StatusAuditReport report, bool withRedis) =>
        report is { Difference: null, CacheAway: false } && (!withRedis || (report.CacheChunks > 0 && report.Heads.Any(head => head.Source == "redis")));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var slot in _slots)
        {
            await slot.DisposeAsync();
        }

        foreach (var owned in Enumerable.Reverse(_owned))
        {
            owned.Dispose();
        }

        if (_balancer is not null)
        {
            await _balancer.DisposeAsync();
        }

        Redis?.Dispose();
        Postgres?.Dispose();
        PostgresDisk?.Dispose();
        SpoolDisk?.Dispose();
        Federation?.Dispose();
    }

    private async Task StartAsync()
    {
        if (Store == Store.Sqlite)
        {
            Federation = NodeFederation.Create(Beijing);
            Database = $"Data Source={Federation.DatabaseFile(Beijing)}";
            await AddAsync([new NodeSlot(Part.FirstNode, Federation, Beijing, Settings(), Outages)]);
            Connect(Beijing, Federation.Endpoint(Beijing));
            return;
        }

        Federation = NodeFederation.Create(Beijing, s_tianjin);
        PostgresDisk = SmallDisk.TryMount("postgres");
        SpoolDisk = SmallDisk.TryMount("spool");
        Postgres = PostgresServer.StartNew(
            PostgresDisk is null ? Directory.CreateTempSubdirectory("crossprovince-postgres-").FullName : Directory.CreateDirectory(Path.Combine(PostgresDisk.Folder, "server")).FullName, isDurable: true);
        Redis = RedisServer.StartKept();
        Database = Postgres.NewDatabase();

        Uri[] apis = [.. Enumerable.Range(0, OwnNodes).Select(_ => new Uri($"https://127.0.0.1:{FreePort.Next()}"))];
        _balancer = new Balancer(Federation.Endpoint(Beijing), apis);
        await AddAsync(
        [
            new NodeSlot(Part.FirstNode, Federation, Beijing, OwnSettings(apis[0], SpoolDisk is null ? Federation.PathOf("spool-0") : Path.Combine(SpoolDisk.Folder, "spool")), Outages),
            new NodeSlot(Part.SecondNode, Federation, Beijing, OwnSettings(apis[1], Federation.PathOf("spool-1")), Outages),

            // Codes are made for the partner that Beijing's nodes know nothing of: it judges them by its copy alone.
            new NodeSlot(Part.Partner, Federation, s_tianjin, [.. Settings(), "--Federation:ForwardsPerSecond", "0"], Outages),
        ]);
        Connect(Beijing, apis);
        _verifiers.Add(Own(Federation.Connect(s_tianjin, "verifier")));
    }

    private async Task AddAsync(NodeSlot[] slots)
    {
        _slots.AddRange(slots);
        await Task.WhenAll(slots.Select(slot => slot.StartAsync()));
    }

    private void Connect(RegionCode region, params Uri[] apis)
    {
        foreach (var api in apis)
        {
            _verifiers.Add(Own(Federation.Connect(region, "verifier", api)));
            _authorities.Add(Own(Federation.Connect(region, "authority", api)));
        }
    }

    private NodeConnection Own(NodeConnection connection)
    {
        _owned.Add(connection);
        return connection;
    }

    private string[] OwnSettings(Uri api, string spool) =>
    [
        .. Settings(),
        "--Listen:Api", api.ToString(),
        "--Listen:Web", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"),
        "--ConnectionStrings:Database", Database,
        "--ConnectionStrings:Redis", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Redis!.Port}"),
        "--Recording:Directory", spool,
    ];

    private static string[] Settings() => ["--Freshness:Soft", Soft.ToString("c", CultureInfo.InvariantCulture), "--Freshness:Hard", Hard.ToString("c", CultureInfo.InvariantCulture)];
}
