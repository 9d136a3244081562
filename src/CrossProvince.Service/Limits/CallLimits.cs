using System.Net;
using System.Threading.RateLimiting;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using Grpc.Core;

namespace CrossProvince.Service.Limits;

/// <summary>Keeps one caller from taking what others need: a bucket of calls and a number of places for each organisation, person and stranger.</summary>
/// <remarks>Unary calls and batches are refused when the bucket is empty, with when to try again; streams are slowed instead.</remarks>
internal sealed class CallLimits : IDisposable
{
    /// <summary>Buckets are filled in steps of this length.</summary>
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(100);

    /// <summary>After which a stream that waits asks again.</summary>
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(10);

    /// <summary>A bucket that holds less would never take one.</summary>
    private const int LargestBatch = 1_000;

    private readonly LimitsOptions _limits;
    private readonly DailyQuotas _days;

    private readonly PartitionedRateLimiter<CallerKey> _calls;
    private readonly PartitionedRateLimiter<CallerKey> _places;
    private readonly PartitionedRateLimiter<CallerKey> _personCodes;

    public CallLimits(NodeSettings node, DailyQuotas days)
    {
        (_limits, _days) = (node.Options.Limits, days);
        _calls = Partition(key => new TokenBucketRateLimiter(Bucket(_limits, key)));
        _places = Partition(key => new ConcurrencyLimiter(Places(_limits, key)));
        _personCodes = Partition(_ => new TokenBucketRateLimiter(PersonBucket(_limits.PersonCodesPerMinute)));
    }

