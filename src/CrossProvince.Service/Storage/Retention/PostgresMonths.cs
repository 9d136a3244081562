using System.Data.Common;
using System.Globalization;
using Dapper;

namespace CrossProvince.Service.Storage.Retention;

/// <summary>A partition for each month, named <c>TABLE_YYYYMM</c>; a month is dropped with its table.</summary>
internal sealed class PostgresMonths(Database database) : Months
{
    // The function is of migration 0006.
    private const string Make = "SELECT make_month(@parent, @units, CAST(@first AS DATE))";

    private const string Partitions = """
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = CAST(@parent AS REGCLASS) ORDER BY c.relname
        """;

    /// <summary>Counting takes as long as it takes; who waits for a table's lock lets go soon, since everybody else then waits behind.</summary>
    private const string Limits = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '500ms'";

    private const int NoLimit = 0;

    /// <inheritdoc/>
    public override async Task MakeAsync(MonthlyTable table, DateOnly first, DateOnly last, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await MakeAsync(connection, table, first, last, cancellation);
    }

    /// <summary>The same through a connection, in no transaction.</summary>
    /// <inheritdoc cref="MakeAsync(MonthlyTable, DateOnly, DateOnly, CancellationToken)"/>
    public static async Task MakeAsync(DbConnection connection, MonthlyTable table, DateOnly first, DateOnly last, CancellationToken cancellation)
    {
        for (var month = first; month <= last; month = month.AddMonths(1))
        {
            var values = new { parent = table.Name, units = table.UnitsASecond, first = month.ToString("O", CultureInfo.InvariantCulture) };
            await connection.ExecuteAsync(new CommandDefinition(Make, values, cancellationToken: cancellation));
        }
    }

    /// <inheritdoc/>
    public override async Task<bool> AnyAsync(MonthlyTable table, DateOnly before, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return (await FindAsync(connection, table, before)).Count > 0;
    }

    /// <inheritdoc/>
    public override async Task<long> CountAsync(MonthlyTable table, DateOnly before, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await connection.ExecuteAsync(Limits, transaction: transaction);
        var count = 0L;
        foreach (var partition in await FindAsync(connection, table, before, transaction))
        {
            count += await CountAsync(connection, transaction, partition, cancellation);
        }

        return count;
    }

    /// <inheritdoc/>
    public override async Task<long> DropAsync(MonthlyTable table, DateOnly before, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var dropped = 0L;
        foreach (var partition in await FindAsync(connection, table, before))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await connection.ExecuteAsync(Limits, transaction: transaction);
            var count = await CountAsync(connection, transaction, partition, cancellation);
            await connection.ExecuteAsync($"DROP TABLE IF EXISTS {partition}", transaction: transaction);
            await transaction.CommitAsync(cancellation);
            dropped += count;
        }

        return dropped;
    }

    private static Task<long> CountAsync(DbConnection connection, DbTransaction transaction, string partition, CancellationToken cancellation) =>
        connection.ExecuteScalarAsync<long>(new CommandDefinition($"SELECT COUNT(*) FROM {partition}", null, transaction, NoLimit, cancellationToken: cancellation));

    /// <summary>Names of partitions, which are this program's own; another's, attached by hand, is left alone.</summary>
    private static async Task<List<string>> FindAsync(DbConnection connection, MonthlyTable table, DateOnly before, DbTransaction? transaction = null)
    {
        var names = await connection.QueryAsync<string>(Partitions, new { parent = table.Name }, transaction);
        return [.. names.Where(name => MonthOf(table, name) is { } month && month < before)];
    }

    private static DateOnly? MonthOf(MonthlyTable table, string partition) =>
        partition.StartsWith($"{table.Name}_", StringComparison.Ordinal)
        && DateOnly.TryParseExact(partition[(table.Name.Length + 1)..], "yyyyMM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var month) ? month : null;
}
