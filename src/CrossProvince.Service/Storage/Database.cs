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
    private readonly SqliteConnectionStringBuilder _settings;
    private readonly DbDataSource _source;

    static Database() => Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <summary>Names the database; nothing is opened or made before <see cref="Prepare"/>.</summary>
    /// <param name="connectionString"><c>Data Source=FILE</c> for SQLite.</param>
    /// <exception cref="ConfigurationException">The connection string is at fault.</exception>
    public Database(string connectionString)
    {
        try
        {
            _settings = new SqliteConnectionStringBuilder(connectionString) { ForeignKeys = true };
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException("ConnectionStrings:Database", $"is not a SQLite connection string ('Data Source=FILE'): {e.Message}");
        }

        if (_settings.DataSource.Length == 0)
        {
            throw new ConfigurationException("ConnectionStrings:Database", "names no file; write 'Data Source=FILE'.");
        }

        _source = SqliteFactory.Instance.CreateDataSource(_settings.ConnectionString);
    }

    /// <summary>Makes the database where there is none, and brings its tables up to date.</summary>
    /// <exception cref="ConfigurationException">The file or a migration is at fault.</exception>
    public void Prepare()
    {
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(_settings.DataSource));
            Directory.CreateDirectory(folder!);
            using var connection = new SqliteConnection(_settings.ConnectionString);
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode = WAL";
            command.ExecuteNonQuery();
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException("ConnectionStrings:Database", $"cannot be opened: {e.Message}");
        }

        Migrate(_settings.ConnectionString);
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
