using System.Globalization;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CrossProvince.LoadTest.Echo;

/// <summary>The echo in a process of its own: the host, TLS and client certificates of a node, and nothing behind them.</summary>
internal static class EchoServer
{
    /// <summary>The verb by which this program starts itself: <c>echo PORT DIRECTORY</c>.</summary>
    public const string Verb = "echo";

    /// <summary>What it says once it listens.</summary>
    public const string Listening = "listening";

    /// <summary>Serves until standard input ends.</summary>
    /// <param name="port">Port of loopback.</param>
    /// <param name="identity">Folder with the node's <c>cert.pem</c> and <c>key.pem</c>.</param>
    public static async Task<int> RunAsync(string port, string identity)
    {
        using var pem = X509Certificate2.CreateFromPemFile(Path.Combine(identity, "cert.pem"), Path.Combine(identity, "key.pem"));
        using var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = 4 * 1024 * 1024);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture), listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = certificate,
                SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ClientCertificateMode = ClientCertificateMode.AllowCertificate,
                ClientCertificateValidation = (_, _, _) => true,
            });
        }));
        await using var app = builder.Build();
        app.MapGrpcService<EchoGrpcService>();
        await app.StartAsync();
        await Console.Out.WriteLineAsync(Listening);
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        await app.StopAsync();
        return 0;
    }
}
