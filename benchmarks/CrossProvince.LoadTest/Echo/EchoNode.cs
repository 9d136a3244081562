using CrossProvince.Cli.Nodes;
using CrossProvince.Service.Hosting;
using Microsoft.AspNetCore.Builder;

namespace CrossProvince.LoadTest.Echo;

/// <summary>A node, as it is deployed, that also echoes: the same process, listener, TLS and way of a call, and nothing behind it.</summary>
internal static class EchoNode
{
    /// <summary>The verb by which this program starts itself: <c>node</c>, then the node's configuration.</summary>
    public const string Verb = "node";

    /// <summary>File of this program.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "CrossProvince.LoadTest.dll");

    /// <summary>Runs until standard input ends.</summary>
    /// <param name="configuration">Of the node, as command-line arguments.</param>
    /// <returns>The node's exit code.</returns>
    public static async Task<int> RunAsync(string[] configuration)
    {
        using var stop = new CancellationTokenSource();
        NodeCommand.StopWithInput(stop);
        return await Node.RunAsync(configuration, endpoints => endpoints.MapGrpcService<EchoGrpcService>(), stop.Token);
    }
}
