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

    /// <summary>The private PostgreSQL server of this run.</summary>
    internal static PostgresServer Postgres => s_postgres.Value;

    [OneTimeTearDown]
    public void Stop()
    {
        if (s_postgres.IsValueCreated)
        {
            s_postgres.Value.Dispose();
        }
    }
}
