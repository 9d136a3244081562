using System.Net;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;

namespace CrossProvince.Service.Federation.Trusting;

/// <summary>Looks for newer trust lists: in the file and the database, at the URL, at partners, each by itself; and for the node's keys whose turn has come.</summary>
internal sealed partial class TrustRefresh : BackgroundService
{
    private static readonly TimeSpan s_watchInterval = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause between two attempts that fail.</summary>
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(15);

    private readonly NodeSettings _node;
    private readonly TrustSource _trust;
    private readonly OwnKeys _keys;
    private readonly RegionHttp _http;
    private readonly TrustVoice _voice;
    private readonly TrustMetrics _metrics;
    private readonly ILogger<TrustRefresh> _logger;
    private readonly TimeSpan _interval;
    private string? _urlTag;
    private int _nextPartner;
    private string? _problem;

    public TrustRefresh(NodeSettings node, TrustSource trust, OwnKeys keys, RegionHttp http, TrustVoice voice, TrustMetrics metrics, ILogger<TrustRefresh> logger)
    {
        (_node, _trust, _keys, _http, _voice, _metrics, _logger) = (node, trust, keys, http, voice, metrics, logger);
        _interval = node.Options.Trust.RefreshInterval;
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await _trust.BeginAsync();
        _keys.Watch();
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        WatchAsync(stoppingToken),
        RepeatAsync(LookHereAsync, _interval, stoppingToken),

        // A node that was down for long asks at once what has become of the keys that it knows.
        _node.TrustUrl is { } url ? FetchAsync(url, stoppingToken) : Task.CompletedTask,
        _node.Options.Trust.AskPartners ? RepeatAsync(AskPartnerAsync, TimeSpan.Zero, stoppingToken) : Task.CompletedTask);

    /// <summary>How long to wait after so many failures, or none: nodes that were started together do not stay together, and a source that is away is not asked every time.</summary>
    internal static TimeSpan PauseAfter(int failures, TimeSpan interval)
    {
        var longest = interval > s_longestPause ? interval : s_longestPause;
        var pause = interval * Math.Pow(2, Math.Min(failures, 10));
        return (pause < longest ? pause : longest) * (0.9 + (Random.Shared.NextDouble() / 5));
    }

    private async Task WatchAsync(CancellationToken stopping)
    {
        while (await WaitAsync(s_watchInterval, stopping))
        {
            _keys.Watch();
        }
    }

    /// <summary>Does something at every interval, and more rarely while it fails.</summary>
    private async Task RepeatAsync(Func<CancellationToken, Task<bool>> work, TimeSpan first, CancellationToken stopping)
    {
        var failures = 0;
        for (var pause = first; await WaitAsync(pause, stopping); pause = PauseAfter(failures, _interval))
        {
            try
            {
                failures = await work(stopping) ? 0 : failures + 1;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                failures++;
                LogBug(e);
            }
        }
    }

    /// <summary>Both are at hand, and are looked at every time.</summary>
    private async Task<bool> LookHereAsync(CancellationToken cancellation)
    {
        var isNewest = await _trust.ReadFileAsync();
        try
        {
            await _trust.SyncAsync(cancellation);
        }
        catch (Exception e) when (e is StorageException or System.Data.Common.DbException)
        {
            // The database says so itself.
        }

        if (isNewest && _node.TrustUrl is null)
        {
            _trust.Checked();
        }

        _keys.Reload();
        _voice.Watch(_trust.List);
        return true;
    }

    private async Task FetchAsync(Uri url, CancellationToken stopping)
    {
        using var client = new HttpClient(new ConnectionFailures(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            UseCookies = false,
        }))
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        await RepeatAsync(cancellation => LookThereAsync(client, url, cancellation), TimeSpan.Zero, stopping);
    }

    private async Task<bool> LookThereAsync(HttpClient client, Uri url, CancellationToken cancellation)
    {
        var download = new TrustDownload(client, url, _urlTag);
        if (await TryFetchAsync(() => download, TrustOrigin.Url, cancellation) is not { } taking)
        {
            return false;
        }

        // Only of a list that was accepted: what was refused is fetched and refused again, until it changes there.
        _urlTag = taking is TrustTaking.New or TrustTaking.Same ? download.EntityTag : null;
        return taking is TrustTaking.New or TrustTaking.Same;
    }

    private async Task<bool> AskPartnerAsync(CancellationToken cancellation)
    {
        var others = _trust.List.Regions.Where(region => region.Code != _node.Region).ToList();
        if (others.Count == 0)
        {
            return true;
        }

        var partner = others[(int)((uint)_nextPartner++ % (uint)others.Count)];
        await TryFetchAsync(
            () => new TrustDownload(_http.For(partner), new Uri(TrustEndpoint.Path.TrimStart('/'), UriKind.Relative), TrustSource.EntityTagOf(_trust.Document.Span)), TrustOrigin.Partner, cancellation);

        // The next is asked after the usual interval: it may be well.
        return true;
    }

    /// <returns>What became of what is there; null when it could not be fetched.</returns>
    private async Task<TrustTaking?> TryFetchAsync(Func<TrustDownload> begin, TrustOrigin origin, CancellationToken cancellation)
    {
        try
        {
            var document = await begin().FetchAsync(cancellation);
            var taking = document is null ? TrustTaking.Same : await _trust.TakeAsync(document, origin);
            if (taking is TrustTaking.New or TrustTaking.Same && (origin == TrustOrigin.Url || _node.TrustUrl is null))
            {
                // Where there is a URL, no partner can say that nothing is newer there.
                _trust.Checked();
            }

            _metrics.Fetched(origin, taking);
            if (origin == TrustOrigin.Url)
            {
                _problem = null;
            }

            return taking;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or ObjectDisposedException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // A partner may be revoked, and its connections closed, at any time.
            _metrics.NotFetched(origin);
            if (origin == TrustOrigin.Url && _problem != e.Message)
            {
                _problem = e.Message;
                LogNotFetched(e.Message);
            }

            return null;
        }
    }

    private static async Task<bool> WaitAsync(TimeSpan time, CancellationToken stopping)
    {
        await Task.Delay(time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stopping.IsCancellationRequested;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The trust list cannot be fetched from Trust:Url; the one in use stays, and it is tried again more and more rarely, every quarter of an hour at least. {Problem}")]
    private partial void LogNotFetched(string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking for newer trust lists failed unexpectedly.")]
    private partial void LogBug(Exception exception);
}
