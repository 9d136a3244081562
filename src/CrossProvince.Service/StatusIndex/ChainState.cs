using System.Data.Common;
using System.Globalization;
using Dapper;

namespace CrossProvince.Service.StatusIndex;

/// <summary>What is withheld because the database is older than what was published.</summary>
internal enum ChainHold
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Changes and heads.</summary>
    Everything = 1,

    /// <summary>Heads: lost changes are being entered again.</summary>
    Heads = 2,
}

/// <summary>How the stored chain stands: to what somebody holds of it, and to what was seen published.</summary>
internal sealed record ChainState
{
    private const string At = """
        SELECT c.seq, c.held AS hold, c.seen_seq, c.seen_hash,
            COALESCE((SELECT hash FROM status_changes WHERE seq = @seq), (SELECT hash FROM chain_gaps WHERE seq = @seq LIMIT 1)) AS hash_at,
            (SELECT hash FROM status_changes WHERE seq = c.seen_seq) AS hash_at_seen,
            (SELECT MAX(seq) FROM chain_gaps) AS settled,
            (SELECT seq FROM chain_gaps WHERE after_seq = @seq) AS gap_seq, (SELECT hash FROM chain_gaps WHERE after_seq = @seq) AS gap_hash
        FROM status_chain c WHERE c.id = 1
        """;

    // Whoever saw more wins; what is held stays held.
    private const string HoldSeen = """
        UPDATE status_chain SET held = 1, seen_seq = @seq, seen_hash = @hash
        WHERE id = 1 AND (held = 0 OR seen_seq < @seq)
        """;

    private const string Release = "UPDATE status_chain SET held = @hold, seen_seq = CASE WHEN @hold = 0 THEN NULL ELSE seen_seq END WHERE id = 1";

    /// <summary>The last change stored.</summary>
    public required long Seq { get; init; }

    /// <summary>What is withheld.</summary>
    public required ChainHold Hold { get; init; }

    /// <summary>The newest change in a head that was seen and is not in the database; 0: none.</summary>
    public required long Seen { get; init; }

    /// <summary>The chain's hash in that head.</summary>
    public required byte[] SeenHash { get; init; }

    /// <summary>Hash of the stored chain at the change that was asked about; null when there is no such change.</summary>
    public required byte[]? HashAt { get; init; }

    /// <summary>Whether the database has the change that was seen after all.</summary>
    public required bool HasSeen { get; init; }

    /// <summary>Heads up to this change that the database does not know are known to be lost.</summary>
    public required long Settled { get; init; }

    /// <summary>Where the chain goes on behind the change that was asked about, when changes were lost there.</summary>
    public required (long Seq, byte[] Hash)? Gap { get; init; }

    /// <summary>Reads it.</summary>
    /// <param name="connection">Open.</param>
    /// <param name="seq">A change that is asked about.</param>
    /// <param name="transaction">The transaction, if there is one.</param>
    public static async Task<ChainState> ReadAsync(DbConnection connection, long seq, DbTransaction? transaction = null)
    {
        var row = await connection.QuerySingleAsync<Row>(At, new { seq }, transaction);
        return new ChainState
        {
            Seq = row.Seq,
            Hold = (ChainHold)row.Hold,
            Seen = row.SeenSeq ?? 0,
            SeenHash = row.SeenHash ?? [],
            HashAt = row.HashAt,
            HasSeen = row.HashAtSeen is not null && row.HashAtSeen.AsSpan().SequenceEqual(row.SeenHash),
            Settled = row.Settled ?? 0,
            Gap = row.GapSeq is { } gap ? (gap, row.GapHash!) : null,
        };
    }

    /// <summary>Withholds everything: a head was seen that the database does not know.</summary>
    public static Task HoldAsync(DbTransaction transaction, long seq, byte[] hash) => transaction.Connection!.ExecuteAsync(HoldSeen, new { seq, hash }, transaction);

    /// <summary>Withholds no more than this.</summary>
    public static Task ReleaseAsync(DbTransaction transaction, ChainHold hold) => transaction.Connection!.ExecuteAsync(Release, new { hold = (int)hold }, transaction);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Seq} ({Hold}, seen {Seen})");

    private sealed class Row
    {
        public long Seq { get; init; }

        public long Hold { get; init; }

        public long? SeenSeq { get; init; }

        public byte[]? SeenHash { get; init; }

        public byte[]? HashAt { get; init; }

        public byte[]? HashAtSeen { get; init; }

        public long? Settled { get; init; }

        public long? GapSeq { get; init; }

        public byte[]? GapHash { get; init; }
    }
}
