using System.Data.Common;
using System.Globalization;
using CrossProvince.Service.Storage.Retention;
using Dapper;

namespace CrossProvince.Service.Tests.Storage.Retention;

/// <summary>Fills tables with rows that the database itself makes up, whatever columns they have.</summary>
/// <param name="isPostgres">Whether it is PostgreSQL.</param>
internal sealed class SampleRows(bool isPostgres)
{
    /// <summary>Inserts rows numbered by <c>n</c>.</summary>
    /// <param name="connection">Open.</param>
    /// <param name="table">The table.</param>
    /// <param name="from">First <c>n</c>.</param>
    /// <param name="count">How many.</param>
    /// <param name="values">Expressions over <c>n</c> by column; others get some value of their type.</param>
    public async Task InsertAsync(DbConnection connection, string table, int from, int count, params (string Column, string Expression)[] values)
    {
        var given = values.ToDictionary(value => value.Column, value => value.Expression);
        var columns = (await connection.QueryAsync<(string Name, string Type)>(
            isPostgres
                ? "SELECT column_name, upper(data_type) FROM information_schema.columns WHERE table_name = @table ORDER BY ordinal_position"
                : "SELECT name, type FROM pragma_table_info(@table)",
            new { table })).ToList();
        var expressions = columns.Select(column => given.GetValueOrDefault(column.Name) ?? Some(column.Type));
        var sql = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            WITH RECURSIVE numbers(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM numbers WHERE n < {from + count - 1})
            INSERT INTO {table} ({string.Join(", ", columns.Select(column => column.Name))}) SELECT {string.Join(", ", expressions)} FROM numbers
            """);
        await connection.ExecuteAsync(sql);
    }

    /// <summary>Inserts one row of a monthly table at a moment.</summary>
    public Task InsertAtAsync(DbConnection connection, MonthlyTable table, int n, long time) => InsertAsync(
        connection, table.Name, n, 1, (table.TimeColumn, time.ToString(CultureInfo.InvariantCulture)), table == MonthlyTable.Showings ? ("showing", "n") : ("verification_id", $"'id-' || n"));

    private static string Some(string type) => type switch
    {
        "TEXT" => "'text-' || n",
        "BOOLEAN" => "false",
        "BYTEA" => "decode(lpad(to_hex(n), 32, '0'), 'hex')",
        "BLOB" => "randomblob(16)",
        _ => "n",
    };
}
