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
    private const string Revoked = "This node's partner file has revoked the region.";

    /// <summary>Far more than any answer about a code.</summary>
    private const int LargestMessage = 64 * 1024;

    /// <summary>A head of all lists that there can be, and what stands around it.</summary>
    private const int LargestOfFeed = StatusHeadDocument.MaxBytes + (64 * 1024);

    private readonly ConcurrentDictionary<(string Region, string Endpoint), HttpClient> _clients = new();
    private readonly ConcurrentDictionary<(string Region, string Endpoint), GrpcChannel> _feeds = new();
    private readonly ConcurrentDictionary<(string Region, string Endpoint), GrpcChannel> _channels = new();

    /// <summary>With which certificate each endpoint has come last.</summary>
    private readonly ConcurrentDictionary<(string Region, string Endpoint), string> _servers = new();

    /// <summary>The client for a region's endpoint.</summary>
    /// <exception cref="HttpRequestException">The partner file has revoked the region.</exception>
    public HttpClient For(TrustedRegion region)
    {
        if (!TryUse(region))
        {
            throw new HttpRequestException(Revoked);
        }

        return _clients.GetOrAdd(KeyOf(region), _ => Create(region, Handler(region)));
    }

    /// <inheritdoc cref="For"/>
    /// <summary>Calls by which a region's index is followed, over the connections of <see cref="For"/>.</summary>
    public CallInvoker Feed(TrustedRegion region)
    {
        var client = For(region);
        return _feeds.GetOrAdd(KeyOf(region), _ => GrpcChannel.ForAddress(client.BaseAddress!, new GrpcChannelOptions { HttpClient = client, MaxReceiveMessageSize = LargestOfFeed })).CreateCallInvoker();
    }

    /// <summary>Calls to a region's node, over connections of their own: no answer that a counter waits for comes behind a list that is being fetched. Each call needs a deadline.</summary>
    /// <exception cref="RpcException">PERMISSION_DENIED: the partner file has revoked the region.</exception>
    public CallInvoker Calls(TrustedRegion region)
    {
        if (!TryUse(region))
        {
            throw new RpcException(new Status(StatusCode.PermissionDenied, Revoked));
        }

        return _channels.GetOrAdd(KeyOf(region), _ => Open(region)).CreateCallInvoker();
    }

    /// <summary>Whether the partner file has revoked the region, or the certificate that its node has come with: connections that stand are used no more.</summary>
    public bool IsRevoked(TrustedRegion region) =>
        partners.Find(region.Code) is { Revoked: true } || (_servers.TryGetValue(KeyOf(region), out var thumbprint) && partners.IsRevoked(thumbprint));

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

    private static (string Region, string Endpoint) KeyOf(TrustedRegion region) => (region.Code.ToString(), region.ApiEndpoint);

    /// <summary>A certificate is looked at when a connection is made: where it is revoked afterwards, those that stand are closed, and the next is judged.</summary>
    /// <returns>Whether the region may be called.</returns>
    private bool TryUse(TrustedRegion region)
    {
        if (IsRevoked(region))
        {
            Drop(region);
        }

        return partners.Find(region.Code) is not { Revoked: true };
    }

    private void Drop(TrustedRegion region)
    {
        var key = KeyOf(region);
        _servers.TryRemove(key, out _);
        if (_feeds.TryRemove(key, out var feed))
        {
            feed.Dispose();
        }

        if (_clients.TryRemove(key, out var client))
        {
            client.Dispose();
        }

        if (_channels.TryRemove(key, out var channel))
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

    private bool IsNodeOf(X509Certificate2 server, TrustedRegion region)
    {
        var thumbprint = judge.ThumbprintOf(server);
        if (judge.Judge(server, CertificateJudge.ServerAuthentication) is not { Name: { Role: PartyName.Node } name } || name.Region != region.Code || partners.IsRevoked(thumbprint)
            || partners.Find(region.Code) is { Revoked: true })
        {
            return false;
        }

        _servers[KeyOf(region)] = thumbprint;
        return true;
    }
}
