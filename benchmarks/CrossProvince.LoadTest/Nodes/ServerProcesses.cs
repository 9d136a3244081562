using System.Globalization;
using Npgsql;
using StackExchange.Redis;

namespace CrossProvince.LoadTest.Nodes;

/// <summary>The processes of PostgreSQL and Redis on this machine, as Linux tells of them: they share its processors with the node, and their time counts.</summary>
internal sealed class ServerProcesses
{
    /// <summary>Fields of /proc/PID/stat behind the name, counted from the state.</summary>
    private const int Parent = 1;
    private const int OwnTime = 11;
    private const int ChildrensTime = 13;

    /// <summary>Unit of times there; the same on every Linux that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    private readonly int? _postmaster;
    private readonly int? _redis;

    private ServerProcesses(int? postmaster, int? redis) => (_postmaster, _redis) = (postmaster, redis);

    /// <summary>Asks both who they are.</summary>
    /// <param name="database">Connection string of a PostgreSQL; null for none.</param>
    /// <param name="redis">Connection string; null for none.</param>
    public static async Task<ServerProcesses> FindAsync(string? database, string? redis) => new(await PostmasterAsync(database), await RedisAsync(redis));

    /// <summary>Processor time of all of PostgreSQL's processes so far; zero where it can't be seen.</summary>
    public TimeSpan Database => _postmaster is not { } postmaster ? TimeSpan.Zero
        : Seconds(Ticks(postmaster, OwnTime) + Ticks(postmaster, ChildrensTime)
            + Directory.EnumerateDirectories("/proc").Select(path => Path.GetFileName(path)).Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _))
                .Select(name => int.Parse(name, CultureInfo.InvariantCulture)).Where(process => Fields(process) is { } fields && fields[Parent] == postmaster.ToString(CultureInfo.InvariantCulture))
                .Sum(process => Ticks(process, OwnTime)));

    /// <summary>Processor time of Redis so far; zero where it can't be seen.</summary>
    public TimeSpan Cache => _redis is { } redis ? Seconds(Ticks(redis, OwnTime)) : TimeSpan.Zero;

    /// <summary>Processor time of this process's children that have ended; zero where it can't be seen.</summary>
    public static TimeSpan EndedChildren => Seconds(Ticks(Environment.ProcessId, ChildrensTime));

    private static async Task<int?> PostmasterAsync(string? connectionString)
    {
        if (connectionString is null || !Directory.Exists("/proc"))
        {
            return null;
        }

        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand("SELECT pg_backend_pid()");
        var backend = (int)(await command.ExecuteScalarAsync())!;
        return Fields(backend) is { } fields && int.TryParse(fields[Parent], CultureInfo.InvariantCulture, out var postmaster) ? postmaster : null;
    }

    private static async Task<int?> RedisAsync(string? connectionString)
    {
        if (connectionString is null || !Directory.Exists("/proc"))
        {
            return null;
        }

        var options = ConfigurationOptions.Parse(connectionString);
        options.AllowAdmin = true;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
        var info = (string)(await connection.GetDatabase().ExecuteAsync("INFO", "server"))!;
        var line = info.Split('\n').FirstOrDefault(l => l.StartsWith("process_id:", StringComparison.Ordinal));
        return line is not null && int.TryParse(line["process_id:".Length..].Trim(), CultureInfo.InvariantCulture, out var process) && Fields(process) is not null ? process : null;
    }

    /// <summary>User and system time that stand at a place.</summary>
    private static long Ticks(int process, int at) =>
        Fields(process) is { } fields ? long.Parse(fields[at], CultureInfo.InvariantCulture) + long.Parse(fields[at + 1], CultureInfo.InvariantCulture) : 0;

    /// <summary>What stands behind the name, which may hold anything; null when there is no such process.</summary>
    private static string[]? Fields(int process)
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static TimeSpan Seconds(long ticks) => TimeSpan.FromSeconds(ticks / TicksPerSecond);
}
