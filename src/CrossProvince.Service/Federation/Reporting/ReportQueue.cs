using System.Text.Json;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.Federation.Reporting;

/// <summary>The uses that other regions have not acknowledged, in the database that the nodes of this region share, and which node reports them (docs/adr/0060, 0067).</summary>
/// <remarks>
/// What is acknowledged is deleted: how far a region has come is what is left. The lease spares the other region what two nodes would send alike; nothing depends on it,
/// for a use that comes twice changes nothing there.
/// </remarks>
internal sealed class ReportQueue(Database database, GroupCommit commits)
{
    // In order: else all rows are read where most are another region's.
    private const string Any = "SELECT COUNT(*) FROM (SELECT time FROM owed_uses WHERE issuing_region = @region ORDER BY time, verification_id LIMIT 1) AS bounded";

    // Rows as long as those before them hold too few uses, however many or few each of them holds.
    private const string Oldest = """
        SELECT time, verification_id, uses
        FROM (SELECT time, verification_id, uses, SUM(count) OVER (ORDER BY time, verification_id) - count AS before
              FROM (SELECT time, verification_id, uses, count FROM owed_uses WHERE issuing_region = @region ORDER BY time, verification_id LIMIT @most) AS bounded) AS bounded
        WHERE before < @most
        ORDER BY time, verification_id
        """;

    private const string Waiting = """
        SELECT COALESCE(SUM(count), 0) AS count, COALESCE(MIN(time), 0) AS oldest
        FROM (SELECT time, count FROM owed_uses WHERE issuing_region = @region ORDER BY time LIMIT @most) AS bounded
        """;

    private const string Release = "UPDATE report_senders SET leased_until = 0 WHERE region = @region AND sender = @sender";

    private const string Note = "UPDATE report_senders SET acknowledged = acknowledged + @count, acknowledged_at = @now WHERE region = @region";

    private const string Forget = "DELETE FROM owed_uses WHERE until < @before";

    private readonly string _take = $"""
        INSERT INTO report_senders (region, sender, leased_until, acknowledged, acknowledged_at) VALUES (@region, @sender, {database.Clock} + @lease, 0, 0)
        ON CONFLICT (region) DO UPDATE SET sender = excluded.sender, leased_until = excluded.leased_until
        WHERE report_senders.sender = excluded.sender OR report_senders.leased_until < {database.Clock}
        """;

    // The span keeps a server from reading all that waits.
    private readonly string _acknowledge = $"""
        DELETE FROM owed_uses WHERE issuing_region = @region AND time >= @first AND time <= @last
          AND (time, verification_id) IN (SELECT CAST(r.value ->> 'time' AS BIGINT), r.value ->> 'id' FROM {database.RowsOf("keys")})
        """;

    /// <summary>Whether anything waits for a region.</summary>
    public async Task<bool> AnyAsync(RegionCode region, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition(Any, new { region = region.Value }, cancellationToken: cancellation)) > 0;
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
    /// <param name="most">How many, about: whole rows are read, and one at least.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidDataException">A newer program wrote them.</exception>
    public async Task<UnreportedBatch> ReadAsync(RegionCode region, int most, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(Oldest, new { region = region.Value, most }, cancellationToken: cancellation))).AsList();
        return new UnreportedBatch(rows, [.. rows.SelectMany(row => UseBlock.Read(row.Uses))]);
    }

    /// <summary>A region has these, durably.</summary>
    public Task AcknowledgeAsync(RegionCode region, UnreportedBatch batch, long nowUnixMilliseconds) => commits.RunAsync(async transaction =>
    {
        var keys = JsonSerializer.Serialize(batch.Keys.Select(key => new { time = key.Time, id = key.VerificationId }));
        await transaction.Connection!.ExecuteAsync(_acknowledge, new { region = region.Value, first = batch.Keys[0].Time, last = batch.Keys[^1].Time, keys }, transaction);
        await transaction.Connection!.ExecuteAsync(Note, new { region = region.Value, count = (long)batch.Uses.Count, now = nowUnixMilliseconds }, transaction);
    });

    /// <summary>How many wait for a region, up to a number, and the time of the oldest: Unix milliseconds, 0 when there is none.</summary>
    public async Task<(long Count, long Oldest)> CountAsync(RegionCode region, int most, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var (count, oldest) = await connection.QuerySingleAsync<(long, long)>(new CommandDefinition(Waiting, new { region = region.Value, most }, cancellationToken: cancellation));
        return (Math.Min(count, most), oldest);
    }

    /// <summary>Forgets uses of before a moment: they are no longer kept anywhere.</summary>
    /// <param name="before">Unix milliseconds.</param>
    public Task ForgetAsync(long before) => commits.RunAsync(transaction => transaction.Connection!.ExecuteAsync(Forget, new { before }, transaction));

    private sealed class Row : UseKey
    {
        public byte[] Uses { get; init; } = [];
    }
}
