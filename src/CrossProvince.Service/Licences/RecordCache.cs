using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using Dapper;
using StackExchange.Redis;

namespace CrossProvince.Service.Licences;

/// <summary>The disclosable fields behind entries of the own region: from the shared cache, else from the database.</summary>
/// <remarks>
/// A record is kept for a minute at most. A change leaves a marker in its place that nothing read before the change can replace, so that
/// a stale record lives on only if the node that made the change died, or lost Redis, before it could say so; then for that minute.
/// </remarks>
internal sealed class RecordCache(SharedCache cache, Database database, NodeSecrets secrets, NodeSettings node, TrustedClock clock)
{
    private const string LicenceOfEntry = "SELECT licence_id FROM list_entries WHERE list_number = @list AND list_index = @index";

    private static readonly TimeSpan s_life = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_markerLife = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_longestReading = TimeSpan.FromSeconds(15);

    private byte[]? _key;

    /// <summary>What can be disclosed of the licence behind an entry; null when there is none.</summary>
    public async Task<LicenceFields?> FindAsync(int list, int index)
    {
        if (!cache.IsConfigured)
        {
            return await ReadAsync(list, index);
        }

        var name = CacheKeys.Record(node.Region, list, index);
        var key = _key ??= await secrets.GetAsync(NodeSecrets.RecordCache, CancellationToken.None);
        var now = clock.Now().UnixMilliseconds;
        try
        {
            var kept = (byte[]?)await cache.AskAsync(redis => redis.StringGetAsync(name)) ?? [];
            if (SealedRecord.Open(key, name.ToString(), kept, now - (long)s_life.TotalMilliseconds) is { } plain && LicenceFields.Decode(plain) is { } found)
            {
                return found;
            }
        }
        catch (CacheAwayException)
        {
            // The database knows as well.
        }

        var start = Environment.TickCount64;
        var read = await ReadAsync(list, index);
        if (read is not null && Environment.TickCount64 - start < s_longestReading.TotalMilliseconds)
        {
            var bytes = SealedRecord.Seal(key, name.ToString(), now, read.Encode());
            await TryAsync(redis => redis.StringSetAsync(name, bytes, s_life, When.NotExists));
        }

        return read;
    }

    /// <summary>Says that records have been changed; to be called when the change is durable.</summary>
    public Task ForgetAsync(IReadOnlyList<(int List, int Index)> entries) => cache.IsConfigured && entries.Count > 0
        ? TryAsync(async redis =>
        {
            await Task.WhenAll(entries.Select(e => redis.StringSetAsync(CacheKeys.Record(node.Region, e.List, e.Index), RedisValue.EmptyString, s_markerLife)));
            return true;
        })
        : Task.CompletedTask;

    private async Task TryAsync(Func<IDatabase, Task<bool>> write)
    {
        try
        {
            await cache.AskAsync(write);
        }
        catch (CacheAwayException)
        {
            // What stands there dies within the minute.
        }
    }

    private async Task<LicenceFields?> ReadAsync(int list, int index)
    {
        await using var connection = await database.OpenAsync(CancellationToken.None);
        var id = await connection.ExecuteScalarAsync<string?>(LicenceOfEntry, new { list, index });
        var licence = id is null ? null : await LicenceStore.FindAsync(connection, id);
        return licence is null ? null : LicenceFields.Of(licence.Record);
    }
}
