using System.Net;
using System.Net.Sockets;

namespace CrossProvince.Cli.Demo;

/// <summary>Finds ports of loopback that nobody listens on.</summary>
internal static class FreePorts
{
    // Below the ports that systems give to outgoing connections: a stopped node's port stays free for its return.
    private const int First = 20_000;
    private const int End = 32_000;

    /// <summary>Different ports, each free a moment ago.</summary>
    /// <exception cref="DemoException">There are too few.</exception>
    internal static int[] Find(int count)
    {
        var found = new HashSet<int>();
        for (var tries = 0; found.Count < count; tries++)
        {
            if (tries > End - First)
            {
                throw new DemoException("本机没有足够的空闲端口。", "This machine has too few free ports.");
            }

            var port = Random.Shared.Next(First, End);
            if (IsFree(port))
            {
                found.Add(port);
            }
        }

        return [.. found];
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
