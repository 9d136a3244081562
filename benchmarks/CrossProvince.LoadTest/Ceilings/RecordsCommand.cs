using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using CrossProvince.Cli;
using CrossProvince.LoadTest.Nodes;
using Npgsql;

namespace CrossProvince.LoadTest.Ceilings;

/// <summary>The verb <c>records</c>: what a record of another region's code costs, from the spool to its acknowledged report, and nothing else.</summary>
internal static class RecordsCommand
{
    public const string Verb = "records";

    private const string LogPosition = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')";

    private static readonly Option<string> s_database = new("--database") { Description = "connection string of a PostgreSQL on loopback; a database beside it is made anew", HelpName = "TEXT", Required = true };
    private static readonly Option<int> s_seconds = new("--seconds") { Description = "how long a turn records", HelpName = "N", DefaultValueFactory = _ => 4 };
    private static readonly Option<int> s_turns = new("--turns") { Description = "how many turns; the first warms up and is not printed", HelpName = "N", DefaultValueFactory = _ => 4 };
    private static readonly Option<int> s_rate = new("--rate") { Description = "records a second; 0 for as many as the spool takes", HelpName = "N", DefaultValueFactory = _ => 20_000 };

    /// <summary>Runs one command line.</summary>
    /// <returns>0 measured; 2 bad usage; 3 the run could not be finished.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, InvocationConfiguration? configuration = null)
    {
        configuration ??= new InvocationConfiguration();
        configuration.EnableDefaultExceptionHandler = false;
        var command = new RootCommand("Records verifications of another region's codes, drains them into PostgreSQL, and has them acknowledged. Prints the processor time of this program and of PostgreSQL for each.")
        {
            s_database, s_seconds, s_turns, s_rate,
        };
        command.SetAction((parsed, cancellation) => MeasureAsync(parsed, configuration.Output, cancellation));
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
        catch (Exception e) when (e is IOException or TimeoutException or DbException or OperationCanceledException)
        {
            await configuration.Error.WriteLineAsync($"The run could not be finished: {e.Message}");
            return (int)ExitCode.NoDecision;
        }
    }

    private static async Task<int> MeasureAsync(ParseResult parsed, TextWriter output, CancellationToken cancellation)
    {
        var database = parsed.GetRequiredValue(s_database);
        if (Loopback.StrangersIn(database) is { Count: > 0 } strangers)
        {
            throw new LoadTestException($"--database names {string.Join(", ", strangers)}: load is put on this machine only.");
        }

        var servers = await ServerProcesses.FindAsync(database, null);
        await using var log = NpgsqlDataSource.Create(database);
        await using var records = await RecordsCeiling.PrepareAsync(database, cancellation);
        await output.WriteLineAsync("| records | records/s | µs of the program | µs of PostgreSQL | bytes of its log | to report one: µs of the program | µs of PostgreSQL | bytes of its log |");
        await output.WriteLineAsync("|---:|---:|---:|---:|---:|---:|---:|---:|");
        for (var turn = 0; turn < parsed.GetValue(s_turns); turn++)
        {
            var before = await UsedAsync();
            var longest = TimeSpan.FromSeconds(parsed.GetValue(s_seconds));
            var rates = await (parsed.GetValue(s_rate) is > 0 and var rate ? records.MeasureAsync(rate, longest, cancellation) : records.MeasureAsync(longest, cancellation));
            var recorded = await UsedAsync();
            var told = await records.AcknowledgeAsync(cancellation);
            var all = await UsedAsync();
            if (told != rates.Count)
            {
                throw new LoadTestException($"Of {rates.Count} records, {told} were owed to the issuing region.");
            }

            if (turn > 0)
            {
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"| {rates.Count:N0} | {rates.Stored:N0} | {Cells(before, recorded, rates.Count)} | {Cells(recorded, all, told)} |"));
            }
        }

        return 0;

        async Task<Used> UsedAsync()
        {
            await using var command = log.CreateCommand(LogPosition);
            return new Used(Environment.CpuUsage.TotalTime, servers.Database, (decimal)(await command.ExecuteScalarAsync(cancellation))!);
        }
    }

    private static string Cells(Used from, Used to, long count) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(to.Program - from.Program).TotalMicroseconds / count:F2} | {(to.Database - from.Database).TotalMicroseconds / count:F2} | {(to.LogBytes - from.LogBytes) / count:F0}");

    private readonly record struct Used(TimeSpan Program, TimeSpan Database, decimal LogBytes);
}
