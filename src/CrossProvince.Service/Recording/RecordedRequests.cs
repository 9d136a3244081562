using System.Buffers.Binary;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.Recording;

/// <summary>Which requests may be in the database's records of the last minutes, so that it need not be asked for those that are not: nearly all (docs/adr/0070).</summary>
/// <remarks>
/// Whoever drains records adds their requests here first, and then writes their keys, 8 bytes each, a row a batch, in the transaction of the records. Every node reads the rows of the others, five
/// times a second; each writer numbers its batches, and writes one at a time, so that none is passed over. A node that could not read for a while takes every request for one that may be there.
/// </remarks>
internal sealed class RecordedRequests : IAsyncDisposable
{
    /// <summary>Rows are needed for as long as a node that starts must know of requests.</summary>
    private const long KeptMilliseconds = 1_200_000;

    private const int KeyBytes = 8;
    private const int Page = 200;
    private const int LongestText = 512;

    private const string Forget = "DELETE FROM recorded_requests WHERE written_at < @before";

    /// <summary>What was read longer ago than this counts for nothing.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly RequestFilter _filter;
    private readonly string _writer = Guid.NewGuid().ToString("N");
    private readonly string _insert;
    private readonly string _read;
    private readonly Dictionary<string, long> _known = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;
    private long _batch;
    private volatile bool _hasRead;
    private long _readAt;

    /// <summary>Knows nothing, and says so, until <see cref="Start"/>.</summary>
    /// <param name="database">The database that the nodes of the region share.</param>
    /// <param name="time">Measures minutes.</param>
    public RecordedRequests(Database database, TimeProvider time)
    {
        (_database, _time, _filter) = (database, time, new RequestFilter(time));
        _insert = $"INSERT INTO recorded_requests (writer, batch, written_at, keys) VALUES (@writer, @batch, {database.Clock}, @keys)";

        // From writer to writer by the index, and of each only what is new.
        _read = $"""
            WITH RECURSIVE writers (writer) AS (
                SELECT MIN(writer) FROM recorded_requests
                UNION ALL
                SELECT (SELECT MIN(n.writer) FROM recorded_requests n WHERE n.writer > w.writer) FROM writers w WHERE w.writer IS NOT NULL)
            SELECT t.writer, t.batch, t.keys FROM writers w JOIN recorded_requests t ON t.writer = w.writer
                AND t.batch > COALESCE((SELECT CAST(r.value ->> 'batch' AS BIGINT) FROM {database.RowsOf("known")} WHERE r.value ->> 'writer' = w.writer), 0)
            ORDER BY t.writer, t.batch LIMIT {Page}
            """;
    }

    /// <summary>Begins to read what others write; the database must have its tables.</summary>
    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Whether a request may be in the database's records. False is certain, but for what another node has written in the last fraction of a second.</summary>
    /// <param name="caller">As in the record.</param>
    /// <param name="requestId">As in the record.</param>
    public bool MayHave(string caller, string requestId)
    {
        if (!IsUpToDate || caller.Length + requestId.Length > LongestText)
        {
            return true;
        }

        Span<byte> text = stackalloc byte[(LongestText * 3) + 1];
        var length = Encoding.UTF8.GetBytes(caller, text);
        text[length++] = 0;
        return _filter.MayContain(KeyOf(text[..(length + Encoding.UTF8.GetBytes(requestId, text[length..]))]));
    }

    /// <summary>Takes in the requests of a batch that is about to be written, and writes their keys for the other nodes.</summary>
    /// <param name="records">The batch.</param>
    /// <param name="transaction">The transaction that writes the records.</param>
    public async Task WriteAsync(RecordBatch records, DbTransaction transaction)
    {
        if (Take(records) is { Length: > 0 } keys)
        {
            await transaction.Connection!.ExecuteAsync(_insert, new { writer = _writer, batch = ++_batch, keys }, transaction);
        }
    }

    /// <summary>Forgets what no node needs any more.</summary>
    /// <param name="database">The database.</param>
    /// <param name="transaction">A transaction of housekeeping.</param>
    public static async Task ForgetAsync(Database database, DbTransaction transaction)
    {
        var now = await transaction.Connection!.ExecuteScalarAsync<long>($"SELECT {database.Clock}", transaction: transaction);
        await transaction.Connection!.ExecuteAsync(Forget, new { before = now - KeptMilliseconds }, transaction);
    }

    /// <summary>Reads what other nodes have written since.</summary>
    /// <exception cref="StorageException">The database is away.</exception>
    /// <exception cref="DbException">It failed.</exception>
    internal async Task ReadAsync(CancellationToken cancellation)
    {
        var start = _time.GetTimestamp();
        await using var connection = await _database.OpenAsync(cancellation);
        List<Row> rows;
        do
        {
            var known = JsonSerializer.Serialize(_known.Append(new(_writer, long.MaxValue)).Select(writer => new { writer = writer.Key, batch = writer.Value }));
            rows = (await connection.QueryAsync<Row>(new CommandDefinition(_read, new { known }, cancellationToken: cancellation))).AsList();
            foreach (var row in rows)
            {
                for (var at = 0; at + KeyBytes <= row.Keys.Length; at += KeyBytes)
                {
                    _filter.Add(BinaryPrimitives.ReadUInt64LittleEndian(row.Keys.AsSpan(at)));
                }

                _known[row.Writer] = row.Batch;
            }
        }
        while (rows.Count == Page);
        Volatile.Write(ref _readAt, start);
        _hasRead = true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
    }

    private bool IsUpToDate => _hasRead && _time.GetElapsedTime(Volatile.Read(ref _readAt)) < s_patience;

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await ReadAsync(_stopping.Token);
            }
            catch (Exception e) when (e is StorageException or DbException or TimeoutException or IOException or OperationCanceledException)
            {
                // The database says so itself; meanwhile it is asked for each request.
            }

            await Task.Delay(s_interval, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Adds the requests of a batch before the batch can be in the database and out of the spool.</summary>
    /// <returns>Their keys.</returns>
    private byte[] Take(RecordBatch records)
    {
        var keys = new byte[records.Count * KeyBytes];
        var length = 0;
        Span<byte> text = stackalloc byte[1_024];
        for (var i = 0; i < records.Count; i++)
        {
            if (RecordFormat.TryReadRequest(records.Row(i), out var caller, out var requestId))
            {
                var all = caller.Length + 1 + requestId.Length;
                var joined = all <= text.Length ? text[..all] : new byte[all];
                caller.CopyTo(joined);
                joined[caller.Length] = 0;
                requestId.CopyTo(joined[(caller.Length + 1)..]);
                var key = KeyOf(joined);
                _filter.Add(key);
                BinaryPrimitives.WriteUInt64LittleEndian(keys.AsSpan(length), key);
                length += KeyBytes;
            }
        }

        return keys[..length];
    }

    /// <summary>The first 8 bytes of the SHA-256 of caller and request id: the same at all nodes, and nothing that a caller could choose.</summary>
    private static ulong KeyOf(ReadOnlySpan<byte> callerAndRequest)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(callerAndRequest, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    private sealed class Row
    {
        public string Writer { get; init; } = "";

        public long Batch { get; init; }

        public byte[] Keys { get; init; } = [];
    }
}
