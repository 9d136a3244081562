using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using Grpc.Core;
using Grpc.Net.Client;

namespace CrossProvince.Service.Federation;

/// <summary>HTTP clients to the nodes of other regions: mutual TLS, and the server must be that region's node.</summary>
internal sealed class RegionHttp(NodeSettings node, CertificateJudge judge, PartnerFile partners) : IDisposable
{
    /// <summary>Far more than any answer about a code.</summary>
    private const int LargestMessage = 64 * 1024;

    /// <summary>A head of all lists that there can be, and what stands around it.</summary>
    private const int LargestOfFeed = StatusHeadDocument.MaxBytes + (64 * 1024);

    private readonly ConcurrentDictionary<(string Region, string Endpoint), HttpClient> _clients = new();
    private readonly ConcurrentDictionary<(string Region, string Endpoint), GrpcChannel> _feeds = new();
    private readonly ConcurrentDictionary<(string Region, string Endpoint), GrpcChannel> _channels = new();

    /// <summary>The client for a region's endpoint.</summary>
    public HttpClient For(TrustedRegion region) => _clients.GetOrAdd((region.Code.ToString(), region.ApiEndpoint), _ => Create(region, Handler(region)));

    /// <summary>Calls by which a region's index is followed, over the connections of <see cref="For"/>.</summary>
    public CallInvoker Feed(TrustedRegion region) => _feeds.GetOrAdd((region.Code.ToString(), region.ApiEndpoint), _ =>
        GrpcChannel.ForAddress(For(region).BaseAddress!, new GrpcChannelOptions { HttpClient = For(region), MaxReceiveMessageSize = LargestOfFeed })).CreateCallInvoker();

    /// <summary>Calls to a region's node, over connections of their own: no answer that a counter waits for comes behind a list that is being fetched. Each call needs a deadline.</summary>
    public CallInvoker Calls(TrustedRegion region) => _channels.GetOrAdd((region.Code.ToString(), region.ApiEndpoint), _ => Open(region)).CreateCallInvoker();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var feed in _feeds.Values)
        {
            feed.Dispose();
        }

        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }

        foreach (var channel in _channels.Values)
        {
            channel.Dispose();
        }
    }

    private GrpcChannel Open(TrustedRegion region)
    {
        var handler = Handler(region);

        // The other node takes so many calls on one connection; more need not wait for each other.
        handler.EnableMultipleHttp2Connections = true;

        // Quiet counters ask every few minutes: they need not make a connection each time.
        handler.PooledConnectionIdleTimeout = handler.PooledConnectionLifetime;
        var client = Create(region, handler);
        client.Timeout = Timeout.InfiniteTimeSpan;
        return GrpcChannel.ForAddress(client.BaseAddress!, new GrpcChannelOptions { HttpClient = client, DisposeHttpClient = true, MaxReceiveMessageSize = LargestMessage });
    }

    private static HttpClient Create(TrustedRegion region, SocketsHttpHandler handler) => new(new ConnectionFailures(handler))
    {
        BaseAddress = new Uri(region.ApiEndpoint.TrimEnd('/') + "/"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrHigher,
    };

    private SocketsHttpHandler Handler(TrustedRegion region) => new()
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

    private bool IsNodeOf(X509Certificate2 server, TrustedRegion region) =>
        judge.Judge(server, CertificateJudge.ServerAuthentication) is { Name: { Role: PartyName.Node } name } && name.Region == region.Code && !partners.IsRevoked(judge.ThumbprintOf(server));
}
