using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Dapper;
using Npgsql;

namespace CrossProvince.Service.Storage;

/// <summary>One statement about many keys, however many: the server gets them as one parameter.</summary>
internal static class ManyKeys
{
    /// <summary>Asks one question about rows that hashes name.</summary>
    /// <param name="connection">An open connection, in no transaction.</param>
    /// <param name="question">With <c>{0}</c> behind the column that holds the hashes, as in <c>WHERE licence_hash {0}</c>.</param>
    /// <param name="hashes">The hashes.</param>
    public static Task<IEnumerable<T>> QueryAsync<T>(DbConnection connection, CompositeFormat question, IReadOnlyCollection<byte[]> hashes) => connection is NpgsqlConnection
        ? connection.QueryAsync<T>(With(question, "= ANY(@keys)"), new { keys = hashes.ToArray() })
        : connection.QueryAsync<T>(With(question, "IN (SELECT unhex(value) FROM json_each(@keys))"), new { keys = JsonSerializer.Serialize(hashes.Select(Convert.ToHexString)) });

    /// <summary>Runs one statement about rows that numbers name.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="statement">With <c>{0}</c> behind the column that holds the numbers.</param>
    /// <param name="numbers">The numbers.</param>
    public static Task ExecuteAsync(DbTransaction transaction, CompositeFormat statement, IReadOnlyCollection<long> numbers) => transaction.Connection is NpgsqlConnection
        ? transaction.Connection!.ExecuteAsync(With(statement, "= ANY(@keys)"), new { keys = numbers.ToArray() }, transaction)
        : transaction.Connection!.ExecuteAsync(With(statement, "IN (SELECT value FROM json_each(@keys))"), new { keys = JsonSerializer.Serialize(numbers) }, transaction);

    private static string With(CompositeFormat statement, string condition) => string.Format(CultureInfo.InvariantCulture, statement, condition);
}
