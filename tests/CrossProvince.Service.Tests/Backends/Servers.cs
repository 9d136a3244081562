namespace CrossProvince.Service.Tests.Backends;

/// <summary>The private servers of a test run, started when the first test asks for them and stopped after the last.</summary>
internal static class Servers
{
    private static readonly Lazy<PostgresServer> s_postgres = new(() => PostgresServer.StartNew());
    private static readonly Lazy<RedisServer> s_redis = new(() => RedisServer.StartNew());

    internal static PostgresServer Postgres => s_postgres.Value;

    internal static RedisServer Redis => s_redis.Value;

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
