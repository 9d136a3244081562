using System.Diagnostics;
using System.Globalization;
using CrossProvince.Cli.Samples;
using CrossProvince.Cli.Trust;
using CrossProvince.Core.Catalogue;
using CrossProvince.LoadTest.Nodes;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Targets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CrossProvince.LoadTest.Importing;

/// <summary>Measures target P8, the import of licences, beside what the database does with the same rows, in turns.</summary>
/// <param name="nodes">The PostgreSQL that was given, and the program that is run as node and command line.</param>
/// <param name="progress">Receives everything that is said.</param>
internal sealed class ImportRun(NodesPlan nodes, TextWriter progress)
{
    private const int GoalPerSecond = 50_000;
    private const int LongestChangeMilliseconds = 200;

    private static readonly Words s_copy = new("psql \\copy of the same rows", "psql \\copy 同样的行");
    private static readonly Words s_insert = new("INSERT … SELECT of the same rows", "INSERT … SELECT 同样的行");

    private readonly LicenceCatalogue _catalogue = CatalogueDirectory.Read(Path.Combine(AppContext.BaseDirectory, "catalogue"));
    private readonly string _folder = Directory.CreateTempSubdirectory("crossprovince-import-").FullName;
    private readonly List<TargetLine> _lines = [];
    private int _warmUp;

    /// <summary>Runs.</summary>
    /// <param name="file">Receives the lines.</param>
    /// <param name="quick">Seconds instead of minutes: no figure to be quoted.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>0.</returns>
    public async Task<int> RunAsync(string file, bool quick, CancellationToken cancellation)
    {
        if (nodes.Database is null)
        {
            throw new LoadTestException("--import needs --database, a PostgreSQL.");
        }

        try
        {
            var (turns, licences) = quick ? (1, 5_000) : (2, 500_000);
            _warmUp = quick ? 2_000 : 100_000;
            await progress.WriteLineAsync($"{turns} files of {licences:N0} licences are made ...");
            var files = MakeFiles(turns, licences);
            var fewer = MakeFiles(turns, quick ? licences : _warmUp);
            foreach (var isPostgres in (bool[])[true, false])
            {
                await WholeAsync(isPostgres, files, cancellation);
                await StoreAsync(isPostgres, fewer, cancellation);
            }
        }
        finally
        {
            Directory.Delete(_folder, recursive: true);
        }

        TargetFile.Write(file, _lines);
        TargetFile.Print(progress, _lines);
        return 0;
    }

