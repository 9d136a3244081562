using System.Data.Common;
using CrossProvince.Service.Hosting;
using Dapper;

namespace CrossProvince.Service.Storage;

/// <summary>The node's database, chosen by one connection string: <c>Data Source=FILE</c> is SQLite, <c>Host=…</c> is PostgreSQL.</summary>
/// <remarks>Only its set-up knows which it is; queries are written so that both read them alike.</remarks>
internal sealed class Database : IAsyncDisposable
{
    private const string Setting = "ConnectionStrings:Database";

    private readonly DbDataSource _source;

    static Database() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    private Database(DbDataSource source) => _source = source;

    /// <summary>Opens the database and brings its tables up to date.</summary>
    /// <param name="connectionString"><c>Data Source=FILE</c> or <c>Host=…;Database=…;Username=…</c>.</param>
    /// <exception cref="ConfigurationException">The connection string, the database or a migration is at fault.</exception>
    public static Database Open(string connectionString)
    {
        try
        {
            var settings = new DbConnectionStringBuilder { ConnectionString = connectionString };
            return new Database(
                settings.ContainsKey("Host") ? PostgresSetup.Open(connectionString)
                : settings.ContainsKey("Data Source") ? SqliteSetup.Open(connectionString)
                : throw new ConfigurationException(Setting, "names neither a SQLite file ('Data Source=FILE') nor a PostgreSQL server ('Host=…;Database=…')."));
        }
        catch (ArgumentException e)
        {
            // The message may name a keyword, never a value: a password could stand there.
            throw new ConfigurationException(Setting, $"is not a connection string: {e.Message}");
        }
        catch (Exception e) when (e is DbException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            throw new ConfigurationException(Setting, $"names a database that cannot be opened: {e.Message}");
        }
    }

    /// <summary>An open connection from the pool, for reading; all writing goes through <see cref="GroupCommit"/>.</summary>
    public async Task<DbConnection> OpenAsync(CancellationToken cancellation) => await _source.OpenConnectionAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
