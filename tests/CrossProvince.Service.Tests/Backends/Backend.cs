using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;

namespace CrossProvince.Service.Tests;

/// <summary>The databases that every storage test runs on.</summary>
public enum Backend
{
    Sqlite,
    Postgres,
}

/// <summary>Gives each test an empty database of the backend it is for.</summary>
[SetUpFixture]
public sealed class Databases
{
    private static readonly Lazy<PostgresServer> s_postgres = new(PostgresServer.StartNew);

    /// <summary>A new, migrated database.</summary>
    internal static Database Open(Backend backend) => Database.Open(NewConnectionString(backend));

    /// <summary>The connection string of a new, empty database.</summary>
    internal static string NewConnectionString(Backend backend) => backend == Backend.Postgres
        ? s_postgres.Value.NewDatabase()
        : $"Data Source={Path.Combine(Directory.CreateTempSubdirectory("crossprovince-test-").FullName, "node.db")}";

    [OneTimeTearDown]
    public void Stop()
    {
        if (s_postgres.IsValueCreated)
        {
            s_postgres.Value.Dispose();
        }
    }
}