    /// <summary>Command line, gRPC, node, database: as an authority does it.</summary>
    private async Task WholeAsync(bool isPostgres, IReadOnlyList<SampleFile> files, CancellationToken cancellation)
    {
        var database = await NewDatabaseAsync(isPostgres, "import", cancellation);
        var copied = await PrepareCopyAsync(isPostgres, "import_copied", database, cancellation);
        var name = isPostgres ? "node-postgres" : "node-sqlite";
        var log = nodes.Logs is null ? null : Path.Combine(Directory.CreateDirectory(nodes.Logs).FullName, $"import-{name}-{Environment.ProcessId}.log");
        await using var node = await ImportingNode.StartAsync(nodes.Program, Path.Combine(_folder, name), _catalogue, database, log, cancellation);

        // A province brings tens of millions: the node's code is compiled for good when it is measured (docs/adr/0036).
        var first = MakeFile(_warmUp, seed: 99);
        await node.ImportAsync(first.Path, cancellation);
        await copied.CopyAsync(() => { }, cancellation);
        await using var changes = new StatusCalls(node, first.Path);
        await changes.RunAsync(Task.Delay(500, cancellation));
        changes.Times.Clear();
        var servers = await ServerProcesses.FindAsync(isPostgres ? nodes.Database : null, null);
        var turns = new List<Turn>();
        var (ofNode, ofCommand, ofDatabase, ofCopy) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
        foreach (var file in files)
        {
            var (node0, command0, database0) = (node.ProcessorTime, ServerProcesses.EndedChildren, servers.Database);
            var importing = node.ImportAsync(file.Path, cancellation);
            await changes.RunAsync(importing);
            var imported = await importing;
            (ofNode, ofCommand, ofDatabase) = (ofNode + node.ProcessorTime - node0, ofCommand + ServerProcesses.EndedChildren - command0, ofDatabase + servers.Database - database0);
            var (took, ofServer) = await CopyAsync(copied, servers, cancellation);
            turns.Add(new Turn(file.Licences, imported, took));
            ofCopy += ofServer;
            await SayAsync(isPostgres, "command line to node", turns[^1]);
        }

        double Each(TimeSpan all) => (all / turns.Sum(turn => turn.Licences)).TotalMicroseconds;
        var processor = isPostgres
            ? string.Create(CultureInfo.InvariantCulture, $"node {Each(ofNode):F1}, command line {Each(ofCommand):F1}, PostgreSQL {Each(ofDatabase):F1}; copied, PostgreSQL {Each(ofCopy):F1}")
            : string.Create(CultureInfo.InvariantCulture, $"node with its database {Each(ofNode):F1}, command line {Each(ofCommand):F1}");
        Add(isPostgres, turns, new("import, command line to node", "导入，命令行至节点"), isHeadline: true, string.Create(
            CultureInfo.InvariantCulture,
            $"crossprovince licence import over gRPC with TLS, {turns.Count} files of {turns[0].Licences:N0} licences each into a growing register, the start of the command line counted in; processor time a licence in µs: {processor}. Meanwhile one status is changed ten times a second."));
        var times = changes.Times.Order().ToList();
        _lines.Add(new TargetLine
        {
            Target = "P8",
            What = new($"  a change of status meanwhile, 99th percentile, {Name(isPostgres)}", $"　同时变更状态，99 百分位，{Name(isPostgres)}"),
            Measured = new(times[(int)(times.Count * 0.99)].TotalMilliseconds, "ms"),
            Goal = new Goal(GoalKind.Below, LongestChangeMilliseconds),
            Note = string.Create(CultureInfo.InvariantCulture, $"{times.Count} changes, from the call to the answer: durable and in the index; median {times[times.Count / 2].TotalMilliseconds:F0} ms, longest {times[^1].TotalMilliseconds:F0} ms."),
        });
    }

    /// <summary>The node's register alone, given licences that are read and checked.</summary>
    private async Task StoreAsync(bool isPostgres, IReadOnlyList<SampleFile> files, CancellationToken cancellation)
    {
        const int AtOnce = 1_000;
        var database = await NewDatabaseAsync(isPostgres, "store", cancellation);
        var copied = await PrepareCopyAsync(isPostgres, "store_copied", database, cancellation);
        var folder = Path.Combine(_folder, isPostgres ? "store-postgres" : "store-sqlite");
        Directory.CreateDirectory(folder);
        await using var node = Node.Build(
            ["--environment", "Development", "--Region", $"{ImportingNode.Region}", "--contentRoot", folder, "--ConnectionStrings:Database", database, "--Recording:Directory", Path.Combine(folder, "spool")],
            services => services.AddLogging(logging => logging.ClearProviders()));
        var index = node.Services.GetRequiredService<OwnIndex>();
        await index.StartAsync(cancellation);
        var register = node.Services.GetRequiredService<LicenceRegister>();
        var reader = new LicenceLine(_catalogue, ImportingNode.Region);
        var turns = new List<Turn>();
        var read = new List<TimeSpan>();
        foreach (var file in files.Prepend(MakeFile(_warmUp, seed: 98)))
        {
            var lines = File.ReadAllLines(file.Path);
            var reading = Stopwatch.GetTimestamp();
            var records = lines.Select(line => reader.Read(line, 20_000)).ToList();
            read.Add(Stopwatch.GetElapsedTime(reading) / lines.Length);
            var clock = Stopwatch.StartNew();
            Task<ImportedBatch>? last = null;
            foreach (var some in records.Chunk(AtOnce))
            {
                last = register.CommitAsync(some, last, cancellation);
            }

            await register.WaitForAsync(await last!);
            turns.Add(new Turn(file.Licences, clock.Elapsed, await copied.CopyAsync(() => { }, cancellation)));
            await SayAsync(isPostgres, "store alone", turns[^1]);
        }

        await index.StopAsync(CancellationToken.None);
        Add(isPostgres, turns[1..], new("  of: the register alone", "　其中：仅登记"), isHeadline: false, string.Create(
            CultureInfo.InvariantCulture, $"In one process, {AtOnce} licences a transaction; their lines were read and checked before, in {read.Skip(1).Average(each => each.TotalMicroseconds):F1} µs each."));
    }

