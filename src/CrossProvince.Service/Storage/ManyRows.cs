using System.Data.Common;
using System.Globalization;
using System.Text;
using Dapper;

namespace CrossProvince.Service.Storage;

/// <summary>One statement over many rows, <c>VALUES (…), (…)</c>, as both databases read it: one question instead of one a row.</summary>
internal static class ManyRows
{
    /// <summary>Rows of one statement; of eight values each they stay below the 32,766 parameters that SQLite takes.</summary>
    private const int AtOnce = 500;

    /// <summary>Runs a statement over all rows, several hundred at once.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="statement">With <c>{0}</c> where the rows go.</param>
    /// <param name="rows">The rows; all of one length, without null.</param>
    /// <returns>How many rows were written.</returns>
    public static async Task<int> ExecuteAsync(DbTransaction transaction, CompositeFormat statement, IReadOnlyCollection<object[]> rows)
    {
        var written = 0;
        foreach (var some in rows.Chunk(AtOnce))
        {
            await using var command = Create(transaction, statement, some);
            written += await command.ExecuteNonQueryAsync();
        }

        return written;
    }

    /// <summary>Asks one question about all rows, several hundred at once.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="question">With <c>{0}</c> where the rows go.</param>
    /// <param name="rows">The rows; all of one length, without null.</param>
    public static async Task<List<T>> QueryAsync<T>(DbTransaction transaction, CompositeFormat question, IReadOnlyCollection<object[]> rows)
    {
        var found = new List<T>(rows.Count);
        foreach (var some in rows.Chunk(AtOnce))
        {
            await using var command = Create(transaction, question, some);
            await using var reader = await command.ExecuteReaderAsync();
            var parse = reader.GetRowParser<T>();
            while (await reader.ReadAsync())
            {
                found.Add(parse(reader));
            }
        }

        return found;
    }

    private static DbCommand Create(DbTransaction transaction, CompositeFormat statement, object[][] rows)
    {
        var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        var values = new StringBuilder();
        foreach (var row in rows)
        {
            values.Append(values.Length == 0 ? "(" : ", (");
            for (var i = 0; i < row.Length; i++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@p{command.Parameters.Count}");
                parameter.Value = row[i];
                command.Parameters.Add(parameter);
                values.Append(i == 0 ? "" : ", ").Append(parameter.ParameterName);
            }

            values.Append(')');
        }

        command.CommandText = string.Format(CultureInfo.InvariantCulture, statement, values);
        return command;
    }
}
