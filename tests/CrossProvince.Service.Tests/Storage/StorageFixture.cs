using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrossProvince.Service.Tests.Storage;

/// <summary>A database of its own for each test, and one writer to it.</summary>
/// <param name="backend">Which database: storage tests run on each.</param>
public abstract class StorageFixture(Backend backend)
{
    private string _directory = "";
    private string _connectionString = "";

    private protected Backend Backend => backend;

    private protected Database Database { get; private set; } = null!;

    private protected GroupCommit Commits { get; private set; } = null!;

    /// <summary>The shared cache: Redis, emptied, or none.</summary>
    private protected SharedCache Cache { get; private set; } = null!;

    private protected string DatabaseFile => Path.Combine(_directory, "node.db");

    private protected string ConnectionString => _connectionString;

    [SetUp]
    public void OpenDatabase()
    {
        _directory = Directory.CreateTempSubdirectory("crossprovince-").FullName;
        _connectionString = backend.IsPostgres() ? Servers.NewPreparedDatabase() : $"Data Source={DatabaseFile}";
        Database = new Database(ConnectionString);
        Database.Prepare();
        Commits = new GroupCommit(Database, NullLogger<GroupCommit>.Instance);
        if (backend.HasRedis())
        {
            Servers.Redis.Flush();
        }

        Cache = new SharedCache(backend.HasRedis() ? Servers.Redis.ConnectionString : "", RegionCode.Parse("110000"), NullLogger<SharedCache>.Instance);
        Cache.Prepare();
    }

    [TearDown]
    public async Task CloseDatabaseAsync()
    {
        await Cache.DisposeAsync();
        await Commits.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private protected Task WriteStateAsync(string name, long value) => Commits.RunAsync(transaction => NodeState.WriteAsync(transaction, name, value));

    private protected async Task<long> ReadStateAsync(string name)
    {
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        return await NodeState.ReadAsync(connection, name);
    }

    /// <summary>Runs a statement; with nothing else open, the pool hands the same connection to whoever comes next.</summary>
    private protected async Task ExecuteAsync(string sql)
    {
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(sql);
    }

    private protected async Task<T> ScalarAsync<T>(string sql)
    {
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        return (await connection.ExecuteScalarAsync<T>(sql))!;
    }

    /// <summary>Holds the writer in a transaction until disposed, so that what arrives meanwhile forms groups.</summary>
    private protected async Task<Gate> HoldWriterAsync()
    {
        var gate = new Gate();
        gate.Work = Commits.RunAsync(async transaction =>
        {
            gate.Entered.SetResult(transaction);
            await gate.Opened.Task;
        });
        await gate.Entered.Task;
        return gate;
    }

    private protected sealed class Gate : IAsyncDisposable
    {
        public TaskCompletionSource<DbTransaction> Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Work { get; set; } = Task.CompletedTask;

        public async ValueTask DisposeAsync()
        {
            Opened.TrySetResult();
            await Work;
        }
    }
}