    /// <summary>Lets one call in.</summary>
    /// <param name="caller">Who calls, or nobody known.</param>
    /// <param name="address">From where; only strangers are told apart by it.</param>
    /// <returns>The call's place, to be given back when it ends.</returns>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED, with when to try again.</exception>
    public IDisposable Enter(Caller caller, IPAddress? address)
    {
        var key = CallerKey.Of(caller, address);
        using var taken = _calls.AttemptAcquire(key);
        if (!taken.IsAcquired)
        {
            throw TooFast(taken);
        }

        var place = _places.AttemptAcquire(key);
        if (!place.IsAcquired)
        {
            place.Dispose();
            throw RpcErrors.ResourceExhausted(
                "TOO_MANY_CALLS", "同时进行的调用过多，请等部分调用结束后再试。", "Too many calls of this caller are under way: try again when some have ended.", TimeSpan.FromSeconds(1));
        }

        try
        {
            _days.Take(caller, 1);
            return place;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>Takes the codes of a call that has been let in, all or none; the call itself has paid for the first.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED, with when to try again; INVALID_ARGUMENT when so many are never taken at once.</exception>
    public void Take(Caller caller, int codes)
    {
        var key = CallerKey.Of(caller, null);
        if (caller.Role == CallerRole.Holder)
        {
            var most = _limits.PersonCodesPerMinute;
            if (codes > most)
            {
                throw RpcErrors.InvalidArgument("requests", $"个人一次最多核验 {most} 个码。", $"may have at most {most} entries from a person.");
            }

            using var person = _personCodes.AttemptAcquire(key, codes);
            if (!person.IsAcquired)
            {
                throw RpcErrors.ResourceExhausted(
                    "PERSON_CODES", $"个人每分钟最多核验 {most} 个码，请稍后再试。", $"One person may verify {most} codes a minute: try again later.", RetryAfter(person));
            }

            return;
        }

        if (codes > 1)
        {
            using var lease = _calls.AttemptAcquire(key, codes - 1);
            if (!lease.IsAcquired)
            {
                throw TooFast(lease);
            }

            _days.Take(caller, codes - 1);
        }
    }

    /// <summary>Waits until codes of a stream may be taken up.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: the day's quota is used up, which is not waited for.</exception>
    public async Task WaitAsync(Caller caller, int codes, CancellationToken cancellation)
    {
        _days.Take(caller, codes);
        var key = CallerKey.Of(caller, null);
        var (limiter, most) = caller.Role == CallerRole.Holder ? (_personCodes, _limits.PersonCodesPerMinute) : (_calls, codes);
        while (codes > 0)
        {
            var part = Math.Min(codes, most);
            using var lease = limiter.AttemptAcquire(key, part);
            if (lease.IsAcquired)
            {
                codes -= part;
            }
            else
            {
                await Task.Delay(TimeSpan.FromTicks(Math.Min(RetryAfter(lease).Ticks, s_longestWait.Ticks)), cancellation);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _calls.Dispose();
        _places.Dispose();
        _personCodes.Dispose();
    }

    /// <summary>One limiter for each key; its buckets are filled by one timer for all.</summary>
    private static PartitionedRateLimiter<CallerKey> Partition(Func<CallerKey, RateLimiter> make) =>
        PartitionedRateLimiter.Create<CallerKey, CallerKey>(key => RateLimitPartition.Get(key, make));

    private static RpcException TooFast(RateLimitLease lease) => RpcErrors.ResourceExhausted(
        "RATE_LIMITED", "调用过于频繁，请稍后再试。", "Too many calls of this caller in a short time: try again later, more slowly.", RetryAfter(lease));

    private static TimeSpan RetryAfter(RateLimitLease lease) =>
        lease.TryGetMetadata(MetadataName.RetryAfter, out var after) && after > s_step ? after : s_step;

    private static TokenBucketRateLimiterOptions Bucket(LimitsOptions limits, CallerKey key)
    {
        var (usual, usualBurst) = key.Kind switch
        {
            CallerKind.Node => (limits.Node.PerSecond, limits.Node.Burst),
            CallerKind.Organisation => (limits.Organisation.PerSecond, limits.Organisation.Burst),
            CallerKind.Person => (limits.Person.PerSecond, limits.Person.Burst),
            _ => (limits.Stranger.PerSecond, limits.Stranger.Burst),
        };
        var perSecond = key.Agreed?.PerSecond ?? usual;
        var burst = key.Agreed?.Burst ?? (key.Agreed?.PerSecond is { } agreed ? Math.Max(LargestBatch, 2 * agreed) : usualBurst);
        var step = perSecond >= 10 ? s_step : TimeSpan.FromSeconds(1);
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            TokensPerPeriod = perSecond >= 10 ? perSecond / 10 : perSecond,
            ReplenishmentPeriod = step,
            AutoReplenishment = false,
            QueueLimit = 0,
        };
    }

    private static TokenBucketRateLimiterOptions PersonBucket(int perMinute) => new()
    {
        TokenLimit = perMinute,
        TokensPerPeriod = 1,
        ReplenishmentPeriod = TimeSpan.FromMinutes(1) / perMinute,
        AutoReplenishment = false,
        QueueLimit = 0,
    };

    private static ConcurrencyLimiterOptions Places(LimitsOptions limits, CallerKey key) => new()
    {
        PermitLimit = key.Agreed?.Calls ?? key.Kind switch
        {
            CallerKind.Node => limits.Node.Calls,
            CallerKind.Organisation => limits.Organisation.Calls,
            CallerKind.Person => limits.Person.Calls,
            _ => limits.Stranger.Calls,
        },
        QueueLimit = 0,
    };

    private enum CallerKind
    {
        Stranger,
        Node,
        Organisation,
        Person,
    }

    /// <summary>Who shares a bucket. A person is named by a pseudonym. What is agreed with a partner belongs to it: with another agreement begins another bucket.</summary>
    private readonly record struct CallerKey(CallerKind Kind, string Name, PartnerLimits? Agreed = null)
    {
        public static CallerKey Of(Caller caller, IPAddress? address) => caller.Role switch
        {
            CallerRole.None => new(CallerKind.Stranger, address?.ToString() ?? ""),
            CallerRole.Node => new(CallerKind.Node, caller.Uri, caller.Limits),
            CallerRole.Holder => new(CallerKind.Person, caller.Uri),
            _ => new(CallerKind.Organisation, caller.Organisation, caller.Limits),
        };
    }
}
