namespace CrossProvince.Service.Tests.Backends;

/// <summary>What storage and index tests run on: a database, and Redis or the process alone.</summary>
public enum Backend
{
    Sqlite,
    SqliteWithRedis,
    Postgres,
    PostgresWithRedis,
}

/// <summary>All four, for fixtures that run on each.</summary>
public static class EveryBackend
{
    public static IEnumerable<Backend> All => Enum.GetValues<Backend>();

    internal static bool IsPostgres(this Backend backend) => backend is Backend.Postgres or Backend.PostgresWithRedis;

    internal static bool HasRedis(this Backend backend) => backend is Backend.SqliteWithRedis or Backend.PostgresWithRedis;
}
