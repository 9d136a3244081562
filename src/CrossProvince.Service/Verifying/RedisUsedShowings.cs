using System.Data.Common;
using System.Text;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using StackExchange.Redis;

namespace CrossProvince.Service.Verifying;

/// <summary>Used showings in the Redis that all nodes of the region share.</summary>
/// <remarks>
/// One script, atomic on the server, reads or sets the epoch and claims. The epoch names the server process that it was made in, and how
/// many keys that process had thrown out for want of memory: one that was flushed, restarted, replaced by its replica, or that threw out
/// a key has no epoch or another one, and a new epoch begins before anything is claimed from it.
/// </remarks>
internal sealed class RedisUsedShowings(SharedCache cache, RegionCode own, TrustedClock clock) : CachedUsedShowings(clock)
{
    private const int DigestBytes = 16;

    /// <summary>KEYS: epoch, showing. ARGV: now, how long codes made before an epoch live, what to claim or empty, how long it is kept; all in seconds.</summary>
    private const string Script = """
        local memory = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') .. ' ' .. string.match(redis.call('INFO', 'stats'), 'evicted_keys:(%d+)')
        local since, of = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%x+ %d+)$')
        if since == nil or of ~= memory then
            since = ARGV[1]
            redis.call('SET', KEYS[1], since .. ' ' .. memory)
        end
        local young = tonumber(ARGV[1]) < tonumber(since) + tonumber(ARGV[2])
        local held = redis.call('GET', KEYS[2])
        if not held and not young and ARGV[3] ~= '' then
            redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4])
            held = ARGV[3]
        end
        return {young and 1 or 0, held or ''}
        """;

    public override Task<UseState[]> ClaimAsync(IReadOnlyList<ShowingUse> uses) => Task.WhenAll(uses.Select(use => AskAsync(use, claim: true)));

    public override Task<UseState> LookAsync(ShowingUse use) => AskAsync(use, claim: false);

    /// <summary>Redis forgets by itself.</summary>
    public override Task ForgetAsync(DbTransaction transaction, long nowUnixSeconds) => Task.CompletedTask;

    private async Task<UseState> AskAsync(ShowingUse use, bool claim)
    {
        var now = NowUnixSeconds;
        try
        {
            var answer = await cache.AskAsync(redis => redis.ScriptEvaluateAsync(
                Script,
                [CacheKeys.Epoch(own), CacheKeys.Used(own, use.Region, use.Showing)],
                [now, ShowingUse.KeptSeconds, claim ? Encode(use) : RedisValue.EmptyString, Math.Max(1, use.KeptUntil - now)]));
            return ((RedisValue[])answer!) is [var young, var held] ? Judge(use, (byte[])held!, isYoung: (int)young == 1) : UseState.Unknown;
        }
        catch (CacheAwayException)
        {
            return UseState.Unknown;
        }
    }

    private static UseState Judge(ShowingUse use, ReadOnlySpan<byte> held, bool isYoung)
    {
        if (held.IsEmpty)
        {
            return isYoung ? UseState.Unknown : UseState.Unused;
        }

        // Whatever else stands there means that the showing was used.
        var mine = Encode(use);
        return held.SequenceEqual(mine) ? UseState.Unused
            : held.StartsWith(mine.AsSpan(0, DigestBytes)) ? UseState.UsedByOwner
            : UseState.UsedByAnother;
    }

    /// <summary>Owner and verification, 16 bytes each: what must be compared later, and no more of it.</summary>
    private static byte[] Encode(ShowingUse use) =>
        [.. Sm3.Hash(Encoding.UTF8.GetBytes(use.Owner)).AsSpan(0, DigestBytes), .. Sm3.Hash(Encoding.UTF8.GetBytes(use.VerificationId)).AsSpan(0, DigestBytes)];
}
