using System.Globalization;
using CrossProvince.Cli.Certs;
using CrossProvince.Cli.Demo;
using CrossProvince.Client.Connecting;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;
using CrossProvince.LoadTest.Codes;
using CrossProvince.LoadTest.Echo;
using CrossProvince.LoadTest.Running;
using CrossProvince.Service.Storage.Sealing;

namespace CrossProvince.LoadTest.Nodes;

/// <summary>What load is put on: a node that verifies, an echo of the same make beside it, and who makes the codes.</summary>
internal sealed class Target : IAsyncDisposable
{
    private const string Ready = "Application started";
    private static readonly string[] s_nodeVerb = ["node", "--stop-with-input"];
    private static readonly RegionCode s_issuing = RegionCode.Parse("110000");
    private static readonly RegionCode s_verifying = RegionCode.Parse("120000");

    private readonly List<IAsyncDisposable> _children = [];
    private readonly List<IDisposable> _owned = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("crossprovince-load-").FullName;
    private readonly LicenceCatalogue _catalogue;
    private Child? _verifying;
    private Child? _echo;
    private ServerProcesses? _servers;
    private NodeGarbage? _garbage;
    private RecordedRows? _rows;

    private Target(LicenceCatalogue catalogue) => _catalogue = catalogue;

    /// <summary>Where the codes come from.</summary>
    public ICodeSource Codes { get; private set; } = null!;

    /// <summary>As a verifier, to the node under test.</summary>
    public NodeConnection Node { get; private set; } = null!;

    /// <summary>The same, to the echo.</summary>
    public NodeConnection Echo { get; private set; } = null!;

    /// <summary>What a result must be read with: nodes, store, cache.</summary>
    public string Description { get; private set; } = "";

    /// <summary>What the codes say and whose list they are judged by, for judging them in this process; null for a running node.</summary>
    public (IReadOnlyList<CodeTemplate> Licences, TrustList Trust)? Known { get; private set; }

    /// <summary>Whose licences are shown.</summary>
    public IReadOnlyList<SampleHolder> Holders { get; private set; } = [];

    /// <summary>What the node under test, and who serves it, have taken so far.</summary>
    public async Task<Cost> NodeCostAsync(CancellationToken cancellation)
    {
        var (allocated, paused) = _garbage is null ? default : await _garbage.ReadAsync(cancellation);
        return Common(_verifying) with { Allocated = allocated, Paused = paused };
    }

    /// <summary>The same of the echo, for a message.</summary>
    public Task<Cost> EchoCostAsync(CancellationToken cancellation) => Task.FromResult(Common(_echo));

    /// <summary>Waits until the database has caught up with what was answered before.</summary>
    public Task SettleAsync(CancellationToken cancellation) => _rows?.SettleAsync(cancellation) ?? Task.CompletedTask;

    /// <summary>Waits until the database has everything that was answered since it was last waited for.</summary>
    /// <returns>What was missing when it was asked; null where the database can't be looked into.</returns>
    public async Task<Backlog?> DrainAsync(long answered, CancellationToken cancellation) => _rows is null ? null : await _rows.DrainAsync(answered, cancellation);

    /// <summary>Starts two nodes, or takes the running one, and registers licences there.</summary>
    public static async Task<Target> PrepareAsync(NodesPlan plan, LicenceCatalogue catalogue, CancellationToken cancellation)
    {
        var target = new Target(catalogue);
        try
        {
            await (plan.Node is { } node ? target.TakeAsync(plan, node, cancellation) : target.StartAsync(plan, cancellation));
            return target;
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var owned in Enumerable.Reverse(_owned))
        {
            owned.Dispose();
        }

        await Task.WhenAll(_children.Select(child => child.DisposeAsync().AsTask()));
        Directory.Delete(_folder, recursive: true);
    }

    private Cost Common(Child? server) =>
        new(server?.ProcessorTime ?? default, Environment.CpuUsage.TotalTime, _servers?.Database ?? default, _servers?.Cache ?? default, 0, default);

