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

    private BuiltNode(string directory, WebApplication app) => (_directory, _app) = (directory, app);

    public IServiceProvider Services => _app.Services;

    public static BuiltNode Build(Backend backend)
    {
        var directory = Directory.CreateTempSubdirectory("crossprovince-").FullName;
        if (backend.HasRedis())
        {
            Servers.Redis.Flush();
        }

        return new BuiltNode(directory, Node.Build(
            [
                "--environment", "Development", "--Region", "110000", "--contentRoot", directory,
                "--ConnectionStrings:Database", backend.IsPostgres() ? Servers.Postgres.NewDatabase() : $"Data Source={Path.Combine(directory, "node.db")}",
                "--Recording:Directory", Path.Combine(directory, "spool"),
                "--ConnectionStrings:Redis", backend.HasRedis() ? Servers.Redis.ConnectionString : "",
            ],
            services => services.AddLogging(logging => logging.ClearProviders())));
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
