using System.Collections.Concurrent;
using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Federation.Following;

/// <summary>Follows every other region of the trust list, each by itself, so that a slow partner slows only itself. Whatever fails, the last good copy stays and grows old.</summary>
internal sealed partial class IndexFollowing : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>Places are written and read, and partners asked which head of the own region they hold, more rarely: it changes nothing but after a restore or a fork.</summary>
    private const int IntervalsAPlace = 2;
    private const int IntervalsAQuestion = 10;
    private static readonly TimeSpan s_questionLimit = TimeSpan.FromSeconds(5);

    private readonly NodeSettings _node;
    private readonly TrustSource _trust;
    private readonly LicenceIndex _index;
    private readonly PublishedIndexes _published;
    private readonly SharedIndexReader _stored;
    private readonly FollowedRegions _followed;
    private readonly TrustedClock _clock;
    private readonly RegionHttp _http;
    private readonly SeenHeads _seen;
    private readonly VerifyingMetrics _alarms;
    private readonly FollowingMetrics _metrics;
    private readonly FeedHealth _health;
    private readonly ILogger<IndexFollowing> _logger;
    private readonly ConcurrentDictionary<RegionCode, RegionFollower> _followers = new();

    public IndexFollowing(
        NodeSettings node, TrustSource trust, LicenceIndex index, PublishedIndexes published, SharedIndexReader stored, FollowedRegions followed, TrustedClock clock, RegionHttp http, SeenHeads seen,
        VerifyingMetrics alarms, FollowingMetrics metrics, FeedHealth health, ILogger<IndexFollowing> logger)
    {
        (_node, _trust, _index, _published, _stored, _followed, _clock) = (node, trust, index, published, stored, followed, clock);
        (_http, _seen, _alarms, _metrics, _health, _logger) = (http, seen, alarms, metrics, health, logger);
        metrics.Observe(() => _followers.Select(pair => (pair.Key, pair.Value.Behind)));
    }

    private IEnumerable<TrustedRegion> Others => _trust.List.Regions.Where(region => region.Code != _node.Region);

    /// <summary>Takes over what the shared cache keeps, before the node answers anything: a region that is away now need not have been followed by this process.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryAsync(() => _followed.LoadAsync(cancellationToken));
        foreach (var region in Others)
        {
            var copy = Add(region);
            if (await _stored.ReadAsync(region.Code) is { } found)
            {
                copy.Take(found);
            }
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = new Dictionary<RegionCode, Task>();
        for (var turn = 0; !stoppingToken.IsCancellationRequested; turn++)
        {
            foreach (var region in Others.Where(region => !loops.ContainsKey(region.Code)))
            {
                Add(region);
                loops.Add(region.Code, Task.WhenAll(_followers[region.Code].RunAsync(stoppingToken), WatchForeverAsync(region.Code, stoppingToken)));
            }

            if (turn % IntervalsAPlace == 0)
            {
                await TryAsync(() => _followed.RefreshAsync(stoppingToken));
            }

            await Task.Delay(s_interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(loops.Values);
        await TryAsync(() => _followed.RefreshAsync(CancellationToken.None));
    }

    private RegionCopy Add(TrustedRegion region)
    {
        var copy = new RegionCopy(region, _index, _published, _followed, _trust, _clock, _alarms, _metrics, _logger);
        _followers.TryAdd(region.Code, new RegionFollower(region.Code, copy, _followed, _trust, _http, _metrics, _health, _logger));
        return copy;
    }

    /// <summary>Holds the copy's memory against its hashes, and asks the region which head of this one it holds.</summary>
    private async Task WatchForeverAsync(RegionCode region, CancellationToken stopping)
    {
        for (var turn = 0; !stopping.IsCancellationRequested; turn++)
        {
            CheckMemory(region);
            if (turn % IntervalsAQuestion == 0 && _trust.List.FindRegion(region) is { } trusted)
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                limit.CancelAfter(s_questionLimit);
                await TryAsync(() => _seen.AskAsync(_http.For(trusted), region.ToString(), limit.Token));
            }

            await Task.Delay(s_interval, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Holds some of the copy's memory against its hashes. What was lost comes with the next head, from which it differs.</summary>
    private void CheckMemory(RegionCode region)
    {
        if (_index.Find(region) is { } copy)
        {
            foreach (var (list, chunk) in copy.CheckMemory(MemoryRound.Chunks(copy, s_interval)))
            {
                LogDamaged(region, list, chunk);
                _alarms.Alarm("damaged-memory");
            }
        }
    }

    /// <summary>What the partner or the database does not do now is done later; both say so elsewhere.</summary>
    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException or StorageException or StorageBusyException or DbException)
        {
            return;
        }
        catch (Exception e)
        {
            LogBug(e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Memory was damaged in the copy of region {Region}'s licence index, list {List}, chunk {Chunk}: its licences are UNDETERMINED until it is fetched anew. If this comes again, have this machine's memory tested.")]
    private partial void LogDamaged(RegionCode region, int list, int chunk);

    [LoggerMessage(Level = LogLevel.Error, Message = "Following other regions failed unexpectedly.")]
    private partial void LogBug(Exception exception);
}
