using System.Threading.RateLimiting;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Verifying;

/// <summary>Limits how often one person may verify with a holder's token: 30 codes a minute.</summary>
internal sealed class PersonLimiter : IDisposable
{
    private const int PerMinute = 30;

    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(person => RateLimitPartition.GetTokenBucketLimiter(
        person,
        static _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = PerMinute,
            TokensPerPeriod = PerMinute / 6,
            ReplenishmentPeriod = TimeSpan.FromSeconds(10),
            QueueLimit = 0,
        }));

    /// <exception cref="Grpc.Core.RpcException">RESOURCE_EXHAUSTED, with when to try again.</exception>
    public void Take(string personCode, int requests)
    {
        using var lease = _limiter.AttemptAcquire(personCode, Math.Min(requests, PerMinute));
        if (!lease.IsAcquired)
        {
            throw RpcErrors.ResourceExhausted("One person may verify 30 codes a minute.", TimeSpan.FromSeconds(10));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();
}
