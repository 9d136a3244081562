using System.Data.Common;
using CrossProvince.Core.Verification;
using Dapper;

namespace CrossProvince.Service.StatusIndex;

/// <summary>Since when which changes have stood in a published head of the own region, by any of its nodes. Safe for concurrent calls.</summary>
/// <remarks>Kept in the database, so that nothing has to stand anew after a restart.</remarks>
internal sealed class StandingHeads(TrustedClock clock)
{
    /// <summary>How long an entry must have stood before codes for it are signed, milliseconds (docs/payload.md, "The licence index").</summary>
    private const long StandMilliseconds = 5_000;

    /// <summary>How long times are kept, milliseconds: far longer than they matter.</summary>
    private const long KeptMilliseconds = 3_600_000;

    private const string Times = "SELECT seq, MIN(published_at) AS published_at FROM published_heads GROUP BY seq ORDER BY seq";

    private const string Insert = "INSERT INTO published_heads (seq, published_at) VALUES (@seq, @publishedAt) ON CONFLICT (seq, published_at) DO NOTHING";

    private const string Forget = "DELETE FROM published_heads WHERE published_at < @before AND seq < (SELECT MAX(seq) FROM published_heads)";

    private readonly Lock _lock = new();
    private readonly Queue<(long Seq, long PublishedAt)> _waiting = new();
    private long _stoodSeq;
    private long _lastSeq = -1;

    /// <summary>Whether a change has stood long enough.</summary>
    public bool HasStood(long seq)
    {
        lock (_lock)
        {
            var now = clock.Now().UnixMilliseconds;
            while (_waiting.TryPeek(out var head) && head.PublishedAt + StandMilliseconds <= now)
            {
                _stoodSeq = Math.Max(_stoodSeq, head.Seq);
                _waiting.Dequeue();
            }

            return seq <= _stoodSeq;
        }
    }

    /// <summary>Reads what was published before this node started.</summary>
    public async Task LoadAsync(DbConnection connection)
    {
        foreach (var head in await connection.QueryAsync<Row>(Times))
        {
            TryAdd(head.Seq, head.PublishedAt);
        }
    }

    /// <summary>Takes in a head that is published now.</summary>
    /// <returns>Whether it tells of a change that none before told of: then it is to be written.</returns>
    public bool TryAdd(long seq, long publishedAt)
    {
        lock (_lock)
        {
            if (seq <= _lastSeq)
            {
                return false;
            }

            _lastSeq = seq;
            _waiting.Enqueue((seq, publishedAt));
            return true;
        }
    }

    /// <summary>Writes when a head was published.</summary>
    public static Task WriteAsync(DbTransaction transaction, long seq, long publishedAt) =>
        transaction.Connection!.ExecuteAsync(Insert, new { seq, publishedAt }, transaction);

    /// <summary>Forgets times that matter no more.</summary>
    public static Task ForgetAsync(DbTransaction transaction, long nowMilliseconds) =>
        transaction.Connection!.ExecuteAsync(Forget, new { before = nowMilliseconds - KeptMilliseconds }, transaction);

    private sealed class Row
    {
        public long Seq { get; init; }

        public long PublishedAt { get; init; }
    }
}
