using System.Net;
using System.Net.Sockets;

namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>Ports of loopback that nobody listens on, below those that outgoing connections take.</summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Last = 31_000;

    internal static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, Last);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one.
            }
        }
    }
}
