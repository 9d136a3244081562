using CrossProvince.Service.Storage;
using Npgsql;

namespace CrossProvince.Service.Tests.Backends;

/// <summary>The private servers of a test run, started when the first test asks for them and stopped after the last.</summary>
internal static class Servers
{
    private static readonly Lazy<PostgresServer> s_postgres = new(() => PostgresServer.StartNew());
    private static readonly Lazy<string> s_prepared = new(Prepare);
    private static readonly Lazy<RedisServer> s_redis = new(() => RedisServer.StartNew());

    internal static PostgresServer Postgres => s_postgres.Value;

    internal static RedisServer Redis => s_redis.Value;

    /// <summary>Connection string of a new database on PostgreSQL with the tables of this version and nothing in them: a copy, for making them takes every migration there was.</summary>
    internal static string NewPreparedDatabase() => Postgres.NewDatabase(s_prepared.Value);

    private static string Prepare()
    {
        var connectionString = Postgres.NewDatabase();
        var database = new Database(connectionString);
        database.Prepare();
        database.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return new NpgsqlConnectionStringBuilder(connectionString).Database!;
    }

    internal static void Stop()
    {
        if (s_postgres.IsValueCreated)
        {
            s_postgres.Value.Dispose();
        }

        if (s_redis.IsValueCreated)
        {
            s_redis.Value.Dispose();
        }
    }
}
