using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using CrossProvince.Tests;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>The relay does to connections what it was told, and no more.</summary>
public sealed class RelayTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly byte[] s_said = [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)];

    [Test]
    public async Task Relay_InGoodWeather_PassesOnAllBothWaysAndNotTooEarly()
    {
        var delay = TimeSpan.FromMilliseconds(60);
        await using var line = new Line(new RelayWeather(1, delay, Timeout.InfiniteTimeSpan));
        var watch = Stopwatch.StartNew();
        using var client = await line.ConnectAsync();
        using var server = await line.AcceptAsync();

        await client.SendAsync(s_said);
        Assert.That(await ReadAsync(server, s_said.Length), Is.EqualTo(s_said));
        await server.SendAsync(s_said);
        Assert.That(await ReadAsync(client, s_said.Length), Is.EqualTo(s_said));
        Assert.That(watch.Elapsed, Is.GreaterThanOrEqualTo(2 * delay));

        // What ends in order at one end ends in order at the other.
        client.Shutdown(SocketShutdown.Send);
        Assert.That(await server.ReceiveAsync(new byte[1]).WaitAsync(s_patience), Is.Zero);
    }

    [Test]
    public async Task Relay_InBadWeather_EndsConnectionsAsDrawn()
    {
        var (weather, drawn) = (NewWeather(), NewWeather());
        await using var line = new Line(weather);
        var seen = new HashSet<ConnectionEnd>();
        while (seen.Count < Enum.GetValues<ConnectionEnd>().Length)
        {
            var end = drawn.Next(0, 0).End;
            if (!seen.Add(end))
            {
                weather.Next(0, 0);
                continue;
            }

            using var client = await line.ConnectAsync();
            if (end == ConnectionEnd.Silent)
            {
                while (weather.Ended.Count < seen.Count)
                {
                    await Task.Delay(1);
                }

                await client.SendAsync(s_said);
                Assert.That(client.Poll(0, SelectMode.SelectRead), Is.False, "It stays open.");
            }
            else
            {
                Assert.That(await EndOfAsync(client), Is.EqualTo(end == ConnectionEnd.Closed ? SocketError.Success : SocketError.ConnectionReset));
            }
        }

        Assert.That(weather.Ended.Select(ended => ended.End), Is.EquivalentTo(seen));

        static RelayWeather NewWeather() => new(7, TimeSpan.Zero, TimeSpan.FromMilliseconds(20));
    }

    [Test]
    public void Next_SameSeed_DrawsTheSameForEachLineByItself()
    {
        var (one, other) = (New(3), New(3));
        var before = Draw(one, 0, 1);
        Draw(other, 1, 0);

        Assert.That(Draw(other, 0, 1), Is.EqualTo(before));
        Assert.That(Draw(New(4), 0, 1), Is.Not.EqualTo(before));

        static RelayWeather New(int seed) => new(seed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        static ConnectionFate[] Draw(RelayWeather weather, int from, int to) => [.. Enumerable.Range(0, 20).Select(_ => weather.Next(from, to))];
    }

    private static async Task<byte[]> ReadAsync(Socket socket, int length)
    {
        var read = new byte[length];
        for (var count = 0; count < length;)
        {
            var more = await socket.ReceiveAsync(read.AsMemory(count)).AsTask().WaitAsync(s_patience);
            Assert.That(more, Is.Positive, "It ended too early.");
            count += more;
        }

        return read;
    }

    private static async Task<SocketError> EndOfAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1]).WaitAsync(s_patience) == 0 ? SocketError.Success : throw new InvalidOperationException("Something came.");
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    /// <summary>A relay before a server on loopback.</summary>
    private sealed class Line : IAsyncDisposable
    {
        private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly IPEndPoint _listen = new(IPAddress.Loopback, FreePort.Next());
        private readonly Relay _relay;

        public Line(RelayWeather weather)
        {
            _server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _server.Listen();
            _relay = new Relay(weather, _ => 0, new RelayedLine(_listen, (IPEndPoint)_server.LocalEndPoint!, 0));
        }

        public async Task<Socket> ConnectAsync()
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await client.ConnectAsync(_listen);
            return client;
        }

        public async Task<Socket> AcceptAsync() => await _server.AcceptAsync().WaitAsync(s_patience);

        public async ValueTask DisposeAsync()
        {
            await _relay.DisposeAsync();
            _server.Dispose();
        }
    }
}
