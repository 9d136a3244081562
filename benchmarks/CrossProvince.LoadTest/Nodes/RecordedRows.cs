using System.Diagnostics;
using CrossProvince.LoadTest.Running;
using Npgsql;

namespace CrossProvince.LoadTest.Nodes;

/// <summary>Looks into the node's PostgreSQL for the records of what was answered.</summary>
internal sealed class RecordedRows : IAsyncDisposable
{
    private const string Count = "SELECT COUNT(*) FROM verifications";
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_still = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly NpgsqlDataSource _source;
    private long _known;

    private RecordedRows(NpgsqlDataSource source) => _source = source;

    /// <summary>Opens a database.</summary>
    /// <returns>Null if it is not PostgreSQL.</returns>
    public static RecordedRows? TryOpen(string connectionString) =>
        connectionString.Contains("Host", StringComparison.OrdinalIgnoreCase) ? new RecordedRows(NpgsqlDataSource.Create(connectionString)) : null;

    /// <summary>Waits until no more rows come, and remembers how many there are.</summary>
    public async Task SettleAsync(CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        do
        {
            _known = await CountAsync(cancellation);
            await Task.Delay(s_still, cancellation);
        }
        while (_known != await CountAsync(cancellation) && Stopwatch.GetElapsedTime(start) < s_patience);
    }

    /// <summary>Waits until so many rows have come.</summary>
    /// <param name="answered">What must come, beyond what there was when it was last waited for.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How many were missing at first, and how long they took.</returns>
    /// <exception cref="LoadTestException">They do not come: an answer has no record.</exception>
    public async Task<Backlog> DrainAsync(long answered, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        var missing = _known + answered - await CountAsync(cancellation);
        var left = missing;
        while (left > 0)
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                throw new LoadTestException($"{left} answers have no record in the database after {s_patience.TotalSeconds:F0} s.");
            }

            await Task.Delay(s_look, cancellation);
            left = _known + answered - await CountAsync(cancellation);
        }

        _known += answered - left;
        return new Backlog(Math.Max(0, missing), missing > 0 ? Stopwatch.GetElapsedTime(start) : TimeSpan.Zero);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task<long> CountAsync(CancellationToken cancellation)
    {
        await using var command = _source.CreateCommand(Count);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
