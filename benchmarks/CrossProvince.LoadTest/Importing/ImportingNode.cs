using System.Diagnostics;
using System.Globalization;
using CrossProvince.Cli.Certs;
using CrossProvince.Cli.Demo;
using CrossProvince.Client.Connecting;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.LoadTest.Nodes;

namespace CrossProvince.LoadTest.Importing;

/// <summary>One node as a process, and an authority that imports at its command line.</summary>
internal sealed class ImportingNode : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string _program;
    private readonly Uri _address;
    private readonly Child _node;

    private ImportingNode(string folder, string program, Uri address, Child node) => (_folder, _program, _address, _node) = (folder, program, address, node);

    /// <summary>The region whose licences it keeps.</summary>
    public static RegionCode Region { get; } = RegionCode.Parse("110000");

    /// <summary>Processor time that it has taken so far.</summary>
    public TimeSpan ProcessorTime => _node.ProcessorTime;

    /// <summary>Starts a node.</summary>
    /// <param name="program">crossprovince.dll.</param>
    /// <param name="folder">Its keys and its spool go here.</param>
    /// <param name="catalogue">The catalogue.</param>
    /// <param name="database">Its connection string.</param>
    /// <param name="log">File for what it says; null for none.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<ImportingNode> StartAsync(string program, string folder, LicenceCatalogue catalogue, string database, string? log, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        var ports = FreePorts.Find(2);
        var address = new Uri($"https://127.0.0.1:{ports[0]}");
        var federation = Path.Combine(folder, "federation");
        SampleFederation.Create(
            federation,
            new SampleFederationPlan
            {
                Regions = [Region],
                Endpoints = new Dictionary<RegionCode, string> { [Region] = address.AbsoluteUri },
                Period = Period.OfYears(DateTimeOffset.UtcNow.AddDays(-1), 1),
                Catalogue = catalogue,
            },
            new OutputFiles(force: false));
        string Own(params string[] parts) => Path.Combine([federation, Region.ToString(), .. parts]);
        var node = Child.Start(
            program,
            [
                "node", "--stop-with-input", "--environment", "Development",
                "--Region", Region.ToString(),
                "--Listen:Api", address.AbsoluteUri,
                "--Listen:Web", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[1]}"),
                "--Identity:Directory", Own("node"),
                "--Trust:List", Path.Combine(federation, "trust-list.cose"),
                .. Enumerable.Range(0, 3).SelectMany(n => new[] { $"--Trust:Roots:{n}", Path.Combine(federation, "roots", $"root-{n + 1}.pub.pem") }),
                "--Partners:File", Own("partners.json"),
                "--Keys:Code", Own("keys", "code.key.pem"),
                "--Keys:Index", Own("keys", "index.key.pem"),
                "--Keys:Receipt", Own("keys", "receipt.key.pem"),
                "--ConnectionStrings:Database", database,
            ],
            folder,
            "Application started",
            log);
        await node.ReadyAsync(cancellation);
        return new ImportingNode(folder, program, address, node);
    }

    /// <summary>Connects as an authority.</summary>
    public (NodeIdentity Identity, NodeConnection Connection) Connect()
    {
        var identity = NodeIdentity.Load(Authority);
        return (identity, NodeConnection.Open(_address, identity, Region));
    }

    /// <summary>Imports a file as an authority does: <c>crossprovince licence import FILE</c>.</summary>
    /// <returns>How long that took, the start of the command line counted in.</returns>
    /// <exception cref="LoadTestException">It did not end with exit code 0.</exception>
    public async Task<TimeSpan> ImportAsync(string file, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(
            "dotnet", [_program, "licence", "import", file, "--node", _address.AbsoluteUri, "--identity", Authority])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0 ? clock.Elapsed : throw new LoadTestException($"The import ended with exit code {process.ExitCode}:\n{said[0]}{said[1]}");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private string Authority => Path.Combine(_folder, "federation", Region.ToString(), "authority");
}
