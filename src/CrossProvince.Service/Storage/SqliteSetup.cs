using System.Data.Common;
using DbUp;
using Microsoft.Data.Sqlite;

namespace CrossProvince.Service.Storage;

/// <summary>The embedded database.</summary>
internal sealed class SqliteSetup : DatabaseSetup
{
    private readonly SqliteConnectionStringBuilder _settings;

    /// <exception cref="ArgumentException">The connection string is at fault.</exception>
    public SqliteSetup(string connectionString, bool readOnly)
    {
        _settings = new SqliteConnectionStringBuilder(connectionString) { ForeignKeys = true };
        if (_settings.DataSource.Length == 0)
        {
            throw new ArgumentException("Data Source names no file.");
        }

        if (readOnly)
        {
            _settings.Mode = SqliteOpenMode.ReadOnly;
        }
    }

    public override string? File => _settings.DataSource;

    public override DbDataSource CreateDataSource() => SqliteFactory.Instance.CreateDataSource(_settings.ConnectionString);

    public override void Prepare()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_settings.DataSource))!);
        UseWriteAheadLog();
        Migrate(DeployChanges.To.SqliteDatabase(_settings.ConnectionString), "Sqlite");
    }

    public override void RunAlone(Action<DbConnection> work)
    {
        // One machine's database: who writes has the file for himself.
        using var connection = new SqliteConnection(_settings.ConnectionString);
        connection.Open();
        work(connection);
    }

    public override void Compact(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "VACUUM; PRAGMA wal_checkpoint(TRUNCATE);";
        command.ExecuteNonQuery();
    }

    public override string EachOf(string parameter, string table, string where) => $"{RowsOf(parameter)} JOIN {table} t ON {where}";

    public override string RowsOf(string parameter) => $"json_each(@{parameter}) AS r";

    public override string Clock => "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

    public override Task<DbTransaction> BeginReadingAsync(DbConnection connection, CancellationToken cancellation) =>
        Task.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: true));

    /// <summary>Readers go on while the one writer writes; the setting stays in the file.</summary>
    private void UseWriteAheadLog()
    {
        using var connection = new SqliteConnection(_settings.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL";
        command.ExecuteNonQuery();
    }
}
