using System.Collections.Concurrent;
using System.Text.Json;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;
using Dapper;
using StackExchange.Redis;

namespace CrossProvince.Service.Licences;

/// <summary>The disclosable fields behind entries of the own region: from the shared cache, else from the database.</summary>
/// <remarks>
/// A record is kept for a minute at most. A change leaves a marker in its place that nothing read before the change can replace, so that
/// a stale record lives on only if the node that made the change died, or lost Redis, before it could say so; then for that minute.
/// What the own index does not hold is no licence: nobody is asked for it, and the sequence of changes is what ends that. An entry that
/// several callers miss at once is read by the first of them, for all; records that were read together are not forgotten together.
/// </remarks>
internal sealed partial class RecordCache(
    SharedCache cache, Database database, NodeSecrets secrets, KeyRing keys, NodeSettings node, LicenceIndex index, TrustedClock clock, ILogger<RecordCache> logger)
{
    private static readonly TimeSpan s_life = TimeSpan.FromMinutes(1);

    /// <summary>By how much a record's life may be shorter, drawn for each.</summary>
    private static readonly TimeSpan s_lifeSpread = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan s_markerLife = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_longestReading = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<(int List, int Index), Task<Dictionary<(int List, int Index), LicenceFields>>> _reading = new();

    private readonly string _byEntries = $"""
        SELECT e.list_number, e.list_index, l.licence_row AS licence_row_number, l.issuer_name, l.issuer_code, l.issued_on, l.valid_from, l.valid_until, l.sealed
        FROM {database.RowsOf("entries")}
        JOIN list_entries e ON e.list_number = CAST(r.value ->> 'list' AS INTEGER) AND e.list_index = CAST(r.value ->> 'index' AS INTEGER)
        JOIN licences l ON l.licence_row = e.licence_row
        """;

    private byte[]? _key;
    private long _readings;

    /// <summary>How often the database was asked.</summary>
    internal long Readings => Interlocked.Read(ref _readings);

    /// <summary>What can be disclosed of the licences behind entries, each named once; an entry without a licence is left out, and so is one that cannot be opened, which the log says.</summary>
    /// <exception cref="StorageException">The database is away, and the cache does not have all of them.</exception>
    public async Task<IReadOnlyDictionary<(int List, int Index), LicenceFields>> FindAsync(IReadOnlyList<(int List, int Index)> entries)
    {
        var own = index.Find(node.Region);
        List<(int List, int Index)> allocated = [.. entries.Where(entry => own?.Find(entry.List, entry.Index).Tag is { } tag && tag != EntryTag.None)];
        if (allocated.Count == 0)
        {
            return new Dictionary<(int, int), LicenceFields>();
        }

        if (!cache.IsConfigured)
        {
            return await ReadAsync(allocated);
        }

        _key ??= await database.AskAsync(_ => secrets.GetAsync(NodeSecrets.RecordCache, CancellationToken.None));
        var now = clock.Now().UnixMilliseconds;
        var (found, changed) = await FindKeptAsync(_key, allocated, now);
        var missing = allocated.Where(entry => !found.ContainsKey(entry)).ToList();
        if (missing.Count > 0)
        {
            await ReadMissingAsync(_key, missing, changed, found, now);
        }

        return found;
    }

    /// <summary>Says that records have been changed; to be called when the change is durable.</summary>
    public Task ForgetAsync(IReadOnlyList<(int List, int Index)> entries)
    {
        foreach (var entry in entries)
        {
            // Who asks from now on does not wait for what was read before.
            _reading.TryRemove(entry, out _);
        }

        return cache.IsConfigured && entries.Count > 0
            ? TryAsync(entries.Select(KeyOf), (redis, key) => redis.StringSetAsync(key, RedisValue.EmptyString, s_markerLife))
            : Task.CompletedTask;
    }

    /// <returns>What is kept, and what was changed a moment ago.</returns>
    private async Task<(Dictionary<(int List, int Index), LicenceFields> Found, HashSet<(int List, int Index)> Changed)> FindKeptAsync(
        byte[] key, List<(int List, int Index)> entries, long now)
    {
        var found = new Dictionary<(int, int), LicenceFields>();
        var changed = new HashSet<(int, int)>();
        try
        {
            var names = entries.Select(KeyOf).ToArray();
            var kept = await cache.AskAsync(redis => redis.StringGetAsync(names, StackExchange.Redis.CommandFlags.DemandMaster));
            for (var i = 0; i < names.Length; i++)
            {
                if (SealedRecord.Open(key, names[i].ToString(), (byte[]?)kept[i] ?? [], now - (long)s_life.TotalMilliseconds) is { } plain && LicenceFields.Decode(plain) is { } fields)
                {
                    found[entries[i]] = fields;
                }
                else if (!kept[i].IsNull)
                {
                    changed.Add(entries[i]);
                }
            }
        }
        catch (CacheAwayException)
        {
            // The database knows as well.
        }

        return (found, changed);
    }

    /// <summary>Reads what nobody else is reading, and waits for the rest; what was changed a moment ago is read afresh.</summary>
    private async Task ReadMissingAsync(
        byte[] key, List<(int List, int Index)> missing, HashSet<(int List, int Index)> changed, Dictionary<(int List, int Index), LicenceFields> found, long now)
    {
        var reading = new TaskCompletionSource<Dictionary<(int List, int Index), LicenceFields>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var others = new HashSet<Task<Dictionary<(int List, int Index), LicenceFields>>>();
        var mine = new List<(int List, int Index)>();
        foreach (var entry in missing)
        {
            var reader = changed.Contains(entry) ? reading.Task : _reading.GetOrAdd(entry, reading.Task);
            if (reader == reading.Task)
            {
                mine.Add(entry);
            }
            else
            {
                others.Add(reader);
            }
        }

        try
        {
            var start = Environment.TickCount64;
            var read = mine.Count > 0 ? await ReadAsync(mine) : [];
            reading.SetResult(read);
            if (Environment.TickCount64 - start < s_longestReading.TotalMilliseconds)
            {
                await KeepAsync(key, read, now);
            }
        }
        catch (Exception e)
        {
            reading.SetException(e);
            _ = reading.Task.Exception;
            throw;
        }
        finally
        {
            foreach (var entry in mine)
            {
                _reading.TryRemove(KeyValuePair.Create(entry, reading.Task));
            }
        }

        foreach (var read in (await Task.WhenAll([.. others, reading.Task])).SelectMany(read => read))
        {
            if (missing.Contains(read.Key))
            {
                found[read.Key] = read.Value;
            }
        }
    }

    private Task KeepAsync(byte[] key, Dictionary<(int List, int Index), LicenceFields> read, long now) => TryAsync(
        read,
        (redis, record) =>
        {
            var name = KeyOf(record.Key);
            return redis.StringSetAsync(name, SealedRecord.Seal(key, name.ToString(), now, record.Value.Encode()), s_life - (s_lifeSpread * Random.Shared.NextDouble()), When.NotExists);
        });

    private RedisKey KeyOf((int List, int Index) entry) => CacheKeys.Record(node.Region, entry.List, entry.Index);

    private async Task TryAsync<T>(IEnumerable<T> items, Func<IDatabase, T, Task<bool>> write)
    {
        try
        {
            await cache.AskAsync(redis => Task.WhenAll(items.Select(item => write(redis, item))));
        }
        catch (CacheAwayException)
        {
            // What stands there dies within the minute.
        }
    }

    private async Task<Dictionary<(int List, int Index), LicenceFields>> ReadAsync(IReadOnlyList<(int List, int Index)> entries)
    {
        Interlocked.Increment(ref _readings);
        var asked = JsonSerializer.Serialize(entries.Select(e => new { list = e.List, index = e.Index }));
        var rows = await database.AskAsync(connection => connection.QueryAsync<LicenceRow>(_byEntries, new { entries = asked }));
        var found = new Dictionary<(int, int), LicenceFields>();
        foreach (var row in rows)
        {
            try
            {
                var personal = row.OpenPersonal(keys);
                found.Add(
                    ((int)row.ListNumber, (int)row.ListIndex),
                    new LicenceFields(
                        personal.Number, personal.Holder.Name, personal.Holder.Code, row.IssuerName, row.IssuerCode, (int)row.IssuedOn, (int)row.ValidFrom, (int?)row.ValidUntil, personal.Fields));
            }
            catch (SealedDataException e)
            {
                LogLeftOut(e.Message);
            }
        }

        return found;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Nothing can be disclosed of a licence. {Problem}")]
    private partial void LogLeftOut(string problem);
}
