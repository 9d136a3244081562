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
/// One script for a whole group, atomic on the server, reads or sets the epoch and claims one use after the other. The epoch names the reign that it was made in,
/// which is the server's replication id, and how many keys its process had thrown out for want of memory. A server that was started again draws an id, and so does a replica that becomes master, even one that
/// was master before: one that was flushed, restarted, replaced by its replica, given the keys of another, or that threw out a key has no epoch or another one, and a new epoch begins before anything is claimed
/// from it. What was used before an epoch is forgotten: until all codes made before have died nothing is claimed, and only what is known to be used is answered.
/// </remarks>
internal sealed class RedisUsedShowings(SharedCache cache, RegionCode own, TrustedClock clock) : UsedShowings
{
    private const int DigestBytes = 16;

    /// <summary>
    /// KEYS: epoch, then the showings. ARGV: now, how long codes made before an epoch live, then for each showing what to claim or empty, and how long it is kept;
    /// all in seconds. Answers whether the epoch is young, then what stands at each showing: empty where nothing does, nil where something does that is no use.
    /// </summary>
    private const string Script = """
        local reign = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
        local memory = reign .. ' ' .. string.match(redis.call('INFO', 'stats'), 'evicted_keys:(%d+)')
        local since, of = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%x+ %d+)$')
        if since == nil or of ~= memory then
            since = ARGV[1]
            redis.call('SET', KEYS[1], since .. ' ' .. memory)
        end
        local young = tonumber(ARGV[1]) < tonumber(since) + tonumber(ARGV[2])
        local answer = {young and 1 or 0}
        for i = 2, #KEYS do
            local held = redis.pcall('GET', KEYS[i])
            if type(held) == 'table' then
                held = false
            elseif not held and not young and ARGV[i * 2 - 1] ~= '' then
                held = ARGV[i * 2 - 1]
                redis.call('SET', KEYS[i], held, 'EX', ARGV[i * 2])
            else
                held = held or ''
            end
            answer[i] = held
        end
        return answer
        """;

    public override Task<UseState[]> ClaimAsync(IReadOnlyList<ShowingUse> uses) => AskAsync(uses, claim: true);

    public override Task<UseState[]> LookAsync(IReadOnlyList<ShowingUse> uses) => AskAsync(uses, claim: false);

    /// <summary>Redis forgets by itself.</summary>
    public override Task ForgetAsync(DbTransaction transaction, long nowUnixSeconds) => Task.CompletedTask;

    private async Task<UseState[]> AskAsync(IReadOnlyList<ShowingUse> uses, bool claim)
    {
        var now = clock.Now().UnixSeconds;
        var mine = uses.Select(Encode).ToArray();
        var keys = new RedisKey[1 + uses.Count];
        var values = new RedisValue[2 + (2 * uses.Count)];
        keys[0] = CacheKeys.Epoch(own);
        (values[0], values[1]) = (now, ShowingUse.KeptSeconds);
        for (var i = 0; i < uses.Count; i++)
        {
            keys[1 + i] = CacheKeys.Used(own, uses[i].Region, uses[i].Showing, uses[i].Within);
            values[2 + (2 * i)] = claim ? mine[i] : RedisValue.EmptyString;
            values[3 + (2 * i)] = Math.Max(1, uses[i].KeptUntil - now);
        }

        try
        {
            var answer = (RedisValue[])(await cache.AskAsync(redis => redis.ScriptEvaluateAsync(Script, keys, values)))!;
            var isYoung = (int)answer[0] == 1;
            return [.. mine.Select((m, i) => Judge(m, answer[1 + i], isYoung))];
        }
        catch (CacheAwayException)
        {
            return Unknown(uses.Count);
        }
    }

    private static UseState Judge(byte[] mine, RedisValue answer, bool isYoung)
    {
        if (answer.IsNull)
        {
            return UseState.Unknown;
        }

        ReadOnlySpan<byte> held = (byte[])answer!;
        if (held.IsEmpty)
        {
            return isYoung ? UseState.Unknown : UseState.Unused;
        }

        // Whatever else stands there means that the showing was used.
        return held.SequenceEqual(mine) ? UseState.Unused
            : held.StartsWith(mine.AsSpan(0, DigestBytes)) ? UseState.UsedByOwner
            : UseState.UsedByAnother;
    }

    /// <summary>Owner and verification, 16 bytes each: what must be compared later, and no more of it.</summary>
    private static byte[] Encode(ShowingUse use) =>
        [.. Sm3.Hash(Encoding.UTF8.GetBytes(use.Owner)).AsSpan(0, DigestBytes), .. Sm3.Hash(Encoding.UTF8.GetBytes(use.VerificationId)).AsSpan(0, DigestBytes)];
}
