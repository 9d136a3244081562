using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Federation.Following;
using CrossProvince.Service.Recording;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CrossProvince.Service.Hosting;

/// <summary>Whether this node can answer counters: it can record, its own index is fresh and its trust list usable.</summary>
/// <remarks>A node without its database is Degraded, and not taken out of service: it goes on verifying codes of other regions, and grows stale only because nobody publishes.</remarks>
internal sealed class ReadinessCheck(NodeSettings node, Database database, VerificationSpool spool, SharedCache cache, LicenceIndex index, TrustSource trust, SeenHeads seen, FollowedRegions followed, TrustedClock clock) : IHealthCheck
{
    public const string Tag = "ready";

    /// <summary>Age of a record in the spool from which the database is said to lag.</summary>
    private static readonly TimeSpan s_longestBacklog = TimeSpan.FromMinutes(1);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var now = clock.Now();
        var own = index.Find(node.Region);
        var freshness = trust.Freshness(now.UnixSeconds);
        var result = spool.Refusing is { } fault && !node.Options.Recording.ContinueUnrecorded ? HealthCheckResult.Unhealthy(fault == SpoolFault.Full
                ? "The spool of records is full: nothing can be recorded."
                : "The spool of records cannot be written: nothing can be recorded.")
            : seen.State is { Hold: not ChainHold.None } behind ? HealthCheckResult.Degraded(
                $"The database ends at change {behind.Seq}, but change {behind.Seen} was published: nothing is changed or published until 'crossprovince status resume' says how to go on.")
            : own is null or { AsOfMs: 0 } ? HealthCheckResult.Unhealthy("The own licence index is not loaded.")
            : now.ClockBehind ? HealthCheckResult.Unhealthy("The system clock is behind signed times.")
            : freshness.TooOld ? HealthCheckResult.Unhealthy("The trust list expired more than seven days ago.")
            : database.IsAway ? HealthCheckResult.Degraded("The database cannot be used: single use and the own region's codes are undetermined, and nothing is shown or changed.")
            : now.UnixMilliseconds - own.AsOfMs > node.Options.Freshness.Soft.TotalMilliseconds ? HealthCheckResult.Unhealthy("The own licence index is stale.")
            : cache.IsAway ? HealthCheckResult.Degraded(node.Options.SingleUse.Store == UsedShowingsStore.Cache
                ? "Redis cannot be used: single-use scenarios answer USE_NOT_CHECKED."
                : "Redis cannot be used: the node goes on without it.")
            : spool.Refusing is not null ? HealthCheckResult.Degraded("Verifications go unrecorded.")
            : spool.BacklogAge > s_longestBacklog ? HealthCheckResult.Degraded("Records wait in the spool for more than a minute: the database does not take them.")
            : followed.Frozen().FirstOrDefault() is { Seq: > 0 } forked ? HealthCheckResult.Degraded(
                $"Region {forked.Region} has signed two histories of its change {forked.Seq}: it is followed no further until 'crossprovince status settle --partner {forked.Region}' says which holds.")
            : freshness.Expired ? HealthCheckResult.Degraded("The trust list has expired.")
            : HealthCheckResult.Healthy();
        return Task.FromResult(result);
    }
}
