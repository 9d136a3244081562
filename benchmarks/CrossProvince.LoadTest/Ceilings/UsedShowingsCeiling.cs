using System.Diagnostics;
using System.Globalization;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;
using CrossProvince.LoadTest.Running;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Verifying;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace CrossProvince.LoadTest.Ceilings;

/// <summary>How many showings a second the node's own store can claim in Redis, when nothing else happens.</summary>
internal sealed class UsedShowingsCeiling : IAsyncDisposable
{
    private const int Batch = 100;
    private const int InFlight = 8;
    private const int SkewSeconds = 30;
    private static readonly TimeSpan s_longestStart = TimeSpan.FromSeconds(10);
    private static readonly RegionCode s_issuing = RegionCode.Parse("110000");

    private readonly SharedCache _cache;
    private readonly RedisUsedShowings _store;
    private readonly TrustedClock _clock = new(TimeProvider.System, SkewSeconds);

    /// <param name="redis">Connection string.</param>
    /// <param name="own">The verifying region.</param>
    public UsedShowingsCeiling(string redis, RegionCode own)
    {
        _cache = new SharedCache(redis, own, NullLogger<SharedCache>.Instance);
        _cache.Prepare();
        _store = new RedisUsedShowings(_cache, own, _clock);
    }

    /// <summary>Makes a private Redis one that has remembered for long, as one in life has: a new one must not be believed until older codes have died.</summary>
    /// <param name="redis">Connection string.</param>
    /// <param name="own">The verifying region.</param>
    public static async Task AgeAsync(string redis, RegionCode own)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis);
        var database = connection.GetDatabase();
        await using var store = new UsedShowingsCeiling(redis, own);
        var start = Stopwatch.GetTimestamp();
        string[] epoch;
        do
        {
            // The first question begins the epoch, once it gets through.
            _ = await store._store.LookAsync([]);
            epoch = ((string?)await database.StringGetAsync(CacheKeys.Epoch(own)))?.Split(' ', 2) ?? [];
        }
        while (epoch.Length < 2 && Stopwatch.GetElapsedTime(start) < s_longestStart);

        if (epoch.Length < 2)
        {
            throw new LoadTestException("Redis does not answer the store of used showings: single use cannot be measured.");
        }

        var since = long.Parse(epoch[0], CultureInfo.InvariantCulture) - (2 * ShowingUse.KeptSeconds);
        await database.StringSetAsync(CacheKeys.Epoch(own), $"{since} {epoch[1]}");
    }

    /// <summary>Claims for so long.</summary>
    /// <returns>Showings a second.</returns>
    public async Task<double> MeasureAsync(TimeSpan longest, CancellationToken cancellation)
    {
        var timings = await Pacing.ClosedAsync(_ => ClaimAsync(), InFlight, int.MaxValue, longest, cancellation);
        return timings.PerSecond * Batch;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _cache.DisposeAsync();

    private async Task ClaimAsync()
    {
        var now = _clock.Now();
        var uses = new ShowingUse[Batch];
        for (var i = 0; i < uses.Length; i++)
        {
            uses[i] = new ShowingUse(
                s_issuing, ShowingId.Create(), "urn:crossprovince:120000:verifier:load||load", now.UnixMilliseconds, now.UnixSeconds + ShowingUse.KeptSeconds, Guid.CreateVersion7().ToString("N"));
        }

        foreach (var state in await _store.ClaimAsync(uses))
        {
            if (state != UseState.Unused)
            {
                throw new LoadTestException($"A showing that nobody had used was called {state}: Redis cannot be measured.");
            }
        }
    }
}
