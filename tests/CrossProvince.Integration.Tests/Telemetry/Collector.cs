using System.Collections.Concurrent;
using System.Net;
using System.Text;
using CrossProvince.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CrossProvince.Integration.Tests.Telemetry;

/// <summary>An OTLP collector (HTTP, protobuf) that keeps what it is sent.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, string Text)> _bodies = new();

    private Collector(WebApplication app, Uri address) => (_app, Address) = (app, address);

    public Uri Address { get; }

    public static async Task<Collector> StartAsync()
    {
        var port = FreePort.Next();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var collector = new Collector(builder.Build(), new Uri($"http://127.0.0.1:{port}"));
        collector._app.Run(collector.TakeAsync);
        await collector._app.StartAsync();
        return collector;
    }

    /// <summary>All that was sent to a path, names and values readable as they are.</summary>
    public string TextOf(string path) => string.Concat(_bodies.Where(b => b.Path == path).Select(b => b.Text));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _bodies.Enqueue((context.Request.Path, Encoding.UTF8.GetString(body.ToArray())));
        context.Response.ContentType = "application/x-protobuf";
    }
}
