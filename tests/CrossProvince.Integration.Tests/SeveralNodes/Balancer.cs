using System.Net;
using System.Net.Sockets;

namespace CrossProvince.Integration.Tests.SeveralNodes;

/// <summary>A load balancer as it stands before the nodes of a region: passes connections on as they come, to each node in turn, past those that are down.</summary>
internal sealed class Balancer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly IReadOnlyList<Uri> _nodes;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private int _turn;

    internal Balancer(Uri listen, IReadOnlyList<Uri> nodes)
    {
        _nodes = nodes;
        _listener = new TcpListener(IPAddress.Loopback, listen.Port);
        _listener.Start();
        _loop = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _loop;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                _ = PassOnAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task PassOnAsync(TcpClient client)
    {
        using (client)
        {
            foreach (var _ in _nodes)
            {
                using var node = new TcpClient();
                try
                {
                    await node.ConnectAsync(IPAddress.Loopback, _nodes[Interlocked.Increment(ref _turn) % _nodes.Count].Port, _stopping.Token);
                }
                catch (SocketException)
                {
                    continue;
                }

                await Task.WhenAny(CopyAsync(client, node), CopyAsync(node, client));
                return;
            }
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream(), _stopping.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One end is gone: the other is closed as well.
        }
    }
}
