using System.Net;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;

namespace CrossProvince.Service.StatusIndex;

/// <summary>Holds every head of the own region that is found anywhere against the database: in this node's own file, in Redis, at partners (docs/adr/0041).</summary>
/// <remarks>
/// A head is signed by this region's index key over what was committed. One whose change the database does not have, or has with another hash, says that the database was put back to an
/// earlier time, or runs twice. Redis or a partner that is behind says nothing: the database has what they have.
/// </remarks>
internal sealed partial class SeenHeads(
    Database database, GroupCommit commits, NodeSettings node, TrustSource trust, TrustedClock clock, SharedCache cache, RegionHttp http, ILogger<SeenHeads> logger)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly string _file = Path.Combine(node.SpoolFolder(database), "published-head");
    private long _written;
    private volatile ChainState? _state;

    /// <summary>What is withheld now; null before the chain was read.</summary>
    public ChainState? State => _state;

    /// <summary>Whether heads may be signed.</summary>
    public bool MayPublish => _state is { Hold: ChainHold.None };

    /// <summary>Asks everywhere at once, before anything is published. Who does not answer within two seconds is asked again while the node runs.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        await TakeAsync(ReadFile(), "this node's own file");
        await TakeAsync(await ReadCacheAsync(), "Redis");
        await Task.WhenAll(trust.List.Regions.Where(region => region.Code != node.Region).Select(async region =>
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(s_patience);
            try
            {
                await AskAsync(http.For(region), region.Code.ToString(), patience.Token);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !cancellation.IsCancellationRequested)
            {
                // It is asked again every few seconds.
            }
        }));
    }

    /// <summary>Asks a partner for the head of this region that it holds.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    /// <exception cref="StorageException">The database is away.</exception>
    public async Task AskAsync(HttpClient partner, string name, CancellationToken cancellation)
    {
        using var response = await partner.GetAsync(new Uri($"v1/heads/{node.Region}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (response.StatusCode == HttpStatusCode.OK && response.Content.Headers.ContentLength is <= StatusHeadDocument.MaxBytes)
        {
            await TakeAsync(await response.Content.ReadAsByteArrayAsync(cancellation), name);
        }
    }

    /// <summary>Reads how the chain stands, and lets go of what was withheld for nothing.</summary>
    /// <param name="connection">Open.</param>
    /// <param name="seq">The last change held in memory.</param>
    public async Task<ChainState> ReadStateAsync(System.Data.Common.DbConnection connection, long seq)
    {
        var state = await ChainState.ReadAsync(connection, seq);
        if (state is { Hold: not ChainHold.None, HasSeen: true })
        {
            // A copy that lagged behind, and has caught up.
            await commits.RunAsync(transaction => ChainState.ReleaseAsync(transaction, ChainHold.None));
            state = state with { Hold = ChainHold.None };
        }

        if (_state is { Hold: not ChainHold.None } && state.Hold == ChainHold.None)
        {
            LogReleased(state.Seq);
        }

        return _state = state;
    }

    /// <summary>Withholds everything for a head that the database does not know, unless it is known to be lost.</summary>
    public async Task HoldAsync(long seq, ReadOnlyMemory<byte> hash, string source)
    {
        var state = await commits.RunAsync(async transaction =>
        {
            var before = await ChainState.ReadAsync(transaction.Connection!, seq, transaction);
            if (seq <= before.Settled || (before.HashAt is { } stored && hash.Span.SequenceEqual(stored)))
            {
                return before;
            }

            await ChainState.HoldAsync(transaction, seq, hash.ToArray());
            return await ChainState.ReadAsync(transaction.Connection!, seq, transaction);
        });
        if (state.Hold != ChainHold.None && (_state is null or { Hold: ChainHold.None } || _state.Seen < state.Seen))
        {
            LogBehind(state.Seq, state.Seen, source);
        }

        _state = state;
    }

    /// <summary>Remembers in a file of this node's what it has published; losing it costs one witness of several.</summary>
    public void Remember(long seq, byte[] document)
    {
        if (seq <= _written)
        {
            return;
        }

        try
        {
            var next = $"{_file}.new";
            File.WriteAllBytes(next, document);
            File.Move(next, _file, overwrite: true);
            _written = seq;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Redis and partners know it as well.
        }
    }

    private async Task TakeAsync(byte[]? document, string source)
    {
        if (document is null)
        {
            return;
        }

        StatusHead head;
        try
        {
            head = StatusHeadDocument.Open(document, trust.List, node.Region, clock.Now().UnixSeconds);
        }
        catch (StatusDocumentException)
        {
            // Nothing that this region signed.
            return;
        }

        await using var connection = await database.OpenAsync(CancellationToken.None);
        var state = await ChainState.ReadAsync(connection, head.Seq);
        if (head.Seq > state.Settled && !(state.HashAt is { } stored && head.Hash.Span.SequenceEqual(stored)))
        {
            await HoldAsync(head.Seq, head.Hash, source);
        }
    }

    private byte[]? ReadFile()
    {
        try
        {
            return File.Exists(_file) ? File.ReadAllBytes(_file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private async Task<byte[]?> ReadCacheAsync()
    {
        try
        {
            return cache.IsConfigured ? (byte[]?)await cache.AskAsync(redis => redis.StringGetAsync(CacheKeys.Head(node.Region))) : null;
        }
        catch (CacheAwayException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The database ends at change {Seq}, but a head of this region up to change {Seen} was seen ({Source}): it was restored from an older backup, or runs twice. Nothing is changed or published until 'crossprovince status resume' says how to go on; see \"Backup\" in docs/operations.md.")]
    private partial void LogBehind(long seq, long seen, string source);

    [LoggerMessage(Level = LogLevel.Information, Message = "The region's chain goes on: it is changed and published again, after change {Seq}.")]
    private partial void LogReleased(long seq);
}
