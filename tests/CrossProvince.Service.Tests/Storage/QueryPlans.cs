using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CrossProvince.Service.Tests.Storage;

/// <summary>How the database answered a statement.</summary>
/// <param name="Text">The plan.</param>
/// <param name="WholeTables">Tables that grow with the years and were read from end to end.</param>
/// <param name="Months">Partitions that it looked into of the table of which they were most.</param>
internal sealed record QueryPlan(string Text, IReadOnlyList<string> WholeTables, int Months);

/// <summary>Collects the plans of all statements: PostgreSQL logs them (auto_explain), SQLite is asked for each statement that it runs.</summary>
internal sealed partial class QueryPlans : IDisposable
{
    private static readonly string[] s_growing = ["verifications", "verification_counts", "showings", "used_showings", "status_changes", "list_entries", "licences", "licence_parties", "reported_uses", "unreported_uses", "owed_uses"];

    private readonly List<string> _statements = [];
    private readonly string _name;
    private readonly SqliteConnection? _asked;
    private readonly strdelegate_trace? _trace;
    private long _offset;

    private QueryPlans(string name, SqliteConnection? asked)
    {
        (_name, _asked) = (name, asked);
        _trace = (_, statement) =>
        {
            lock (_statements)
            {
                _statements.Add(statement);
            }
        };
    }

    /// <summary>What is to be run before the connections are opened that are watched.</summary>
    /// <param name="name">Name of a database of PostgreSQL; null for SQLite.</param>
    public static string Prepare(string? name) => name is null ? "SELECT 1" : $"""
        ALTER DATABASE {name} SET session_preload_libraries = 'auto_explain';
        ALTER DATABASE {name} SET auto_explain.log_min_duration = 0;
        ALTER DATABASE {name} SET auto_explain.log_format = 'json';
        """;

    /// <summary>Begins to watch a database.</summary>
    public static async Task<QueryPlans> WatchAsync(Database database)
    {
        if (database.File is null)
        {
            await using var connection = await database.OpenAsync(CancellationToken.None);
            return new QueryPlans(connection.Database, null);
        }

        // Asked through a connection of its own; watched are as many of the pool's as anything here opens at once.
        var asked = new SqliteConnection($"Data Source={database.File};Pooling=false");
        asked.Open();
        var plans = new QueryPlans("", asked);
        var opened = new List<SqliteConnection>();
        for (var i = 0; i < 8; i++)
        {
            opened.Add((SqliteConnection)await database.OpenAsync(CancellationToken.None));
            raw.sqlite3_trace(opened[i].Handle, plans._trace, null);
        }

        opened.ForEach(connection => connection.Dispose());
        return plans;
    }

    /// <summary>The plans since the last time.</summary>
    public IReadOnlyList<QueryPlan> Take() => _asked is null ? TakeLogged() : TakeTraced();

    /// <inheritdoc/>
    public void Dispose() => _asked?.Dispose();

    private List<QueryPlan> TakeLogged()
    {
        using var log = new FileStream(Servers.Postgres.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Seek(_offset, SeekOrigin.Begin);
        using var reader = new StreamReader(log);
        var text = reader.ReadToEnd();
        _offset = log.Length;
        return [.. Plan().Matches(text).Where(match => match.Groups["name"].Value == _name).Select(match => Read(match.Groups["plan"].Value))];
    }

    private static QueryPlan Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        var whole = new List<string>();
        var tables = new HashSet<string>();
        Collect(document.RootElement.GetProperty("Plan"), whole, tables);
        return new QueryPlan(json, whole, tables.Where(table => Partition().IsMatch(table)).GroupBy(table => Partition().Replace(table, "")).Select(months => months.Count()).DefaultIfEmpty().Max());
    }

    private static void Collect(JsonElement node, List<string> whole, HashSet<string> tables)
    {
        if (node.TryGetProperty("Relation Name", out var relation))
        {
            var name = relation.GetString()!;
            tables.Add(name);
            if (node.GetProperty("Node Type").GetString() == "Seq Scan" && s_growing.Contains(Partition().Replace(name, "")) && !IsAhead(name))
            {
                whole.Add(name);
            }
        }

        if (node.TryGetProperty("Plans", out var children))
        {
            foreach (var child in children.EnumerateArray())
            {
                Collect(child, whole, tables);
            }
        }
    }

    /// <summary>Months to come are empty: to read one whole costs nothing.</summary>
    private static bool IsAhead(string table) =>
        Partition().IsMatch(table) && string.CompareOrdinal(table[^6..], TimeProvider.System.GetUtcNow().ToString("yyyyMM", CultureInfo.InvariantCulture)) > 0;

    private List<QueryPlan> TakeTraced()
    {
        string[] statements;
        lock (_statements)
        {
            statements = [.. _statements.Where(statement => Question().IsMatch(statement))];
            _statements.Clear();
        }

        var plans = new List<QueryPlan>();
        foreach (var statement in statements)
        {
            var steps = _asked!.Query($"EXPLAIN QUERY PLAN {statement}").Select(row => (string)row.detail).ToList();

            // "SCAN v" names the alias; of all that has one, only the parameter's rows may be read whole.
            var whole = steps.Where(step => step.StartsWith("SCAN ", StringComparison.Ordinal) && !step.StartsWith("SCAN r ", StringComparison.Ordinal) && !Constant().IsMatch(step)
                && !Small().IsMatch(step));
            plans.Add(new QueryPlan($"{statement}\n{string.Join('\n', steps)}", [.. whole], 0));
        }

        return plans;
    }

    [GeneratedRegex(@"^(?<name>\w+):LOG:.*? plan:\n(?<plan>\t\{.*?\n\t\})$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Plan();

    [GeneratedRegex(@"_\d{6}$")]
    private static partial Regex Partition();

    [GeneratedRegex(@"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")]
    private static partial Regex Question();

    [GeneratedRegex(@"^SCAN (CONSTANT|\d|\(subquery|bounded\b)")]
    private static partial Regex Constant();

    [GeneratedRegex(@"^SCAN (lists|status_chain|node_state|published_heads)\b")]
    private static partial Regex Small();
}
