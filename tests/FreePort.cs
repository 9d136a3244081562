using System.Net;
using System.Net.Sockets;

namespace CrossProvince.Tests;

/// <summary>Ports of loopback for servers of tests: below those that outgoing connections take, so that a port stays free while its server is down.</summary>
internal static class FreePort
{
    private const int Ports = 4_000;

    /// <summary>Test projects that run beside one another have each ports of their own.</summary>
    private static readonly int s_first = 20_000 + (Ports * Array.IndexOf(["CrossProvince.Integration.Tests", "CrossProvince.Service.Tests", "CrossProvince.Faults.Tests"], typeof(FreePort).Assembly.GetName().Name));

    private static readonly HashSet<int> s_given = [];

    /// <summary>A port that nobody listens on, and that no other test of this process was given.</summary>
    internal static int Next()
    {
        lock (s_given)
        {
            while (true)
            {
                var port = Random.Shared.Next(s_first, s_first + Ports);
                if (!s_given.Contains(port) && IsFree(port))
                {
                    s_given.Add(port);
                    return port;
                }
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
