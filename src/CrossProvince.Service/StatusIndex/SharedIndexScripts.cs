namespace CrossProvince.Service.StatusIndex;

/// <summary>What is done to a region's index in Redis, each in one step that nobody else comes between.</summary>
internal static class SharedIndexScripts
{
    /// <summary>
    /// Takes the region to write it. KEYS: writer, fence. ARGV: who asks, 16 characters; milliseconds of the lease; Unix milliseconds now. Answers the number given, or nil where another holds it.
    /// The number is higher than every one before, also where Redis has forgotten those: it is not below the time.
    /// </summary>
    public const string TakeOver = """
        local held = redis.call('GET', KEYS[1])
        if held and string.sub(held, -16) ~= ARGV[1] then
            return false
        end
        local last = tonumber(redis.call('GET', KEYS[2]) or '0') or 0
        local number = string.format('%.0f', math.max(last + 1, tonumber(ARGV[3])))
        redis.call('SET', KEYS[2], number)
        redis.call('SET', KEYS[1], number .. ' ' .. ARGV[1], 'PX', ARGV[2])
        return number
        """;

    /// <summary>
    /// Writes for who holds the region, by the number it was given, onto the head that it knows of; else does nothing. KEYS: writer, fence, head, changes, then what is written to.
    /// ARGV: the lease's text; the number; milliseconds of the lease; the head known of, empty for none; the head to leave, empty for none; its sequence number; what changed with it, empty where that is not
    /// told; how many entries of the stream are kept; then for each key of those written to its kind of writing and what is written.
    /// R: to a string, places and bytes. F: to a hash, fields and bytes; no bytes take the field out. D: the key is deleted.
    /// Answers 1, or 0 where it is not the writer's to write.
    /// </summary>
    public const string Write = """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('GET', KEYS[2]) ~= ARGV[2] or (redis.call('GET', KEYS[3]) or '') ~= ARGV[4] then
            return 0
        end
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        for i = 5, #KEYS do
            local key, kind, packed = KEYS[i], ARGV[2 * i - 1], ARGV[2 * i]
            if kind == 'D' then
                redis.call('DEL', key)
            else
                local at = 1
                while at <= #packed do
                    local place, length, from = struct.unpack('>I4I4', packed, at)
                    at = from + length
                    if kind == 'R' then
                        redis.call('SETRANGE', key, place, string.sub(packed, from, at - 1))
                    elseif length == 0 then
                        redis.call('HDEL', key, place)
                    else
                        redis.call('HSET', key, place, string.sub(packed, from, at - 1))
                    end
                end
            end
        end
        if ARGV[7] ~= '' then
            redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[8], '*', 'seq', ARGV[6], 'fence', ARGV[2], 'changes', ARGV[7])
        end
        if ARGV[5] == '' then
            redis.call('DEL', KEYS[3])
        else
            redis.call('SET', KEYS[3], ARGV[5])
        end
        return 1
        """;

    /// <summary>Makes the writer, whoever it is, write everything anew. KEYS: head, writer, and the hashes of all lists. ARGV: the head that does not agree with its lists.</summary>
    public const string Forget = """
        if redis.call('GET', KEYS[1]) == ARGV[1] then
            redis.call('DEL', unpack(KEYS))
        end
        """;

    /// <summary>Reads some chunks and the head that goes with them, at one moment. KEYS: head, hashes, status, tags, reasons. ARGV: for the three strings first and last byte, then chunk numbers.</summary>
    public const string Read = """
        return {
            redis.call('GET', KEYS[1]),
            redis.call('GETRANGE', KEYS[2], ARGV[1], ARGV[2]),
            redis.call('GETRANGE', KEYS[3], ARGV[3], ARGV[4]),
            redis.call('GETRANGE', KEYS[4], ARGV[5], ARGV[6]),
            redis.call('HMGET', KEYS[5], unpack(ARGV, 7))
        }
        """;
}
