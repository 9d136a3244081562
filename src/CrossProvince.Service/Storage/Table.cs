using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;
using SQLitePCL;

namespace CrossProvince.Service.Storage;

/// <summary>The columns of a table and where their values stand in a row, so that rows are written by the thousand: by binary COPY into PostgreSQL, through one prepared statement into SQLite.</summary>
/// <typeparam name="TRow">What one row is made of.</typeparam>
/// <param name="name">The table.</param>
/// <param name="key">The column that rows are changed by; it comes first.</param>
internal sealed class Table<TRow>(string name, string key)
{
    private readonly List<Column> _columns = [];

    /// <summary>Adds a column of whole numbers of 32 bits.</summary>
    public Table<TRow> Integer(string column, Func<TRow, int> read) => Add(
        column, (rows, row) => rows.Add(read(row)), (statement, at, row) => raw.sqlite3_bind_int(statement, at, read(row)));

    /// <summary>Adds a column of whole numbers of 32 bits that may be null.</summary>
    public Table<TRow> IntegerOrNull(string column, Func<TRow, int?> read) => Add(
        column,
        (rows, row) => rows.Add(read(row)),
        (statement, at, row) => read(row) is { } value ? raw.sqlite3_bind_int(statement, at, value) : raw.sqlite3_bind_null(statement, at));

    /// <summary>Adds a column of whole numbers of 64 bits.</summary>
    public Table<TRow> BigInteger(string column, Func<TRow, long> read) => Add(
        column, (rows, row) => rows.Add(read(row)), (statement, at, row) => raw.sqlite3_bind_int64(statement, at, read(row)));

    /// <summary>Adds a column of texts.</summary>
    public Table<TRow> Text(string column, Func<TRow, string> read) => Add(
        column, (rows, row) => rows.Add(read(row)), (statement, at, row) => raw.sqlite3_bind_text(statement, at, read(row)));

    /// <summary>Adds a column of bytes.</summary>
    public Table<TRow> Bytes(string column, Func<TRow, byte[]> read) => Add(
        column, (rows, row) => rows.Add(read(row)), (statement, at, row) => raw.sqlite3_bind_blob(statement, at, read(row)));

    /// <summary>Writes new rows. The transaction holds a lock that keeps all others from writing rows of the same keys.</summary>
    public Task InsertAsync(DbTransaction transaction, IReadOnlyCollection<TRow> rows)
    {
        if (rows.Count == 0)
        {
            return Task.CompletedTask;
        }

        if (transaction.Connection is NpgsqlConnection postgres)
        {
            return CopyAsync(postgres, name, rows);
        }

        RunEach(transaction, $"INSERT INTO {name} ({Names}) VALUES ({string.Join(", ", Enumerable.Range(1, _columns.Count).Select(Parameter))})", rows);
        return Task.CompletedTask;
    }

    /// <summary>Changes rows that there are, each at most once: in PostgreSQL by COPY into a staging table and one statement that merges it.</summary>
    public async Task UpdateAsync(DbTransaction transaction, IReadOnlyCollection<TRow> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        if (transaction.Connection is not NpgsqlConnection postgres)
        {
            var set = string.Join(", ", _columns.Select((column, i) => $"{column.Name} = {Parameter(i + 1)}").Skip(1));
            RunEach(transaction, $"UPDATE {name} SET {set} WHERE {key} = {Parameter(1)}", rows);
            return;
        }

        var staging = $"staged_{name}";
        await ExecuteAsync(postgres, $"CREATE TEMP TABLE IF NOT EXISTS {staging} ON COMMIT DELETE ROWS AS SELECT {Names} FROM {name} WITH NO DATA");
        await CopyAsync(postgres, staging, rows);
        await ExecuteAsync(
            postgres,
            $"UPDATE {name} t SET {string.Join(", ", _columns.Skip(1).Select(column => $"{column.Name} = s.{column.Name}"))} FROM {staging} s WHERE t.{key} = s.{key}; TRUNCATE {staging}");
    }

    private string Names => string.Join(", ", _columns.Select(column => column.Name));

    private static string Parameter(int number) => string.Create(CultureInfo.InvariantCulture, $"?{number}");

    private Table<TRow> Add(string column, Action<BinaryCopy, TRow> copy, Func<sqlite3_stmt, int, TRow, int> bind)
    {
        _columns.Add(new Column(column, copy, bind));
        return this;
    }

    private async Task CopyAsync(NpgsqlConnection postgres, string table, IReadOnlyCollection<TRow> rows)
    {
        using var copied = new BinaryCopy();
        await using var stream = await postgres.BeginRawBinaryCopyAsync($"COPY {table} ({Names}) FROM STDIN (FORMAT BINARY)");
        foreach (var row in rows)
        {
            copied.BeginRow(_columns.Count);
            foreach (var column in _columns)
            {
                column.Copy(copied, row);
            }

            if (copied.IsFull)
            {
                await stream.WriteAsync(copied.Take());
            }
        }

        copied.End();
        await stream.WriteAsync(copied.Take());
    }

    private static async Task ExecuteAsync(NpgsqlConnection postgres, string sql)
    {
        await using var command = new NpgsqlCommand(sql, postgres);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs a statement for each row, at the interface of the library itself: what the driver does for each value takes longer than the database.</summary>
    private void RunEach(DbTransaction transaction, string sql, IReadOnlyCollection<TRow> rows)
    {
        var database = ((SqliteConnection)transaction.Connection!).Handle!;
        Check(raw.sqlite3_prepare_v2(database, sql, out var statement), database);
        using (statement)
        {
            foreach (var row in rows)
            {
                for (var i = 0; i < _columns.Count; i++)
                {
                    Check(_columns[i].Bind(statement, i + 1, row), database);
                }

                var result = raw.sqlite3_step(statement);
                if (result != raw.SQLITE_DONE)
                {
                    SqliteException.ThrowExceptionForRC(result, database);
                }

                Check(raw.sqlite3_reset(statement), database);
            }
        }
    }

    private static void Check(int result, sqlite3 database) => SqliteException.ThrowExceptionForRC(result, database);

    /// <summary>A column, how its value is written into a COPY, and how it is bound to a statement's parameter.</summary>
    private sealed record Column(string Name, Action<BinaryCopy, TRow> Copy, Func<sqlite3_stmt, int, TRow, int> Bind);
}
