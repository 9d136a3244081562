using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CrossProvince.Service.Limits;

/// <summary>What the web server itself limits.</summary>
internal static class ConnectionLimits
{
    /// <summary>Room for what stands around a message, so that the message's own limit is the one that is met.</summary>
    private const int Around = 64 * 1024;

    public static void Apply(KestrelServerLimits server, LimitsOptions limits)
    {
        server.MaxRequestBodySize = limits.MessageBytes + Around;
        server.MaxRequestHeadersTotalSize = limits.HeaderBytes;
        server.MaxConcurrentConnections = limits.Connections;
        server.RequestHeadersTimeout = limits.HeadersTimeout;
        server.KeepAliveTimeout = limits.IdleTimeout;
        server.Http2.MaxStreamsPerConnection = limits.StreamsPerConnection;
        server.Http2.MaxRequestHeaderFieldSize = limits.HeaderBytes;
        server.Http2.KeepAlivePingDelay = limits.PingInterval;
        server.Http2.KeepAlivePingTimeout = limits.PingTimeout;
    }
}
