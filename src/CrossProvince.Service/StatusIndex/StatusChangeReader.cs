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

    private const string HashAt = "SELECT hash FROM status_changes WHERE seq = @seq";

    private const string Gaps = "SELECT after_seq, seq, hash FROM chain_gaps";

    private const string LastSeq = "SELECT seq FROM status_chain WHERE id = 1";

    /// <summary>At most <paramref name="limit"/> changes from a sequence number on, in order.</summary>
    public static async Task<IReadOnlyList<StoredChange>> ReadAsync(DbConnection connection, long from, int limit, DbTransaction? transaction = null)
    {
        var rows = await connection.QueryAsync<Row>(ChangesFrom, new { from, limit }, transaction);
        return
        [
            .. rows.Select(r => new StoredChange(
                new StatusChange(r.Seq, r.Time, (int)r.List, (int)r.Index, (LicenceStatus)r.Status, EntryTag.FromBytes(r.Tag), (StatusReason)r.Reason),
                r.Hash)),
        ];
    }

    /// <summary>The region's last sequence number.</summary>
    public static Task<long> ReadLastSeqAsync(DbConnection connection) => connection.ExecuteScalarAsync<long>(LastSeq);

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
    }
}
