using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using CrossProvince.Cli;
using CrossProvince.Client.Connecting;
using Grpc.Core;
using StackExchange.Redis;

namespace CrossProvince.LoadTest.Scale;

/// <summary>The verb <c>scale</c>: P6 and P9, at the size of a country.</summary>
internal static class ScaleCommand
{
    public const string Verb = "scale";

    private static readonly Option<FileInfo> s_out = new("--out") { Description = "file for the figures, JSON", HelpName = "FILE", Required = true };
    private static readonly Option<string> s_database = new("--database") { Description = "connection string of an empty PostgreSQL database on loopback", HelpName = "TEXT", Required = true };
    private static readonly Option<string> s_redis = new("--redis") { Description = "connection string of an empty Redis on loopback", HelpName = "TEXT", Required = true };
    private static readonly Option<long> s_licences = new("--licences") { Description = "licences of all regions together", HelpName = "N", DefaultValueFactory = _ => 100_000_000 };
    private static readonly Option<int> s_rows = new("--rows") { Description = "those of the own region, which are rows of PostgreSQL", HelpName = "N", DefaultValueFactory = _ => 10_000_000 };
    private static readonly Option<int> s_starts = new("--starts") { Description = "how often a node is started for P9", HelpName = "N", DefaultValueFactory = _ => 3 };
    private static readonly Option<int> s_rate = new("--rate") { Description = "changes of status a second for P6", HelpName = "N", DefaultValueFactory = _ => 1_000 };
    private static readonly Option<int> s_seconds = new("--seconds") { Description = "how long P6 lasts, at most 40", HelpName = "N", DefaultValueFactory = _ => 30 };
    private static readonly Option<string?> s_logs = new("--logs") { Description = "keeps what the nodes say, in files of this folder", HelpName = "DIR" };

    /// <summary>Runs one command line.</summary>
    /// <returns>0 measured; 1 a change was lost; 2 bad usage; 3 the run could not be finished.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, InvocationConfiguration? configuration = null)
    {
        configuration ??= new InvocationConfiguration();
        configuration.EnableDefaultExceptionHandler = false;
        configuration.ProcessTerminationTimeout = TimeSpan.FromSeconds(10);
        var command = new RootCommand("Fills a PostgreSQL and a Redis with a country's licences, starts nodes on them (P9), and changes licences under three nodes and a partner's (P6).")
        {
            s_out, s_database, s_redis, s_licences, s_rows, s_starts, s_rate, s_seconds, s_logs,
        };
        command.SetAction((parsed, cancellation) => new ScaleRun(Plan(parsed), configuration.Error).RunAsync(parsed.GetRequiredValue(s_out).FullName, cancellation));
        var parsed = command.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await configuration.Error.WriteLineAsync(error.Message);
            }

            return (int)ExitCode.BadInput;
        }

        try
        {
            return await parsed.InvokeAsync(configuration);
        }
        catch (LoadTestException e)
        {
            await configuration.Error.WriteLineAsync(e.Message);
            return (int)ExitCode.BadInput;
        }
        catch (Exception e) when (e is NodeException or IOException or TimeoutException or HttpRequestException or RpcException or DbException or RedisException or OperationCanceledException)
        {
            await configuration.Error.WriteLineAsync($"The run could not be finished: {e.Message}");
            return (int)ExitCode.NoDecision;
        }
    }

    private static ScalePlan Plan(ParseResult parsed)
    {
        var strangers = Loopback.StrangersIn(parsed.GetRequiredValue(s_database)).Concat(Loopback.StrangersInRedis(parsed.GetRequiredValue(s_redis))).ToList();
        var (licences, rows) = (parsed.GetValue(s_licences), parsed.GetValue(s_rows));
        return strangers.Count > 0 ? throw new LoadTestException($"--database or --redis names {string.Join(", ", strangers)}: they are filled, and must be of this machine.")
            : rows < ChangeMeasurement.Changed ? throw new LoadTestException($"--rows {rows} is too few: P6 changes {ChangeMeasurement.Changed} licences.")
            : licences < rows ? throw new LoadTestException(string.Create(CultureInfo.InvariantCulture, $"--licences {licences} is less than --rows {rows}: they are licences of all regions together."))
            : parsed.GetValue(s_starts) < 1 || parsed.GetValue(s_rate) is < ChangeMeasurement.Batch or > 100_000 || parsed.GetValue(s_seconds) is < 1 or > 40
                ? throw new LoadTestException($"--starts must be 1 or more, --rate {ChangeMeasurement.Batch} to 100000, --seconds 1 to 40.")
            : new ScalePlan
            {
                Program = Path.Combine(AppContext.BaseDirectory, "crossprovince.dll"),
                Database = parsed.GetRequiredValue(s_database),
                Redis = parsed.GetRequiredValue(s_redis),
                Licences = licences,
                Rows = rows,
                Starts = parsed.GetValue(s_starts),
                Rate = parsed.GetValue(s_rate),
                Seconds = parsed.GetValue(s_seconds),
                Logs = parsed.GetValue(s_logs) is { } logs ? Path.GetFullPath(logs) : null,
            };
    }
}
