using System.Globalization;
using CrossProvince.Cli.Trust;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.LoadTest.Ceilings;
using CrossProvince.LoadTest.Codes;
using CrossProvince.LoadTest.Nodes;
using CrossProvince.LoadTest.Running;
using CrossProvince.Targets;

namespace CrossProvince.LoadTest.Targets;

/// <summary>Measures the targets that need whole nodes, P3 and P4, beside the echo and the ceilings of P4, in one run.</summary>
/// <param name="nodes">PostgreSQL and Redis must be given; both may be filled.</param>
/// <param name="output">Receives the table of runs.</param>
/// <param name="progress">Receives everything else.</param>
internal sealed class TargetsRun(NodesPlan nodes, TextWriter output, TextWriter progress)
{
    // Grants no fields: another region would be asked for them, and what is measured is one node.
    private const string Many = "peer-check";
    private const string Once = "counter-check";
    private const int Forged = 20;
    private static readonly RegionCode s_verifying = RegionCode.Parse("120000");

    private readonly List<RunResult> _results = [];
    private readonly List<TargetLine> _lines = [];

    /// <summary>Runs.</summary>
    /// <param name="file">Receives the lines.</param>
    /// <param name="quick">Seconds instead of minutes: no figure to be quoted.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>0 every answer right; 1 a wrong verdict; 3 an answer is missing.</returns>
    public async Task<int> RunAsync(string file, bool quick, CancellationToken cancellation)
    {
        if (nodes.Database is null || nodes.Redis is null)
        {
            throw new LoadTestException("--targets needs --database, a PostgreSQL, and --redis: these are what the targets are measured with.");
        }

        var catalogue = CatalogueDirectory.Read(Path.Combine(AppContext.BaseDirectory, "catalogue"));
        await progress.WriteLineAsync("Nodes are started and licences registered; codes are made once these have stood in a head for 5 s ...");
        await UsedShowingsCeiling.AgeAsync(nodes.Redis, s_verifying);
        var issuing = await SideDatabase.CreateAsync(nodes.Database, "issuing", cancellation);
        await using var target = await Target.PrepareAsync(nodes with { IssuingDatabase = issuing, Settings = [.. nodes.Settings, "SingleUse:Store=Cache"] }, catalogue, cancellation);
        var runner = new Runner(target, catalogue, progress);
        await UnaryAsync(runner, quick, cancellation);
        await BatchesAsync(target, runner, catalogue, quick, cancellation);
        await PresentAsync(target, quick, cancellation);

        await RunTable.WriteAsync(output, target, _results);
        TargetFile.Write(file, _lines);
        TargetFile.Print(progress, _lines);
        return _results.Any(r => r.ExitCode == 1) ? 1 : _results.Max(r => r.ExitCode);
    }

    private static RunPlan Plan(bool quick, CallKind call, string scenario, int forged, int inFlight) => new()
    {
        Call = call,
        Scenario = scenario,
        Mix = new Mix(forged, 0, 0, 0),
        Codes = quick ? 4_000 : scenario == Many ? 100_000 : 400_000,
        Making = quick ? null : TimeSpan.FromSeconds(15),
        Seconds = quick ? 2 : 9,
        Turns = quick ? 1 : 3,
        Settling = quick ? null : TimeSpan.FromSeconds(20),
        WarmUps = quick ? 2_000 : 20_000,
        InFlight = inFlight,
        BatchSize = 100,
        Streams = 1,
    };

    /// <summary>P3: one code a call, 64 in flight; then at half that rate, as it comes.</summary>
    private async Task UnaryAsync(Runner runner, bool quick, CancellationToken cancellation)
    {
        var many = await RunAsync(runner, Plan(quick, CallKind.Unary, Many, 0, 64), cancellation);
        _lines.Add(OfEcho("P3", many, new("Verify, one code a call", "Verify，每次一个码"), 0.6, isHeadline: true));
        var once = await RunAsync(runner, Plan(quick, CallKind.Unary, Once, 0, 64), cancellation);
        _lines.Add(OfEcho("P3", once, new("Verify, one code a call, single use", "Verify，每次一个码，一次性"), 0.4, isHeadline: true));
        var half = await RunAsync(runner, many.Plan with { Rate = Math.Max(1, Math.Floor(many.CodesPerSecond / 2)) }, cancellation);
        _lines.Add(new TargetLine
        {
            Target = "P3",
            What = new("Verify at half that rate: 99 % within", "Verify，一半负载下 99 % 的应答时间"),
            Measured = new(half.Node.Percentile(99), "ms"),
            Baseline = new("echo", "回显"),
            BaselineMeasured = new(half.Echo.Percentile(99), "ms"),
            Goal = new Goal(GoalKind.Below, 10),
            Note = string.Create(CultureInfo.InvariantCulture, $"{half.Plan.Rate:N0} codes/s, sent when they are due."),
            IsHeadline = true,
        });
    }