    private async Task TakeAsync(NodesPlan plan, Uri node, CancellationToken cancellation)
    {
        var sample = Path.Combine(AppContext.BaseDirectory, "certs-sample", plan.Region.ToString());
        await StartEchoAsync(sample, plan.Region, cancellation);
        Node = Connect(node, Path.Combine(sample, "verifier"), plan.Region);
        var authority = Connect(node, Path.Combine(sample, "authority"), plan.Region);
        Holders = await SampleHolder.RegisterAsync(authority, Node, _catalogue, plan.Region, plan.Licences, cancellation);
        Codes = new IssuedCodes(Holders);
        Description = $"the running node of region {plan.Region}, with the store it was given; codes made by the node itself";
    }

    private async Task StartAsync(NodesPlan plan, CancellationToken cancellation)
    {
        var ports = FreePorts.Find(4);
        var federation = Path.Combine(_folder, "federation");
        SampleFederation.Create(
            federation,
            new SampleFederationPlan
            {
                Regions = [s_issuing, s_verifying],
                Endpoints = new Dictionary<RegionCode, string> { [s_issuing] = Api(ports[0]).AbsoluteUri, [s_verifying] = Api(ports[1]).AbsoluteUri },
                Period = Period.OfYears(DateTimeOffset.UtcNow.AddDays(-1), 1),
                Catalogue = _catalogue,
            },
            new OutputFiles(force: false));

        List<string> given = [];
        if (plan.Redis is { } redis)
        {
            given.AddRange("--ConnectionStrings:Redis", redis);
        }

        given.AddRange(plan.Settings.SelectMany(setting => new[] { $"--{setting[..setting.IndexOf('=', StringComparison.Ordinal)]}", setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..] }));
        // The node under test is as it would be deployed, and echoes as well: what is measured beside it is the same process. A program that was given can't do that; it has an echo beside it.
        var own = Path.Combine(federation, s_verifying.ToString());
        var database = plan.Database ?? $"Data Source={Path.Combine(_folder, "verifying.db")}";
        _verifying = plan.IsOwnProgram
            ? StartNode(EchoNode.Program, [EchoNode.Verb], s_verifying, "Production", federation, ports[1], ports[3], database, given, plan.Logs)
            : StartNode(plan.Program, s_nodeVerb, s_verifying, "Production", federation, ports[1], ports[3], database, given, plan.Logs);
        Child[] nodes =
        [
            // Holders sign in at the sample issuer, which a node has in Development only.
            StartNode(plan.Program, s_nodeVerb, s_issuing, "Development", federation, ports[0], ports[2], plan.IssuingDatabase ?? $"Data Source={Path.Combine(_folder, "issuing.db")}", [], plan.Logs),
            _verifying,
        ];
        await Task.WhenAll([.. nodes.Select(node => node.ReadyAsync(cancellation)), plan.IsOwnProgram ? Task.CompletedTask : StartEchoAsync(own, s_verifying, cancellation)]);

        Node = Connect(Api(ports[1]), Path.Combine(own, "verifier"), s_verifying);
        if (plan.IsOwnProgram)
        {
            (_echo, Echo) = (_verifying, Connect(Api(ports[1]), Path.Combine(own, "verifier"), s_verifying));
        }

        var issuer = Connect(Api(ports[0]), Path.Combine(federation, s_issuing.ToString(), "verifier"), s_issuing);
        var authority = Connect(Api(ports[0]), Path.Combine(federation, s_issuing.ToString(), "authority"), s_issuing);
        Holders = await SampleHolder.RegisterAsync(authority, issuer, _catalogue, s_issuing, plan.Licences, cancellation);
        var licences = new List<CodeTemplate>(Holders.Count);
        foreach (var holder in Holders)
        {
            licences.Add(CodeTemplate.Read(await holder.PresentAsync("counter-check", cancellation)));
        }

