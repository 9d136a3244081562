using System.Data.Common;
using CrossProvince.Core.Status;
using Dapper;

namespace CrossProvince.Service.StatusIndex;

/// <summary>One change as it stands in the database, with the chain's hash after it.</summary>
internal sealed record StoredChange(StatusChange Change, byte[] Hash);

/// <summary>Reads the region's status changes by sequence number.</summary>
internal static class StatusChangeReader
{
    private const string ChangesFrom = """
        SELECT seq, time, list_number AS list, list_index AS "index", status, tag, reason_code AS reason, hash
        FROM status_changes WHERE seq >= @from ORDER BY seq LIMIT @limit
        """;

    private const string EntriesAfter = "SELECT list_number, list_index FROM status_changes WHERE seq > @seq";

    private const string ChangesOfChunk = """
        SELECT seq, time, list_number AS list, list_index AS "index", status, tag, reason_code AS reason, hash
        FROM status_changes WHERE seq >= @from AND seq < @end AND list_number = @list AND list_index >= @first AND list_index < @first + @count ORDER BY seq
        """;

    /// <summary>Rows that one question goes through.</summary>
    private const int LookedThroughAtOnce = 1_000_000;

    private const string HashAt = "SELECT hash FROM status_changes WHERE seq = @seq";

    private const string Gaps = "SELECT after_seq, seq, hash FROM chain_gaps";

    private const string ChainEnd = "SELECT seq, hash FROM status_chain WHERE id = 1";

    private const string LastSeq = "SELECT seq FROM status_chain WHERE id = 1";

    /// <summary>At most <paramref name="limit"/> changes from a sequence number on, in order.</summary>
    public static async Task<IReadOnlyList<StoredChange>> ReadAsync(DbConnection connection, long from, int limit, DbTransaction? transaction = null)
    {
        var rows = await connection.QueryAsync<Row>(ChangesFrom, new { from, limit }, transaction);
        return
        [
            .. rows.Select(row => new StoredChange(row.ToChange(), row.Hash)),
        ];
    }

    /// <summary>The entries that the changes after a sequence number speak of.</summary>
    public static async Task<HashSet<(int List, int Index)>> ListEntriesAfterAsync(DbTransaction transaction, long seq) =>
        [.. await transaction.Connection!.QueryAsync<(int List, int Index)>(EntriesAfter, new { seq }, transaction)];

    /// <summary>Every change of a chunk up to a sequence number, in order; goes through the whole sequence.</summary>
    public static async IAsyncEnumerable<StatusChange> ReadChunkAsync(DbConnection connection, int list, int chunk, long upTo)
    {
        for (var from = 1L; from <= upTo; from += LookedThroughAtOnce)
        {
            var end = Math.Min(from + LookedThroughAtOnce, upTo + 1);
            foreach (var row in await connection.QueryAsync<Row>(ChangesOfChunk, new { from, end, list, first = chunk * StatusList.ChunkSize, count = StatusList.ChunkSize }))
            {
                yield return row.ToChange();
            }
        }
    }

    /// <summary>The region's last sequence number.</summary>
    public static Task<long> ReadLastSeqAsync(DbConnection connection) => connection.ExecuteScalarAsync<long>(LastSeq);

    /// <summary>The region's last sequence number, and the chain's hash there.</summary>
    public static Task<(long Seq, byte[] Hash)> ReadEndAsync(DbConnection connection) => connection.QuerySingleAsync<(long Seq, byte[] Hash)>(ChainEnd);

    /// <summary>The chain's hash after a change; null when there is no such change.</summary>
    public static Task<byte[]?> FindHashAsync(DbConnection connection, long seq) => connection.ExecuteScalarAsync<byte[]?>(HashAt, new { seq });

    /// <summary>Where changes were lost: after which one, and behind which one with what hash the chain goes on.</summary>
    public static async Task<IReadOnlyDictionary<long, (long Seq, byte[] Hash)>> ReadGapsAsync(DbConnection connection, DbTransaction? transaction = null) =>
        (await connection.QueryAsync<GapRow>(Gaps, transaction: transaction)).ToDictionary(gap => gap.AfterSeq, gap => (gap.Seq, gap.Hash));

    private sealed class GapRow
    {
        public long AfterSeq { get; init; }

        public long Seq { get; init; }

        public byte[] Hash { get; init; } = [];
    }

    private sealed class Row
    {
        public long Seq { get; init; }

        public long Time { get; init; }

        public long List { get; init; }

        public long Index { get; init; }

        public long Status { get; init; }

        public byte[] Tag { get; init; } = [];

        public long Reason { get; init; }

        public byte[] Hash { get; init; } = [];

        public StatusChange ToChange() => new(Seq, Time, (int)List, (int)Index, (LicenceStatus)Status, EntryTag.FromBytes(Tag), (StatusReason)Reason);
    }
}
