using System.Data.Common;
using DbUp;
using Microsoft.Data.Sqlite;

namespace CrossProvince.Service.Storage;

/// <summary>Opens the embedded database.</summary>
internal static class SqliteSetup
{
    public static DbDataSource Open(string connectionString)
    {
        var settings = new SqliteConnectionStringBuilder(connectionString) { ForeignKeys = true };
        if (settings.DataSource.Length == 0)
        {
            throw new ArgumentException("Data Source names no file.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(settings.DataSource))!);
        UseWriteAheadLog(settings.ConnectionString);
        Migrations.Perform(DeployChanges.To.SqliteDatabase(settings.ConnectionString), "Sqlite");
        return SqliteFactory.Instance.CreateDataSource(settings.ConnectionString);
    }

    /// <summary>Readers go on while the one writer writes; the setting stays in the file.</summary>
    private static void UseWriteAheadLog(string connectionString)
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL";
        command.ExecuteNonQuery();
    }
}