        Codes = new SignedCodes(licences, _catalogue, SigningKeyFiles.ReadPrivate(Path.Combine(federation, s_issuing.ToString(), "keys", "code.key.pem")));
        var roots = new TrustRoots([.. Enumerable.Range(1, 3).Select(n => SigningKeyFiles.ReadPublic(Path.Combine(federation, "roots", $"root-{n}.pub.pem")))]);
        Known = (licences, TrustListDocument.Open(await File.ReadAllBytesAsync(Path.Combine(federation, "trust-list.cose"), cancellation), roots));
        _rows = plan.Database is { } text ? RecordedRows.TryOpen(text) : null;
        if (_rows is not null)
        {
            _children.Add(_rows);
        }

        _owned.Add(_garbage = new NodeGarbage(new Uri(Web(ports[3]))));
        _servers = await ServerProcesses.FindAsync(_rows is null ? null : plan.Database, plan.Redis);

        Description = $"two nodes as processes, codes of region {s_issuing} verified in {s_verifying}; "
            + $"{(plan.Database is null ? "SQLite" : plan.Database.Contains("Host", StringComparison.OrdinalIgnoreCase) ? "PostgreSQL" : "SQLite (given)")}, "
            + (plan.Redis is null ? "no Redis" : "Redis") + (plan.Settings.Count > 0 ? $"; {string.Join(", ", plan.Settings)}" : "");
    }

    private Child StartNode(
        string program, IEnumerable<string> verb, RegionCode region, string environment, string federation, int api, int web, string database, IEnumerable<string> more, string? logs)
    {
        string Own(params string[] parts) => Path.Combine([federation, region.ToString(), .. parts]);
        if (logs is not null)
        {
            Directory.CreateDirectory(logs);
        }

        StorageMaintenance.NewKey(new NewStorageKey(Own("storage.keys")));
        var node = Child.Start(
            program,
            [
                .. verb,
                "--environment", environment,
                "--Region", region.ToString(),
                "--Listen:Api", Api(api).AbsoluteUri,
                "--Listen:Web", Web(web),
                "--Identity:Directory", Own("node"),
                "--Trust:List", Path.Combine(federation, "trust-list.cose"),
                .. Enumerable.Range(0, 3).SelectMany(n => new[] { $"--Trust:Roots:{n}", Path.Combine(federation, "roots", $"root-{n + 1}.pub.pem") }),
                "--Partners:File", Own("partners.json"),
                "--Keys:Code", Own("keys", "code.key.pem"),
                "--Keys:Index", Own("keys", "index.key.pem"),
                "--Keys:Receipt", Own("keys", "receipt.key.pem"),
                "--Storage:KeyFile", Own("storage.keys"),
                "--ConnectionStrings:Database", database,

                // What the node does is to be measured, not what it lets one caller do.
                "--Limits:Organisation:PerSecond", "1000000", "--Limits:Organisation:Burst", "10000000", "--Limits:Organisation:Calls", "100000",
                "--Limits:Person:PerSecond", "1000000", "--Limits:Person:Burst", "10000000", "--Limits:Person:Calls", "100000",
                .. more,
            ],
            _folder,
            Ready,
            logs is null ? null : Path.Combine(logs, $"load-{region}-{Environment.ProcessId}.log"));
        _children.Add(node);
        return node;
    }

    private async Task StartEchoAsync(string identities, RegionCode region, CancellationToken cancellation)
    {
        var port = FreePorts.Find(1)[0];
        var echo = _echo = Child.Start(
            EchoNode.Program, [EchoServer.Verb, port.ToString(CultureInfo.InvariantCulture), Path.Combine(identities, "node")], _folder, EchoServer.Listening);
        _children.Add(echo);
        await echo.ReadyAsync(cancellation);
        Echo = Connect(Api(port), Path.Combine(identities, "verifier"), region);
    }

    private NodeConnection Connect(Uri node, string identity, RegionCode region)
    {
        var loaded = NodeIdentity.Load(identity);
        _owned.Add(loaded);
        var connection = NodeConnection.Open(node, loaded, region);
        _owned.Add(connection);
        return connection;
    }

    private static string Web(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private static Uri Api(int port) => new($"https://127.0.0.1:{port}");
}
