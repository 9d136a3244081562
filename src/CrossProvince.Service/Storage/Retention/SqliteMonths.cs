using Dapper;

namespace CrossProvince.Service.Storage.Retention;

/// <summary>One table, in which months are ranges of the time's index; a month is deleted by groups, each in a transaction of its own.</summary>
internal sealed class SqliteMonths(Database database, GroupCommit commits) : Months
{
    /// <summary>Rows of one transaction: the one writer is held for some milliseconds.</summary>
    private const int AtOnce = 1_000;

    /// <inheritdoc/>
    public override Task MakeAsync(MonthlyTable table, DateOnly first, DateOnly last, CancellationToken cancellation) => Task.CompletedTask;

    /// <inheritdoc/>
    public override async Task<bool> AnyAsync(MonthlyTable table, DateOnly before, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return await connection.ExecuteScalarAsync<bool>(
            $"SELECT EXISTS (SELECT 1 FROM {table.Name} WHERE {table.TimeColumn} < @before)", new { before = table.Begin(before) });
    }

    /// <inheritdoc/>
    public override async Task<long> CountAsync(MonthlyTable table, DateOnly before, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return await connection.ExecuteScalarAsync<long>($"SELECT COUNT(*) FROM {table.Name} WHERE {table.TimeColumn} < @before", new { before = table.Begin(before) });
    }

    /// <inheritdoc/>
    public override async Task<long> DropAsync(MonthlyTable table, DateOnly before, CancellationToken cancellation)
    {
        var delete = $"""
            DELETE FROM {table.Name} WHERE rowid IN (
                SELECT rowid FROM {table.Name} WHERE {table.TimeColumn} < @before ORDER BY {table.TimeColumn} LIMIT {AtOnce})
            """;
        var dropped = 0L;
        int deleted;
        do
        {
            deleted = await commits.RunAsync(transaction => transaction.Connection!.ExecuteAsync(delete, new { before = table.Begin(before) }, transaction), cancellation);
            dropped += deleted;
        }
        while (deleted == AtOnce);
        return dropped;
    }
}
