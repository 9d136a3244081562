using System.Collections.Concurrent;
using CrossProvince.Faults.Tests.History;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>How a connection comes to its end.</summary>
internal enum ConnectionEnd
{
    /// <summary>It is reset before anything passes.</summary>
    Refused,

    /// <summary>Both ends are closed in order.</summary>
    Closed,

    /// <summary>Both ends are reset.</summary>
    Reset,

    /// <summary>It stays open, and nothing passes any more.</summary>
    Silent,
}

/// <summary>What becomes of one connection.</summary>
/// <param name="Life">After how long it ends.</param>
/// <param name="End">How.</param>
internal readonly record struct ConnectionFate(TimeSpan Life, ConnectionEnd End);

/// <summary>A connection that was ended on purpose.</summary>
/// <param name="From">Who had opened it.</param>
/// <param name="To">To whom.</param>
/// <param name="End">How it ended.</param>
/// <param name="Time">When, Unix milliseconds.</param>
internal sealed record EndedConnection(int From, int To, ConnectionEnd End, long Time);

/// <summary>What the lines between provinces do to connections: the same seed draws the same fates, in the order in which connections are opened on a line.</summary>
/// <param name="seed">Of all lines.</param>
/// <param name="delay">How long everything is under way, each way.</param>
/// <param name="meanLife">How long connections live on average; infinite to drop none.</param>
internal sealed class RelayWeather(int seed, TimeSpan delay, TimeSpan meanLife)
{
    private const double ShareRefused = 0.05;
    private const double ShareSilent = 0.3;

    private readonly ConcurrentDictionary<(int From, int To), Random> _lines = new();
    private readonly ConcurrentQueue<EndedConnection> _ended = new();

    public TimeSpan Delay => delay;

    /// <summary>Every connection that was ended on purpose, in order.</summary>
    public IReadOnlyCollection<EndedConnection> Ended => _ended;

    /// <summary>Draws the fate of the next connection on a line.</summary>
    /// <param name="from">Who opens it.</param>
    /// <param name="to">To whom.</param>
    public ConnectionFate Next(int from, int to)
    {
        if (meanLife == Timeout.InfiniteTimeSpan)
        {
            return new ConnectionFate(meanLife, ConnectionEnd.Closed);
        }

        var random = _lines.GetOrAdd((from, to), line => new Random(unchecked((seed * 64) + (line.From * 8) + line.To)));
        lock (random)
        {
            var (kind, luck) = (random.NextDouble(), random.NextDouble());
            var end = kind < ShareRefused ? ConnectionEnd.Refused
                : kind < ShareRefused + ShareSilent ? ConnectionEnd.Silent
                : kind < (1 + ShareRefused + ShareSilent) / 2 ? ConnectionEnd.Closed
                : ConnectionEnd.Reset;
            return new ConnectionFate(end == ConnectionEnd.Refused ? TimeSpan.Zero : meanLife * -Math.Log(1 - luck), end);
        }
    }

    /// <summary>A connection was ended.</summary>
    public void Note(int from, int to, ConnectionEnd end) => _ended.Enqueue(new EndedConnection(from, to, end, Outages.Now()));
}
