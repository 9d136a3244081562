using System.Data.Common;
using System.Reflection;
using CrossProvince.Service.Hosting;
using DbUp;
using DbUp.Engine;
using Microsoft.Data.Sqlite;

namespace CrossProvince.Service.Storage;

/// <summary>The node's database, chosen by one connection string.</summary>
/// <remarks>Only this class knows which database it is. Queries are written so that SQLite and PostgreSQL read them alike.</remarks>
internal sealed class Database : IAsyncDisposable
{
    private readonly DbDataSource _source;

    static Database() => Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;

    private Database(DbDataSource source) => _source = source;

    /// <summary>Opens the database and brings its tables up to date.</summary>
    /// <param name="connectionString"><c>Data Source=FILE</c> for SQLite.</param>
    /// <exception cref="ConfigurationException">The connection string, the file or a migration is at fault.</exception>
    public static Database Open(string connectionString)
    {
        SqliteConnectionStringBuilder settings;
        try
        {
            settings = new SqliteConnectionStringBuilder(connectionString) { ForeignKeys = true };
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException("ConnectionStrings:Database", $"is not a SQLite connection string ('Data Source=FILE'): {e.Message}");
        }

        if (settings.DataSource.Length == 0)
        {
            throw new ConfigurationException("ConnectionStrings:Database", "names no file; write 'Data Source=FILE'.");
        }

        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(settings.DataSource));
            Directory.CreateDirectory(folder!);
            using var connection = new SqliteConnection(settings.ConnectionString);
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode = WAL";
            command.ExecuteNonQuery();
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException("ConnectionStrings:Database", $"cannot be opened: {e.Message}");
        }

        Migrate(settings.ConnectionString);
        return new Database(SqliteFactory.Instance.CreateDataSource(settings.ConnectionString));
    }

    /// <summary>An open connection from the pool, for reading; all writing goes through <see cref="GroupCommit"/>.</summary>
    public async Task<DbConnection> OpenAsync(CancellationToken cancellation) => await _source.OpenConnectionAsync(cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        SqliteConnection.ClearAllPools();
    }

    private static void Migrate(string connectionString)
    {
        var result = DeployChanges.To
            .SqliteDatabase(connectionString)
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.Contains(".Migrations.Sqlite.", StringComparison.Ordinal))
            .WithTransactionPerScript()
            .LogToNowhere()
            .Build()
            .PerformUpgrade();
        if (!result.Successful)
        {
            throw new ConfigurationException("ConnectionStrings:Database", Describe(result));
        }
    }

    private static string Describe(DatabaseUpgradeResult result) =>
        $"migration {result.ErrorScript?.Name ?? "(none)"} failed: {result.Error.Message}";
}
