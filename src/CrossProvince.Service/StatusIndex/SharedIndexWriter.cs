using System.Collections.Concurrent;
using System.Security.Cryptography;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Federation.Following;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;

namespace CrossProvince.Service.StatusIndex;

/// <summary>Keeps the indexes that this node holds, its own region's and the others', in the shared cache.</summary>
internal sealed partial class SharedIndexWriter(
    SharedCache cache, Database database, NodeSettings node, TrustSource trust, PublishedIndexes published, FollowedRegions followed, TrustedClock clock, ILogger<SharedIndexWriter> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);

    private readonly string _writer = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private readonly ConcurrentDictionary<RegionCode, SharedIndexPump> _pumps = new();

    /// <summary>How often what is kept is looked at.</summary>
    internal TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (cache.IsConfigured && !stoppingToken.IsCancellationRequested)
        {
            // Side by side: in a cluster they are on several servers, of which one may hang.
            await Task.WhenAll(trust.List.Regions.Select(region => TryWriteAsync(region.Code)));
            await Task.Delay(s_interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Brings the cache up to what this node holds of a region, if it is the one that writes it.</summary>
    internal Task WriteAsync(RegionCode region) => !followed.IsFrozen(region) && published.FindNewest(region) is { } newest
        ? _pumps.GetOrAdd(region, code => new SharedIndexPump(code, _writer, cache, database, node, trust, clock, CheckInterval, logger)).WriteAsync(newest)
        : Task.CompletedTask;

    private async Task TryWriteAsync(RegionCode region)
    {
        try
        {
            await WriteAsync(region);
        }
        catch (CacheAwayException)
        {
            // The cache has said so itself.
        }
        catch (Exception e)
        {
            LogBug(e, region);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Writing the licence index of region {Region} to Redis failed unexpectedly.")]
    private partial void LogBug(Exception exception, RegionCode region);
}
