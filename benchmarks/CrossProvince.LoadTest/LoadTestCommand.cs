using System.CommandLine;
using System.Data.Common;
using CrossProvince.Cli;
using CrossProvince.Client.Connecting;
using CrossProvince.Core.Identifiers;
using CrossProvince.LoadTest.Codes;
using CrossProvince.LoadTest.Importing;
using CrossProvince.LoadTest.Targets;
using Grpc.Core;
using StackExchange.Redis;

namespace CrossProvince.LoadTest;

/// <summary>The command line of the load driver.</summary>
internal static class LoadTestCommand
{
    private static readonly Option<CallKind> s_call = new("--call") { Description = "how codes are sent", HelpName = "unary|batch|stream", DefaultValueFactory = _ => CallKind.Unary };
    private static readonly Option<string> s_scenario = new("--scenario") { Description = "what codes are shown for; counter-check is single use", HelpName = "ID", DefaultValueFactory = _ => "peer-check" };
    private static readonly Option<int> s_codes = Count("--codes", "distinct codes made beforehand", 10_000, 1, 2_000_000);
    private static readonly Option<int> s_seconds = Count("--seconds", "the longest a run lasts", 10, 1, 80);
    private static readonly Option<int> s_settling = Count("--settling", "seconds of warming up at most, as long as that makes the node faster", 0, 0, 60);
    private static readonly Option<int> s_inFlight = Count("--in-flight", "closed loop: calls (streamed codes) in flight", 64, 1, 10_000);
    private static readonly Option<int?> s_rate = new("--rate") { Description = "open loop: codes a second, latency from the intended time of sending", HelpName = "N" };
    private static readonly Option<int> s_batch = Count("--batch", "codes of a batch", 100, 1, 1_000);
    private static readonly Option<int> s_streams = Count("--streams", "streams open at once", 2, 1, 64);
    private static readonly Option<int> s_forged = Count("--forged", "percent of the codes with a broken signature", 20, 0, 100);
    private static readonly Option<int> s_expired = Count("--expired", "percent that are dead already", 0, 0, 100);
    private static readonly Option<int> s_unknownKey = Count("--unknown-key", "percent signed with a key that no trust list names", 0, 0, 100);
    private static readonly Option<int> s_replayed = Count("--replayed", "percent that another terminal has used before; single-use scenarios only", 0, 0, 100);
    private static readonly Option<bool> s_series = new("--series") { Description = "the usual series instead of one run: unary, single use, half of that rate, batches, streams" };
    private static readonly Option<string?> s_targets = new("--targets") { Description = "the runs of targets P3 and P4 instead of one; their lines go into this file, JSON", HelpName = "FILE" };
    private static readonly Option<string?> s_import = new("--import") { Description = "the runs of target P8, import, instead; its lines go into this file, JSON", HelpName = "FILE" };
    private static readonly Option<bool> s_quick = new("--quick") { Description = "with --targets or --import: a minute, for trying out; no figure to be quoted" };
    private static readonly Option<string?> s_node = new("--node") { Description = "a running node in Development on loopback, with the sample keys; without it two nodes are started", HelpName = "URL" };
    private static readonly Option<string> s_region = new("--region") { Description = "region of the running node", HelpName = "CODE", DefaultValueFactory = _ => "110000" };
    private static readonly Option<string?> s_database = new("--database") { Description = "connection string for the verifying node's database, one that may be filled; without it SQLite", HelpName = "TEXT" };
    private static readonly Option<string?> s_redis = new("--redis") { Description = "connection string for the verifying node's Redis; without it none", HelpName = "TEXT" };
    private static readonly Option<string[]> s_settings = new("--setting") { Description = "another setting of the nodes started here; may come several times", HelpName = "NAME=VALUE" };
    private static readonly Option<string?> s_logs = new("--logs") { Description = "keeps what the nodes say, in files of this folder", HelpName = "DIR" };
    private static readonly Option<string?> s_program = new("--program") { Description = "crossprovince.dll to run as nodes, such as that of eng/publish.sh; without it the one built with this program", HelpName = "FILE" };
    private static readonly Option<int> s_licences = Count("--licences", "licences that are shown", 100, 1, 10_000);