    private void Add(bool isPostgres, List<Turn> turns, Words what, bool isHeadline, string note)
    {
        var store = Name(isPostgres);
        var licences = turns.Sum(turn => turn.Licences);
        var (imported, copied) = (licences / turns.Sum(turn => turn.Imported.TotalSeconds), licences / turns.Sum(turn => turn.Copied.TotalSeconds));
        _lines.Add(new TargetLine
        {
            Target = "P8",
            What = new($"{what.En}, {store}", $"{what.Zh}，{store}"),
            Measured = new(imported, "/s"),
            Baseline = isPostgres ? s_copy : s_insert,
            BaselineMeasured = new(copied, "/s"),
            Ratio = imported / copied,
            Goal = isHeadline ? new Goal(GoalKind.AtLeast, GoalPerSecond) : null,
            Note = note,
            IsHeadline = isHeadline,
        });
    }

    private async Task<string> NewDatabaseAsync(bool isPostgres, string name, CancellationToken cancellation) =>
        isPostgres ? await SideDatabase.CreateAsync(nodes.Database!, name, cancellation) : $"Data Source={Path.Combine(_folder, $"{name}.db")}";

    private async Task<CopiedRows> PrepareCopyAsync(bool isPostgres, string name, string source, CancellationToken cancellation)
    {
        var folder = Path.Combine(_folder, $"copied-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        var copied = new CopiedRows(isPostgres ? await SideDatabase.CreateAsync(nodes.Database!, name, cancellation) : $"Data Source={Path.Combine(folder, "copied.db")}", source, folder);
        await copied.PrepareAsync();
        return copied;
    }

    /// <summary>Copies, and tells what of the server's processor time went there.</summary>
    private static async Task<(TimeSpan Took, TimeSpan OfServer)> CopyAsync(CopiedRows copied, ServerProcesses servers, CancellationToken cancellation)
    {
        var before = TimeSpan.Zero;
        var took = await copied.CopyAsync(() => before = servers.Database, cancellation);
        return (took, servers.Database - before);
    }

    private Task SayAsync(bool isPostgres, string what, Turn turn) => progress.WriteLineAsync(string.Create(
        CultureInfo.InvariantCulture,
        $"  {Name(isPostgres)}, {what}: {turn.Licences / turn.Imported.TotalSeconds:N0}/s, copied {turn.Licences / turn.Copied.TotalSeconds:N0}/s"));

    private static string Name(bool isPostgres) => isPostgres ? "PostgreSQL" : "SQLite";

    private List<SampleFile> MakeFiles(int count, int licences) => [.. Enumerable.Range(1, count).Select(seed => MakeFile(licences, seed))];

    private SampleFile MakeFile(int licences, int seed)
    {
        var path = Path.Combine(_folder, $"licences-{seed}-{Guid.NewGuid():N}.jsonl");
        File.WriteAllLines(path, new SampleLicences(_catalogue).Generate(licences, seed, ImportingNode.Region).Take(licences));
        return new SampleFile(path, licences);
    }

    private sealed record SampleFile(string Path, int Licences);

    private sealed record Turn(int Licences, TimeSpan Imported, TimeSpan Copied);
}