    /// <summary>P4: batches of 100, a fifth forged, beside what each part can do alone.</summary>
    private async Task BatchesAsync(Target target, Runner runner, LicenceCatalogue catalogue, bool quick, CancellationToken cancellation)
    {
        await using var used = new UsedShowingsCeiling(nodes.Redis!, s_verifying);
        await using var records = await RecordsCeiling.PrepareAsync(nodes.Database!, cancellation);
        var each = TimeSpan.FromSeconds(quick ? 0.5 : 2);
        var ceilings = new List<Measured>();
        async Task MeasureAsync()
        {
            await progress.WriteLineAsync("What each part can do alone ...");
            var plan = Plan(quick, CallKind.Batch, Many, Forged, 8);
            var scans = await target.Codes.MakeAsync(Runner.Find(plan, catalogue), plan.Mix, 2_000, cancellation);
            var threads = Math.Max(1, Environment.ProcessorCount - 1);
            var (licences, trust) = target.Known!.Value;
            var (codes, wrong) = InProcess.Measure(scans, licences, trust, catalogue, s_verifying, threads, each);
            if (wrong is not null)
            {
                throw new LoadTestException(wrong);
            }

            ceilings.Add(new Measured(codes, await used.MeasureAsync(each, cancellation), await records.MeasureAsync(each, cancellation)));
        }

        await MeasureAsync();
        var many = await RunAsync(runner, Plan(quick, CallKind.Batch, Many, Forged, 8), cancellation);
        await MeasureAsync();
        var once = await RunAsync(runner, Plan(quick, CallKind.Batch, Once, Forged, 8), cancellation);
        await MeasureAsync();

        var least = new Measured(ceilings.Average(c => c.InProcess), ceilings.Average(c => c.UsedShowings), new RecordRates(ceilings.Sum(c => c.Records.Count), ceilings.Average(c => c.Records.Appended), ceilings.Average(c => c.Records.Stored)));
        _lines.AddRange(OfSlowest(many, new("VerifyBatch of 100, 20 % forged", "VerifyBatch，每批 100 个，20 % 伪造"), [Echo(many), .. Common(least)]));

        // Of the codes that are forged no showing is claimed.
        var claims = new Ceiling(new("used showings into Redis", "写入 Redis 的使用记录"), least.UsedShowings * 100 / (100 - Forged));
        _lines.AddRange(OfSlowest(once, new("VerifyBatch of 100, 20 % forged, single use", "VerifyBatch，每批 100 个，20 % 伪造，一次性"), [Echo(once), .. Common(least), claims]));
    }

    private static Ceiling Echo(RunResult result) => new(new("echo of equal batches", "同样大小批次的回显"), result.EchoesPerSecond);

    private static IEnumerable<Ceiling> Common(Measured least)
    {
        var threads = Math.Max(1, Environment.ProcessorCount - 1);
        yield return new(new($"Core alone on {threads} of {Environment.ProcessorCount} processors", $"仅核验核心，{Environment.ProcessorCount} 个处理器中的 {threads} 个"), least.InProcess);
        yield return new(new("records into the spool, drained meanwhile", "写入本地缓存队列并同时入库的记录"), least.Records.Appended);
        yield return new(new("records into PostgreSQL, the spool drained", "全部写入 PostgreSQL 的记录"), least.Records.Stored);
    }