    /// <summary>Runs one command line.</summary>
    /// <returns>0 all as expected; 1 a wrong verdict; 2 bad usage; 3 an answer is missing, or the nodes could not be used.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, InvocationConfiguration? configuration = null)
    {
        configuration ??= new InvocationConfiguration();
        configuration.EnableDefaultExceptionHandler = false;
        configuration.ProcessTerminationTimeout = TimeSpan.FromSeconds(10);
        var command = new RootCommand("Puts load on nodes of this machine and checks every answer. Prints throughput, latencies and what an echo reaches over the same TLS.")
        {
            s_call, s_scenario, s_codes, s_seconds, s_settling, s_inFlight, s_rate, s_batch, s_streams, s_forged, s_expired, s_unknownKey, s_replayed, s_series,
            s_targets, s_import, s_quick, s_node, s_region, s_database, s_redis, s_settings, s_logs, s_program, s_licences,
        };
        command.SetAction((parsed, cancellation) => parsed.GetValue(s_import) is { } imported
            ? new ImportRun(Nodes(parsed), configuration.Error).RunAsync(imported, parsed.GetValue(s_quick), cancellation)
            : parsed.GetValue(s_targets) is { } file
            ? new TargetsRun(Nodes(parsed), configuration.Output, configuration.Error).RunAsync(file, parsed.GetValue(s_quick), cancellation)
            : new LoadTestRun(Nodes(parsed), configuration.Output, configuration.Error).RunAsync(Plan(parsed), parsed.GetValue(s_series), cancellation));
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
        catch (Exception e) when (e is LoadTestException or UsageException or IdentityException)
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

    private static Option<int> Count(string name, string description, int value, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description} ({least} to {most})", HelpName = "N", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var given) && (given < least || given > most))
            {
                result.AddError($"{name} {given} is not from {least} to {most}.");
            }
        });
        return option;
    }

    private static Uri? RunningNode(ParseResult parsed)
    {
        if (parsed.GetValue(s_node) is not { } text)
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var node) || node.Scheme != Uri.UriSchemeHttps || !Loopback.Is(node.Host))
        {
            throw new LoadTestException($"--node {text} is not an https address of loopback: load is put on this machine only.");
        }

        if (parsed.GetValue(s_database) is not null || parsed.GetValue(s_redis) is not null || parsed.GetValue(s_settings) is { Length: > 0 } || parsed.GetValue(s_logs) is not null || parsed.GetValue(s_program) is not null)
        {
            throw new LoadTestException("--database, --redis, --setting, --logs and --program are for nodes that are started here; a running node has its own.");
        }

        return node;
    }

    private static void CheckHosts(string name, string? text, Func<string, IReadOnlyList<string>> find)
    {
        IReadOnlyList<string> strangers;
        try
        {
            strangers = text is null ? [] : find(text);
        }
        catch (ArgumentException)
        {
            throw new LoadTestException($"{name} is not a connection string.");
        }

        if (strangers.Count > 0)
        {
            throw new LoadTestException($"{name} names {string.Join(", ", strangers)}: load is put on this machine only.");
        }
    }

    private static RunPlan Plan(ParseResult parsed)
    {
        var mix = new Mix(parsed.GetValue(s_forged), parsed.GetValue(s_expired), parsed.GetValue(s_unknownKey), parsed.GetValue(s_replayed));
        var rate = parsed.GetValue(s_rate);
        return mix.Forged + mix.Expired + mix.UnknownKey + mix.Replayed > 100
            ? throw new LoadTestException("--forged, --expired, --unknown-key and --replayed together are more than 100 percent.")
            : rate is < 1 or > 1_000_000
            ? throw new LoadTestException($"--rate {rate} is not from 1 to 1000000.")
            : new RunPlan
            {
                Call = parsed.GetValue(s_call),
                Scenario = parsed.GetRequiredValue(s_scenario),
                Mix = mix,
                Codes = parsed.GetValue(s_codes),
                Seconds = parsed.GetValue(s_seconds),
                InFlight = parsed.GetValue(s_inFlight),
                Settling = parsed.GetValue(s_settling) is > 0 and var settling ? TimeSpan.FromSeconds(settling) : null,
                Rate = rate,
                BatchSize = parsed.GetValue(s_batch),
                Streams = parsed.GetValue(s_streams),
            };
    }

    private static NodesPlan Nodes(ParseResult parsed)
    {
        CheckHosts("--database", parsed.GetValue(s_database), Loopback.StrangersIn);
        CheckHosts("--redis", parsed.GetValue(s_redis), Loopback.StrangersInRedis);
        var settings = parsed.GetValue(s_settings) ?? [];
        if (settings.FirstOrDefault(setting => setting.IndexOf('=', StringComparison.Ordinal) < 1) is { } wrong)
        {
            throw new LoadTestException($"--setting {wrong} is not NAME=VALUE.");
        }

        var program = Path.GetFullPath(parsed.GetValue(s_program) ?? Path.Combine(AppContext.BaseDirectory, "crossprovince.dll"));
        if (!File.Exists(program))
        {
            throw new LoadTestException($"--program {program} does not exist.");
        }

        return new NodesPlan
        {
            Program = program,
            IsOwnProgram = parsed.GetValue(s_program) is null,
            Node = RunningNode(parsed),
            Region = RegionCode.TryParse(parsed.GetValue(s_region), out var region)
                ? region
                : throw new LoadTestException($"--region {parsed.GetValue(s_region)} is not a region code of six digits."),
            Database = parsed.GetValue(s_database),
            Redis = parsed.GetValue(s_redis),
            Settings = settings,
            Logs = parsed.GetValue(s_logs) is { } logs ? Path.GetFullPath(logs) : null,
            Licences = parsed.GetValue(s_licences),
        };
    }
}
