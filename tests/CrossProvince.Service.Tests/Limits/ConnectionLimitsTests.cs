using CrossProvince.Service.Limits;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CrossProvince.Service.Tests.Limits;

public sealed class ConnectionLimitsTests
{
    [Test]
    public void Apply_EverySetting_ReachesTheWebServer()
    {
        var limits = new LimitsOptions
        {
            MessageBytes = 1_000_000,
            HeaderBytes = 9_000,
            Connections = 7,
            StreamsPerConnection = 5,
            HeadersTimeout = TimeSpan.FromSeconds(11),
            IdleTimeout = TimeSpan.FromSeconds(12),
            PingInterval = TimeSpan.FromSeconds(13),
            PingTimeout = TimeSpan.FromSeconds(14),
        };
        var server = new KestrelServerLimits();

        ConnectionLimits.Apply(server, limits);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(server.MaxRequestBodySize, Is.GreaterThan(1_000_000).And.LessThan(1_200_000), "the message's own limit is met first");
            Assert.That(server.MaxRequestHeadersTotalSize, Is.EqualTo(9_000));
            Assert.That(server.MaxConcurrentConnections, Is.EqualTo(7));
            Assert.That(server.RequestHeadersTimeout, Is.EqualTo(TimeSpan.FromSeconds(11)));
            Assert.That(server.KeepAliveTimeout, Is.EqualTo(TimeSpan.FromSeconds(12)));
            Assert.That(server.Http2.MaxStreamsPerConnection, Is.EqualTo(5));
            Assert.That(server.Http2.MaxRequestHeaderFieldSize, Is.EqualTo(9_000));
            Assert.That(server.Http2.KeepAlivePingDelay, Is.EqualTo(TimeSpan.FromSeconds(13)));
            Assert.That(server.Http2.KeepAlivePingTimeout, Is.EqualTo(TimeSpan.FromSeconds(14)));
        }
    }
}
