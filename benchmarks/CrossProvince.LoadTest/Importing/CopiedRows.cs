using System.Diagnostics;
using CrossProvince.Service.Storage;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace CrossProvince.LoadTest.Importing;

/// <summary>What the database itself can do: the rows that an import has written, copied into an empty database of the same tables and indexes.</summary>
/// <param name="connectionString">The empty database.</param>
/// <param name="source">The database of the import.</param>
/// <param name="folder">For the rows between them.</param>
internal sealed class CopiedRows(string connectionString, string source, string folder)
{
    /// <summary>Every table that an import writes rows of, and which of them came after a change.</summary>
    private static readonly (string Table, string Rows)[] s_tables =
    [
        ("licences", "SELECT * FROM licences WHERE licence_row > {0}"),
        ("licence_parties", "SELECT p.* FROM licence_parties p JOIN licences l ON l.licence_row = p.licence_row WHERE l.licence_row > {0}"),
        ("list_entries", "SELECT e.* FROM list_entries e JOIN licences l ON l.licence_row = e.licence_row WHERE l.licence_row > {0}"),
        ("status_changes", "SELECT * FROM status_changes WHERE seq > {0}"),
    ];

    private readonly bool _isPostgres = connectionString.Contains("Host=", StringComparison.OrdinalIgnoreCase);
    private long _copied;

    /// <summary>Makes the tables.</summary>
    public async Task PrepareAsync()
    {
        await using var database = new Database(connectionString);
        database.Prepare();
    }

    /// <summary>Reads the rows that are new since it was called last, and copies them.</summary>
    /// <param name="begin">Called before the first is written.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How long writing them took: <c>\copy … from</c> of psql from files in binary, one a table; for SQLite one statement a table.</returns>
    public Task<TimeSpan> CopyAsync(Action begin, CancellationToken cancellation) => _isPostgres ? CopyByPsqlAsync(_copied, begin, cancellation) : Task.FromResult(CopyInSqlite(_copied, begin));

    private async Task<TimeSpan> CopyByPsqlAsync(long after, Action begin, CancellationToken cancellation)
    {
        await PsqlAsync(source, [.. s_tables.Select(t => $"\\copy ({string.Format(null, t.Rows, after)}) to '{FileOf(t.Table)}' (format binary)")], cancellation);
        begin();
        var clock = Stopwatch.StartNew();
        await PsqlAsync(connectionString, [.. s_tables.Select(t => $"\\copy {t.Table} from '{FileOf(t.Table)}' (format binary)")], cancellation);
        var taken = clock.Elapsed;
        await using var connection = new NpgsqlConnection($"{connectionString};Pooling=false");
        _copied = await connection.ExecuteScalarAsync<long>("SELECT MAX(seq) FROM status_changes");
        return taken;
    }

    private TimeSpan CopyInSqlite(long after, Action begin)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder(connectionString) { ForeignKeys = true, Pooling = false }.ConnectionString);
        connection.Open();
        connection.Execute("ATTACH @file AS source", new { file = new SqliteConnectionStringBuilder(source).DataSource });
        begin();
        var clock = Stopwatch.StartNew();
        using (var transaction = connection.BeginTransaction())
        {
            foreach (var (table, rows) in s_tables)
            {
                connection.Execute($"INSERT INTO main.{table} {string.Format(null, rows, after).Replace("FROM ", "FROM source.", StringComparison.Ordinal).Replace("JOIN ", "JOIN source.", StringComparison.Ordinal)}", transaction: transaction);
            }

            transaction.Commit();
        }

        var taken = clock.Elapsed;
        _copied = connection.ExecuteScalar<long>("SELECT MAX(seq) FROM main.status_changes");
        return taken;
    }

    private string FileOf(string table) => Path.Combine(folder, $"{table}.copy");

    private static async Task PsqlAsync(string database, IReadOnlyList<string> commands, CancellationToken cancellation)
    {
        var settings = new NpgsqlConnectionStringBuilder(database);
        var start = new ProcessStartInfo(
            "psql",
            [
                "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--host", settings.Host!, "--port", $"{settings.Port}", "--username", settings.Username!, "--dbname", settings.Database!,
                .. commands.SelectMany(command => new[] { "--command", command }),
            ])
        { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var said = await process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0)
        {
            throw new LoadTestException($"psql ended with exit code {process.ExitCode}: {said}");
        }
    }
}
