using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Dapper;
using Npgsql;

namespace CrossProvince.Service.Storage;

/// <summary>One statement about many texts, however many: the server gets them as one parameter.</summary>
internal static class ManyKeys
{
    /// <summary>Asks one question.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="transaction">Its transaction, if there is one.</param>
    /// <param name="question">With <c>{0}</c> behind the column that holds the texts, as in <c>WHERE name {0}</c>.</param>
    /// <param name="keys">The texts.</param>
    public static Task<IEnumerable<T>> QueryAsync<T>(DbConnection connection, DbTransaction? transaction, CompositeFormat question, IReadOnlyCollection<string> keys) =>
        connection.QueryAsync<T>(Text(connection, question), Values(connection, keys), transaction);

    /// <summary>Runs one statement.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="statement">As in <see cref="QueryAsync"/>.</param>
    /// <param name="keys">The texts.</param>
    public static Task ExecuteAsync(DbTransaction transaction, CompositeFormat statement, IReadOnlyCollection<string> keys) =>
        transaction.Connection!.ExecuteAsync(Text(transaction.Connection!, statement), Values(transaction.Connection!, keys), transaction);

    private static string Text(DbConnection connection, CompositeFormat statement) =>
        string.Format(CultureInfo.InvariantCulture, statement, IsPostgres(connection) ? "= ANY(@keys)" : "IN (SELECT value FROM json_each(@keys))");

    private static object Values(DbConnection connection, IReadOnlyCollection<string> keys) =>
        IsPostgres(connection) ? new { keys = keys.ToArray() } : new { keys = JsonSerializer.Serialize(keys) };

    private static bool IsPostgres(DbConnection connection) => connection is NpgsqlConnection;
}