    /// <summary>The rate beside the slowest of the ceilings, then every ceiling.</summary>
    /// <remarks>The time counts in which PostgreSQL catches up: the database is the store in the end, so its rate is a ceiling only for what has arrived there.</remarks>
    private static IEnumerable<TargetLine> OfSlowest(RunResult result, Words what, IReadOnlyList<Ceiling> ceilings)
    {
        var slowest = ceilings.MinBy(ceiling => ceiling.PerSecond)!;
        yield return new TargetLine
        {
            Target = "P4",
            What = what,
            Measured = new(result.SustainedPerSecond, "/s"),
            Baseline = slowest.Name,
            BaselineMeasured = new(slowest.PerSecond, "/s"),
            Ratio = result.SustainedPerSecond / slowest.PerSecond,
            Goal = new Goal(GoalKind.RatioAtLeast, 0.7),
            Note = Describe(result),
            IsHeadline = true,
        };
        foreach (var ceiling in ceilings)
        {
            yield return new TargetLine
            {
                Target = "P4",
                What = new($"  of: {ceiling.Name.En}", $"　其中：{ceiling.Name.Zh}"),
                Measured = new(result.SustainedPerSecond, "/s"),
                Baseline = ceiling.Name,
                BaselineMeasured = new(ceiling.PerSecond, "/s"),
                Ratio = result.SustainedPerSecond / ceiling.PerSecond,
            };
        }
    }

    private static TargetLine OfEcho(string target, RunResult result, Words what, double bound, bool isHeadline) => new()
    {
        Target = target,
        What = what,
        Measured = new(result.CodesPerSecond, "/s"),
        Baseline = new("echo over the same TLS", "同一 TLS 上的回显"),
        BaselineMeasured = new(result.EchoesPerSecond, "/s"),
        Ratio = result.OfEcho,
        Goal = new Goal(GoalKind.RatioAtLeast, bound),
        Note = Describe(result),
        IsHeadline = isHeadline,
    };

    /// <summary>What a rate must be read with: what the database had not yet when the last answer came.</summary>
    private static string Describe(RunResult result)
    {
        var backlogs = result.Turns.Select(turn => turn.Backlog).OfType<Backlog>().ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Codes:N0} distinct codes, {result.Plan.InFlight} calls in flight, {result.Turns.Count} turns; requests of {result.Bytes.Request} and answers of {result.Bytes.Answer} bytes; processor time a code: node {result.Microseconds(c => c.Server):F1} µs, driver {result.Microseconds(c => c.Driver):F1}, PostgreSQL {result.Microseconds(c => c.Database):F1}, Redis {result.Microseconds(c => c.Cache):F1}, "
            + $"together {result.Microseconds(c => c.All):F1}; an echo with its driver {result.EchoMicroseconds:F1}; {result.AllocatedBytes:N0} bytes allocated by the node a code; "
            + $"at the end of a turn {backlogs.Max(b => b.Records):N0} records at most were not in PostgreSQL yet, {backlogs.Max(b => b.Draining.TotalSeconds):F1} s later all were: {result.CodesPerSecond:N0}/s were answered, {result.SustainedPerSecond:N0}/s with that time counted.");
    }

    private async Task<RunResult> RunAsync(Runner runner, RunPlan plan, CancellationToken cancellation)
    {
        var result = await runner.RunAsync(plan, cancellation);
        _results.Add(result);
        return result.Turns.Count > 0 ? result : throw new LoadTestException($"{plan.Name}: the node answers wrongly or not at all.");
    }

    /// <summary>For information: codes made by the issuing node, each of a new showing in its PostgreSQL.</summary>
    private async Task PresentAsync(Target target, bool quick, CancellationToken cancellation)
    {
        await progress.WriteLineAsync("CreatePresentation ...");
        await using var calls = new PresentCalls(target.Holders, Once);
        await Pacing.ClosedAsync(calls.CallAsync, 64, int.MaxValue, TimeSpan.FromSeconds(quick ? 0.5 : 2), cancellation);
        var timings = await Pacing.ClosedAsync(calls.CallAsync, 64, int.MaxValue, TimeSpan.FromSeconds(quick ? 1 : 4), cancellation);
        if (calls.Failed > 0)
        {
            throw new LoadTestException($"{calls.Failed} of {timings.Calls} calls of CreatePresentation brought no code.");
        }

        _lines.Add(new TargetLine
        {
            Target = "P5",
            What = new("CreatePresentation over gRPC, 64 in flight", "经 gRPC 的 CreatePresentation，64 个并发"),
            Measured = new(timings.PerSecond, "/s"),
            Note = "The showing is committed to the issuing node's PostgreSQL first.",
        });
    }

    private sealed record Measured(double InProcess, double UsedShowings, RecordRates Records);

    private sealed record Ceiling(Words Name, double PerSecond);
}
