using CrossProvince.Service.Hosting;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Tests.Backends;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CrossProvince.Service.Tests.Nodes;

/// <summary>The parts of a node of Beijing on a backend, with the sample keys; it does not listen.</summary>
internal sealed class BuiltNode : IAsyncDisposable
{
    private readonly string _directory;
    private readonly WebApplication _app;

    private BuiltNode(string directory, string database, string[] arguments)
    {
        (_directory, DatabaseConnection, Arguments) = (directory, database, arguments);
        _app = Node.Build(arguments, services => services.AddLogging(logging => logging.ClearProviders()));
    }

    public IServiceProvider Services => _app.Services;

    /// <summary>What it was configured with.</summary>
    public string[] Arguments { get; }

    /// <summary>Its connection string.</summary>
    public string DatabaseConnection { get; }

    /// <summary>Builds a node.</summary>
    /// <param name="backend">What it runs on.</param>
    /// <param name="beside">Another node of the region, whose database and Redis it shares; null: both are empty.</param>
    /// <param name="database">Its database; null: that of <paramref name="beside"/>, or an empty one.</param>
    /// <param name="keyFile">The keys of the database; null: those that a node makes in Development.</param>
    public static BuiltNode Build(Backend backend, BuiltNode? beside = null, string? database = null, string? keyFile = null)
    {
        if (backend.HasRedis() && beside is null)
        {
            Servers.Redis.Flush();
        }

        return Build(
            ["--ConnectionStrings:Redis", backend.HasRedis() ? Servers.Redis.ConnectionString : "", .. keyFile is null ? Array.Empty<string>() : ["--Storage:KeyFile", keyFile]],
            directory => database ?? beside?.DatabaseConnection ?? (backend.IsPostgres() ? Servers.NewPreparedDatabase() : $"Data Source={Path.Combine(directory, "node.db")}"));
    }

    /// <summary>Builds a node on SQLite.</summary>
    /// <param name="redis">The Redis that it uses, if any.</param>
    /// <param name="region">Its region.</param>
    public static BuiltNode Build(IReadOnlyList<string> redis, string region = "110000") =>
        Build(redis, directory => $"Data Source={Path.Combine(directory, "node.db")}", region);

    private static BuiltNode Build(IReadOnlyList<string> settings, Func<string, string> databaseIn, string region = "110000")
    {
        var directory = Directory.CreateTempSubdirectory("crossprovince-").FullName;
        var database = databaseIn(directory);
        return new BuiltNode(
            directory,
            database,
            [
                "--environment", "Development", "--Region", region, "--contentRoot", directory,
                "--ConnectionStrings:Database", database,
                "--Recording:Directory", Path.Combine(directory, "spool"),
                .. settings,
            ]);
    }

    /// <summary>Starts the own index, which changes of licences wait for.</summary>
    public Task StartIndexAsync() => Services.GetRequiredService<OwnIndex>().StartAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Services.GetRequiredService<OwnIndex>().StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
