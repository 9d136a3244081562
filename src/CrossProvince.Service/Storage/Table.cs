using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace CrossProvince.Service.Storage;

/// <summary>The columns of a table and where their values stand in a row, so that rows are written by the thousand: by binary COPY into PostgreSQL, through one prepared statement into SQLite.</summary>
/// <typeparam name="TRow">What one row is made of.</typeparam>
/// <param name="name">The table.</param>
/// <param name="key">The column that rows are changed by; it comes first.</param>
internal sealed class Table<TRow>(string name, string key)
{
    private readonly List<Column> _columns = [];

    /// <summary>Adds a column of whole numbers of 32 bits.</summary>
    public Table<TRow> Integer(string column, Func<TRow, int> read) => Add(new Column<int>(column, NpgsqlDbType.Integer, read));

    /// <summary>Adds a column of whole numbers of 32 bits that may be null.</summary>
    public Table<TRow> IntegerOrNull(string column, Func<TRow, int?> read) => Add(new NullableColumn(column, read));

    /// <summary>Adds a column of whole numbers of 64 bits.</summary>
    public Table<TRow> BigInteger(string column, Func<TRow, long> read) => Add(new Column<long>(column, NpgsqlDbType.Bigint, read));

    /// <summary>Adds a column of texts.</summary>
    public Table<TRow> Text(string column, Func<TRow, string> read) => Add(new Column<string>(column, NpgsqlDbType.Text, read));

    /// <summary>Adds a column of bytes.</summary>
    public Table<TRow> Bytes(string column, Func<TRow, byte[]> read) => Add(new Column<byte[]>(column, NpgsqlDbType.Bytea, read));

    /// <summary>Writes new rows. The transaction holds a lock that keeps all others from writing rows of the same keys.</summary>
    public Task InsertAsync(DbTransaction transaction, IReadOnlyCollection<TRow> rows) => rows.Count == 0 ? Task.CompletedTask
        : transaction.Connection is NpgsqlConnection postgres ? CopyAsync(postgres, name, rows)
        : RunEachAsync(transaction, $"INSERT INTO {name} ({Names}) VALUES ({string.Join(", ", Enumerable.Range(0, _columns.Count).Select(Parameter))})", rows);

    /// <summary>Changes rows that there are, each at most once: in PostgreSQL by COPY into a staging table and one statement that merges it.</summary>
    public async Task UpdateAsync(DbTransaction transaction, IReadOnlyCollection<TRow> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        if (transaction.Connection is not NpgsqlConnection postgres)
        {
            var set = string.Join(", ", _columns.Select((column, i) => $"{column.Name} = {Parameter(i)}").Skip(1));
            await RunEachAsync(transaction, $"UPDATE {name} SET {set} WHERE {key} = {Parameter(0)}", rows);
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

    private static string Parameter(int number) => string.Create(CultureInfo.InvariantCulture, $"@p{number}");

    private Table<TRow> Add(Column column)
    {
        _columns.Add(column);
        return this;
    }

    private async Task CopyAsync(NpgsqlConnection postgres, string table, IReadOnlyCollection<TRow> rows)
    {
        await using var import = await postgres.BeginBinaryImportAsync($"COPY {table} ({Names}) FROM STDIN (FORMAT BINARY)");
        foreach (var row in rows)
        {
            await import.StartRowAsync();
            foreach (var column in _columns)
            {
                await column.WriteAsync(import, row);
            }
        }

        await import.CompleteAsync();
    }

    private static async Task ExecuteAsync(NpgsqlConnection postgres, string sql)
    {
        await using var command = new NpgsqlCommand(sql, postgres);
        await command.ExecuteNonQueryAsync();
    }

    private async Task RunEachAsync(DbTransaction transaction, string sql, IReadOnlyCollection<TRow> rows)
    {
        await using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        for (var i = 0; i < _columns.Count; i++)
        {
            command.Parameters.Add(new SqliteParameter(Parameter(i), null));
        }

        await command.PrepareAsync();
        foreach (var row in rows)
        {
            for (var i = 0; i < _columns.Count; i++)
            {
                command.Parameters[i].Value = _columns[i].Read(row);
            }

            await command.ExecuteNonQueryAsync();
        }
    }

    private abstract class Column(string name)
    {
        public string Name => name;

        public abstract Task WriteAsync(NpgsqlBinaryImporter import, TRow row);

        public abstract object Read(TRow row);
    }

    private sealed class Column<T>(string name, NpgsqlDbType type, Func<TRow, T> read) : Column(name)
        where T : notnull
    {
        public override Task WriteAsync(NpgsqlBinaryImporter import, TRow row) => import.WriteAsync(read(row), type);

        public override object Read(TRow row) => read(row);
    }

    private sealed class NullableColumn(string name, Func<TRow, int?> read) : Column(name)
    {
        public override Task WriteAsync(NpgsqlBinaryImporter import, TRow row) => read(row) is { } value ? import.WriteAsync(value, NpgsqlDbType.Integer) : import.WriteNullAsync();

        public override object Read(TRow row) => read(row) is { } value ? value : DBNull.Value;
    }
}
