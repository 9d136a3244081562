using System.Data.Common;
using DbUp;
using Npgsql;

namespace CrossProvince.Service.Storage;

/// <summary>Opens a PostgreSQL database, shared by the nodes of one region.</summary>
internal static class PostgresSetup
{
    /// <summary>Nodes that start together migrate one after the other: the number of their advisory lock.</summary>
    private const long MigrationLock = 0x4350_5631;

    public static DbDataSource Open(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (!settings.ShouldSerialize("Command Timeout"))
        {
            // Nothing the node asks for takes longer; who waits at a counter must hear that it is not working.
            settings.CommandTimeout = 10;
        }

        var source = new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
        try
        {
            using var locked = source.OpenConnection();
            using var command = new NpgsqlCommand("SELECT pg_advisory_lock(@lock)", locked);
            command.Parameters.AddWithValue("lock", MigrationLock);
            command.ExecuteNonQuery();
            Migrations.Perform(DeployChanges.To.PostgresqlDatabase(settings.ConnectionString), "Postgres");
            command.CommandText = "SELECT pg_advisory_unlock(@lock)";
            command.ExecuteNonQuery();
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }
}
