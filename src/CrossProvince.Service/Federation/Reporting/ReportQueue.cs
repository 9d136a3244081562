using System.Text.Json;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.Federation.Reporting;

/// <summary>The uses that other regions have not acknowledged, in the database that the nodes of this region share, and which node reports them (docs/adr/0060).</summary>
/// <remarks>
/// What is acknowledged is deleted: how far a region has come is what is left. The lease spares the other region what two nodes would send alike; nothing depends on it,
/// for a use that comes twice changes nothing there.
/// </remarks>
internal sealed class ReportQueue(Database database, GroupCommit commits, RegionCode own)
{
    // In order: else all rows are read where most are another region's.
    private const string Oldest = "SELECT time, verification_id FROM unreported_uses WHERE issuing_region = @region ORDER BY time, verification_id LIMIT @most";

    private const string Waiting = """
        SELECT COUNT(*) AS count, COALESCE(MIN(time), 0) AS oldest
        FROM (SELECT time FROM unreported_uses WHERE issuing_region = @region ORDER BY time LIMIT @most) AS bounded
        """;

    private const string Release = "UPDATE report_senders SET leased_until = 0 WHERE region = @region AND sender = @sender";

    private const string Note = "UPDATE report_senders SET acknowledged = acknowledged + @count, acknowledged_at = @now WHERE region = @region";

    private const string DropOwn = "DELETE FROM unreported_uses WHERE issuing_region = @region";

    private const string Forget = "DELETE FROM unreported_uses WHERE time < @before";

    // The span says which months are looked into.
    private readonly string _read = $"""
        SELECT t.verification_id, t.time, t.caller, t.on_behalf_of, t.verifier_region, t.terminal_id, t.scenario, t.verdict, t.list_number, t.list_index, t.showing, t.code_number, t.presenter,
               t.repeated, t.mode, t.disclosed
        FROM {database.EachOf("keys", "verifications", "t.time >= @first AND t.time <= @last AND t.time = CAST(r.value ->> 'time' AS BIGINT) AND t.verification_id = r.value ->> 'id'")}
        """;

    private readonly string _take = $"""
        INSERT INTO report_senders (region, sender, leased_until, acknowledged, acknowledged_at) VALUES (@region, @sender, {database.Clock} + @lease, 0, 0)
        ON CONFLICT (region) DO UPDATE SET sender = excluded.sender, leased_until = excluded.leased_until
        WHERE report_senders.sender = excluded.sender OR report_senders.leased_until < {database.Clock}
        """;

    // The span keeps a server from reading all that waits.
    private readonly string _acknowledge = $"""
        DELETE FROM unreported_uses WHERE issuing_region = @region AND time >= @first AND time <= @last
          AND (time, verification_id) IN (SELECT CAST(r.value ->> 'time' AS BIGINT), r.value ->> 'id' FROM {database.RowsOf("keys")})
        """;

    /// <summary>Whether anything waits for a region.</summary>
    public async Task<bool> AnyAsync(RegionCode region, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return (await connection.QueryAsync<UseKey>(new CommandDefinition(Oldest, new { region = region.Value, most = 1 }, cancellationToken: cancellation))).Any();
    }

    /// <summary>Makes a node the one that reports to a region, for a while, unless another is; by the database's clock.</summary>
    /// <returns>Whether it is.</returns>
    public async Task<bool> TryTakeAsync(RegionCode region, string sender, TimeSpan lease, CancellationToken cancellation) =>
        await commits.RunAsync(transaction => transaction.Connection!.ExecuteAsync(_take, new { region = region.Value, sender, lease = (long)lease.TotalMilliseconds }, transaction), cancellation) == 1;

    /// <summary>Lets another node report.</summary>
    public Task ReleaseAsync(RegionCode region, string sender, CancellationToken cancellation) =>
        commits.RunAsync(transaction => transaction.Connection!.ExecuteAsync(Release, new { region = region.Value, sender }, transaction), cancellation);

    /// <summary>The oldest that wait for a region.</summary>
    /// <param name="region">The region.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<UnreportedBatch> ReadAsync(RegionCode region, int most, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var keys = (await connection.QueryAsync<UseKey>(new CommandDefinition(Oldest, new { region = region.Value, most }, cancellationToken: cancellation))).AsList();
        if (keys.Count == 0)
        {
            return new UnreportedBatch(keys, []);
        }

        // Records past the retention policy are gone, and need not be reported any more.
        var uses = await connection.QueryAsync<UnreportedUse>(new CommandDefinition(_read, new { first = keys[0].Time, last = keys[^1].Time, keys = ToJson(keys) }, cancellationToken: cancellation));
        return new UnreportedBatch(keys, [.. uses.Where(use => use.VerifierRegion == own.Value)]);
    }

    /// <summary>A region has these, durably.</summary>
    public Task AcknowledgeAsync(RegionCode region, IReadOnlyList<UseKey> keys, long nowUnixMilliseconds) => commits.RunAsync(async transaction =>
    {
        var span = new { region = region.Value, first = keys[0].Time, last = keys[^1].Time, keys = ToJson(keys) };
        await transaction.Connection!.ExecuteAsync(_acknowledge, span, transaction);
        await transaction.Connection!.ExecuteAsync(Note, new { region = region.Value, count = (long)keys.Count, now = nowUnixMilliseconds }, transaction);
    });

    /// <summary>How many wait for a region, up to a number, and the time of the oldest: Unix milliseconds, 0 when there is none.</summary>
    public async Task<(long Count, long Oldest)> CountAsync(RegionCode region, int most, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return await connection.QuerySingleAsync<(long, long)>(new CommandDefinition(Waiting, new { region = region.Value, most }, cancellationToken: cancellation));
    }

    /// <summary>Forgets what nobody is to be told of: uses of the region's own codes, which the migration of before could not tell apart, and those of before a moment.</summary>
    /// <param name="before">Unix milliseconds.</param>
    public Task ForgetAsync(long before) => commits.RunAsync(async transaction =>
    {
        await transaction.Connection!.ExecuteAsync(DropOwn, new { region = own.Value }, transaction);
        await transaction.Connection!.ExecuteAsync(Forget, new { before }, transaction);
    });

    private static string ToJson(IReadOnlyList<UseKey> keys) => JsonSerializer.Serialize(keys.Select(key => new { time = key.Time, id = key.VerificationId }));
}
