using Npgsql;

namespace CrossProvince.LoadTest.Nodes;

/// <summary>More databases on the server that was given, for what must not disturb the node under test.</summary>
internal static class SideDatabase
{
    /// <summary>Makes an empty database; one of that name is dropped.</summary>
    /// <param name="connectionString">The database that was given.</param>
    /// <param name="name">Appended to its name.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Its connection string.</returns>
    public static async Task<string> CreateAsync(string connectionString, string name, CancellationToken cancellation)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var side = $"{settings.Database}_{name}";
        await using var source = NpgsqlDataSource.Create(connectionString);
        foreach (var sql in new[] { $"DROP DATABASE IF EXISTS \"{side}\"", $"CREATE DATABASE \"{side}\"" })
        {
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(cancellation);
        }

        settings.Database = side;
        return settings.ConnectionString;
    }
}
