using System.Net;
using System.Net.Sockets;
using CrossProvince.Tests;

namespace CrossProvince.Service.Tests.Backends;

/// <summary>Stands before a server and stops passing on what clients send after so many bytes: connections stay open, and nothing is answered.</summary>
internal sealed class StallingProxy : IDisposable
{
    private readonly TcpListener _listener;
    private readonly int _server;
    private readonly CancellationTokenSource _stopping = new();
    private long _left = long.MaxValue;

    /// <summary>Begins to listen.</summary>
    /// <param name="server">Port of the server on loopback.</param>
    public StallingProxy(int server)
    {
        _server = server;
        Port = FreePort.Next();
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Whether it has stopped somewhere.</summary>
    public bool IsStalled => Interlocked.Read(ref _left) <= 0;

    /// <summary>Passes on so many more bytes of clients, and then nothing on any connection.</summary>
    public void StallAfter(long bytes) => Interlocked.Exchange(ref _left, bytes);

    /// <summary>Passes on what comes through new connections; those that were stopped stay stopped.</summary>
    public void Resume() => Interlocked.Exchange(ref _left, long.MaxValue);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _server, _stopping.Token);
                await Task.WhenAny(PassAsync(client, server, isCounted: true), PassAsync(server, client, isCounted: false));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // One of them is gone.
            }
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to, bool isCounted)
    {
        var buffer = new byte[4_096];
        int read;
        while ((read = await from.GetStream().ReadAsync(buffer, _stopping.Token)) > 0)
        {
            if (isCounted && Interlocked.Add(ref _left, -read) <= 0)
            {
                await Task.Delay(Timeout.Infinite, _stopping.Token);
            }

            await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _stopping.Token);
        }
    }
}
