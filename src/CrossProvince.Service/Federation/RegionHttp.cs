using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;

namespace CrossProvince.Service.Federation;

/// <summary>HTTP clients to the nodes of other regions: mutual TLS, and the server must be that region's node.</summary>
internal sealed class RegionHttp(NodeSettings node, CertificateJudge judge) : IDisposable
{
    private readonly ConcurrentDictionary<(string Region, string Endpoint), HttpClient> _clients = new();

    /// <summary>The client for a region's endpoint.</summary>
    public HttpClient For(TrustedRegion region) => _clients.GetOrAdd((region.Code.ToString(), region.ApiEndpoint), _ => Create(region));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }
    }

    private HttpClient Create(TrustedRegion region)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(2),

            // A node that hangs, or a path that swallows everything, leaves its connection open: without these the next pulls would go there, too, for as long as that lasts.
            KeepAlivePingDelay = TimeSpan.FromSeconds(1),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(2),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [node.Certificate],
                LocalCertificateSelectionCallback = (_, _, _, _, _) => node.Certificate,
                RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                    certificate is X509Certificate2 server && !errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) && IsNodeOf(server, region),
            },
        };
        return new HttpClient(handler)
        {
            BaseAddress = new Uri(region.ApiEndpoint.TrimEnd('/') + "/"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrHigher,
        };
    }

    private bool IsNodeOf(X509Certificate2 server, TrustedRegion region) =>
        judge.Judge(server, CertificateJudge.ServerAuthentication) is { Name: { Role: PartyName.Node } name } && name.Region == region.Code;
}
