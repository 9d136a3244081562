using StackExchange.Redis;

namespace CrossProvince.Service.Caching;

/// <summary>What the node's user must be allowed to do in Redis: no more than this, and docs/operations.md, "Redis", says it in a line for <c>ACL SETUSER</c>.</summary>
internal static class CacheRights
{
    /// <summary>
    /// One command each, as it is asked for; K is a key of the region and C its channel. Beside them <c>eval</c>, by which this is asked. <c>cluster</c> and <c>role</c> are needed in clusters and under
    /// Sentinels only, and there already by whoever connects.
    /// </summary>
    private static readonly string[] s_asked =
    [
        "evalsha x 0", "script load x", "get K", "mget K", "set K x", "setex K 1 x", "del K", "exists K", "strlen K", "getrange K 0 1", "setrange K 0 x", "pexpire K 1",
        "hget K x", "hmget K x", "hset K x x", "hdel K x", "xadd K * x x", "info",
        "publish C x", "subscribe C", "ping", "echo x", "client setname x", "client id",
    ];

    /// <summary>Answers those that the user may not do. The server does none of them.</summary>
    private const string Script = """
        local missing = {}
        for _, asked in ipairs(ARGV) do
            local words = {}
            for word in string.gmatch(asked, '%S+') do
                words[#words + 1] = word == 'K' and KEYS[1] or word == 'C' and KEYS[1] or word
            end
            if not redis.acl_check_cmd(unpack(words)) then
                missing[#missing + 1] = asked
            end
        end
        return missing
        """;

    /// <summary>Names of the commands that the user lacks, as <c>+set</c> or <c>+client|setname</c>; empty when it has all.</summary>
    /// <param name="redis">Whom to ask.</param>
    /// <param name="region">A key of the region.</param>
    public static async Task<IReadOnlyList<string>> FindMissingAsync(IDatabase redis, RedisKey region)
    {
        try
        {
            var missing = (string[])(await redis.ScriptEvaluateAsync(Script, [region], [.. s_asked.Select(asked => (RedisValue)asked)]))!;
            return [.. missing.Select(NameOf)];
        }
        catch (RedisServerException e) when (IsRefusal(e))
        {
            // The script itself is refused; what it calls is not known then.
            return [e.Message.Split('\'') is [_, var command, " command", ..] ? $"+{command}" : "+eval"];
        }
    }

    /// <summary>Whether an error says that the user lacks a right.</summary>
    public static bool IsRefusal(RedisServerException e) =>
        e.Message.StartsWith("NOPERM", StringComparison.Ordinal) || e.Message.Contains("The user executing the script can't", StringComparison.Ordinal);

    private static string NameOf(string asked)
    {
        var words = asked.Split(' ');
        return words[0] is "client" or "script" ? $"+{words[0]}|{words[1]}" : $"+{words[0]}";
    }
}
