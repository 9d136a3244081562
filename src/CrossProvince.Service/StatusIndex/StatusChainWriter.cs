using System.Data.Common;
using CrossProvince.Core.Status;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.StatusIndex;

/// <summary>Appends to the region's gapless, hash-chained sequence, within one transaction.</summary>
/// <remarks>
/// docs/signed-documents.md, "Record of the chain". Opening it locks the chain's end until the transaction ends, so that writers of all nodes
/// stand in line. What was appended is written by <see cref="CloseAsync"/> at once, however much it is.
/// </remarks>
internal sealed class StatusChainWriter
{
    // The update takes the row's lock in every database, so that writers of all nodes stand in line.
    private const string LockEnd = "UPDATE status_chain SET seq = seq WHERE id = 1 RETURNING seq, hash, time, held, seen_seq";

    private const string MoveEnd = "UPDATE status_chain SET seq = @seq, hash = @hash, time = @time WHERE id = 1";

    private static readonly Table<StoredChange> s_changes = new Table<StoredChange>("status_changes", "seq")
        .BigInteger("seq", stored => stored.Change.Seq)
        .BigInteger("time", stored => stored.Change.TimeMs)
        .Integer("list_number", stored => stored.Change.List)
        .Integer("list_index", stored => stored.Change.Index)
        .Integer("status", stored => (int)stored.Change.Status)
        .Bytes("tag", stored => stored.Change.Tag.ToBytes())
        .Integer("reason_code", stored => (int)stored.Change.Reason)
        .Bytes("hash", stored => stored.Hash);

    private readonly DbTransaction _transaction;
    private readonly long _openedAt;
    private List<StoredChange> _appended = [];
    private long _time;

    private StatusChainWriter(DbTransaction transaction, long seq, byte[] hash, long time)
    {
        _transaction = transaction;
        Seq = _openedAt = seq;
        Hash = hash;
        _time = time;
    }

    /// <summary>Sequence number of the last change.</summary>
    public long Seq { get; private set; }

    /// <summary>Time of the last change, Unix milliseconds.</summary>
    public long Time => _time;

    /// <summary>The chain's hash after the last change, 32 bytes.</summary>
    public byte[] Hash { get; private set; }

    /// <summary>Locks the end of the chain.</summary>
    /// <exception cref="ChainBehindException">The database is older than what was published: nothing may be changed.</exception>
    public static async Task<StatusChainWriter> OpenAsync(DbTransaction transaction)
    {
        var end = await transaction.Connection!.QuerySingleAsync<ChainEnd>(LockEnd, transaction: transaction);
        return end.Held == (int)ChainHold.Everything
            ? throw new ChainBehindException(end.Seq, end.SeenSeq ?? 0)
            : new StatusChainWriter(transaction, end.Seq, end.Hash, end.Time);
    }

    /// <summary>Adds one change; times never run backwards along the chain.</summary>
    /// <returns>Its sequence number.</returns>
    public long Append(long timeMilliseconds, int list, int index, LicenceStatus status, EntryTag tag, StatusReason reason)
    {
        _time = Math.Max(_time, timeMilliseconds);
        var change = new StatusChange(Seq + 1, _time, list, index, status, tag, reason);
        Hash = change.NextHash(Hash);
        Seq = change.Seq;
        _appended.Add(new StoredChange(change, Hash));
        return Seq;
    }

    /// <summary>Takes what was appended since it was last taken; whoever does hands it to <see cref="WriteAsync"/>.</summary>
    public IReadOnlyList<StoredChange> Take()
    {
        var taken = _appended;
        _appended = [];
        return taken;
    }

    /// <summary>Writes what was taken; more may be appended meanwhile.</summary>
    public Task WriteAsync(IReadOnlyList<StoredChange> taken) => s_changes.InsertAsync(_transaction, taken);

    /// <summary>Writes what was appended, and the chain's new end; to be called once, after the last <see cref="Append"/>.</summary>
    public async Task CloseAsync()
    {
        await WriteAsync(Take());
        if (Seq > _openedAt)
        {
            await _transaction.Connection!.ExecuteAsync(MoveEnd, new { seq = Seq, hash = Hash, time = _time }, _transaction);
        }
    }

    private sealed class ChainEnd
    {
        public long Seq { get; init; }

        public byte[] Hash { get; init; } = [];

        public long Time { get; init; }

        public long Held { get; init; }

        public long? SeenSeq { get; init; }
    }
}
