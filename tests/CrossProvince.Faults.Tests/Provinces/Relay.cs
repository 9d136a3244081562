using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>A line that a relay offers.</summary>
/// <param name="Listen">Where it is reached.</param>
/// <param name="Node">Where it leads.</param>
/// <param name="To">Number of who is there.</param>
internal sealed record RelayedLine(IPEndPoint Listen, IPEndPoint Node, int To);

/// <summary>Stands between the provinces and passes on what they say, as late as the weather says, until it ends the connection.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private const int ChunkBytes = 16 * 1024;
    private const int ChunksUnderWay = 256;

    /// <summary>Nobody waits for longer on a connection that has fallen silent.</summary>
    private static readonly TimeSpan s_longestSilence = TimeSpan.FromMinutes(1);

    private readonly RelayWeather _weather;
    private readonly Func<IPAddress, int> _numberOf;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Socket> _listeners = [];
    private readonly List<Task> _loops = [];
    private int _open;

    /// <summary>Begins to listen on all lines.</summary>
    /// <param name="weather">What it does to connections.</param>
    /// <param name="numberOf">Who has an address.</param>
    /// <param name="lines">Where to.</param>
    public Relay(RelayWeather weather, Func<IPAddress, int> numberOf, params RelayedLine[] lines)
    {
        (_weather, _numberOf) = (weather, numberOf);
        foreach (var line in lines)
        {
            var listener = new Socket(line.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            _listeners.Add(listener);
            listener.Bind(line.Listen);
            listener.Listen();
            _loops.Add(AcceptAsync(listener, line));
        }
    }

    /// <summary>Connections that are open now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listeners.ForEach(listener => listener.Dispose());
        await Task.WhenAll(_loops);
        while (Open > 0)
        {
            await Task.Delay(1);
        }

        _stopping.Dispose();
    }

    private async Task AcceptAsync(Socket listener, RelayedLine line)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptAsync(_stopping.Token);
                Interlocked.Increment(ref _open);
                _ = ServeAsync(client, line);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // It is over, or who came has left already.
            }
        }
    }

    private async Task ServeAsync(Socket client, RelayedLine line)
    {
        using var node = new Socket(line.Node.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            client.NoDelay = true;
            var from = _numberOf(((IPEndPoint)client.RemoteEndPoint!).Address);
            var fate = _weather.Next(from, line.To);
            if (await LiveAsync(client, node, line, fate.Life))
            {
                _weather.Note(from, line.To, fate.End);
                await EndAsync(client, node, fate.End);
            }
        }
        catch (Exception e) when (IsOver(e))
        {
            // One end is gone: the other is closed as well.
        }
        finally
        {
            client.Dispose();
            Interlocked.Decrement(ref _open);
        }
    }

    /// <returns>Whether its time was up; false when its own ends have closed it.</returns>
    private async Task<bool> LiveAsync(Socket client, Socket node, RelayedLine line, TimeSpan life)
    {
        using var time = new CancellationTokenSource(life);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, time.Token);
        try
        {
            await node.ConnectAsync(line.Node, ending.Token);
            await Task.WhenAll(PassAsync(client, node, ending), PassAsync(node, client, ending));
            return false;
        }
        catch (Exception e) when (IsOver(e))
        {
            return time.IsCancellationRequested && !_stopping.IsCancellationRequested;
        }
    }

    /// <summary>Passes on one direction, until its sender has said all; if anything goes wrong with it, the other direction ends, too.</summary>
    private async Task PassAsync(Socket from, Socket to, CancellationTokenSource ending)
    {
        try
        {
            var underWay = Channel.CreateBounded<(long Due, byte[] Bytes)>(ChunksUnderWay);
            var reading = ReadAsync(from, underWay.Writer, ending.Token);
            await foreach (var (due, bytes) in underWay.Reader.ReadAllAsync(ending.Token))
            {
                if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { Ticks: > 0 } left)
                {
                    await Task.Delay(left, ending.Token);
                }

                for (var sent = 0; sent < bytes.Length;)
                {
                    sent += await to.SendAsync(bytes.AsMemory(sent), ending.Token);
                }
            }

            await reading;
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (IsOver(e))
        {
            await ending.CancelAsync();
            throw;
        }
    }

    private async Task ReadAsync(Socket from, ChannelWriter<(long Due, byte[] Bytes)> underWay, CancellationToken ending)
    {
        var delay = (long)(_weather.Delay.TotalSeconds * Stopwatch.Frequency);
        var buffer = new byte[ChunkBytes];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer, ending)) > 0)
            {
                await underWay.WriteAsync((Stopwatch.GetTimestamp() + delay, buffer[..read]), ending);
            }

            underWay.Complete();
        }
        catch (Exception e) when (IsOver(e))
        {
            underWay.Complete(e);
        }
    }

    private async Task EndAsync(Socket client, Socket node, ConnectionEnd end)
    {
        switch (end)
        {
            case ConnectionEnd.Silent:
                using (var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token))
                {
                    patience.CancelAfter(s_longestSilence);
                    await Task.WhenAny(SwallowAsync(client, patience.Token), SwallowAsync(node, patience.Token));
                    await patience.CancelAsync();
                }

                break;
            case ConnectionEnd.Refused or ConnectionEnd.Reset:
                // Closed so, a socket resets its connection.
                client.LingerState = node.LingerState = new LingerOption(true, 0);
                break;
        }
    }

    private static async Task SwallowAsync(Socket socket, CancellationToken ending)
    {
        var buffer = new byte[ChunkBytes];
        try
        {
            while (await socket.ReceiveAsync(buffer, ending) > 0)
            {
            }
        }
        catch (Exception e) when (IsOver(e))
        {
            // Its owner has given it up.
        }
    }

    private static bool IsOver(Exception e) => e is OperationCanceledException or SocketException or ObjectDisposedException or ChannelClosedException;
}
