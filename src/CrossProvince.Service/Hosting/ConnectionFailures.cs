using System.Net.Sockets;

namespace CrossProvince.Service.Hosting;

/// <summary>Makes what it is of a connection that was reset the moment it stood: a request that failed. .NET asks such a socket for its other end, and lets the socket's own exception through, which nobody expects of HTTP.</summary>
/// <param name="inner">Makes the connections.</param>
internal sealed class ConnectionFailures(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, e.Message, e);
        }
    }
}
