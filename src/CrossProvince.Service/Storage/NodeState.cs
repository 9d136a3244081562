using System.Data.Common;
using Dapper;

namespace CrossProvince.Service.Storage;

/// <summary>Numbers that a node must remember across restarts.</summary>
internal static class NodeState
{
    /// <summary>Highest trust list version ever accepted: a lower one is a replay.</summary>
    public const string TrustVersion = "trust-version";

    private const string ReadValue = "SELECT value FROM node_state WHERE name = @name";

    private const string WriteValue = """
        INSERT INTO node_state (name, value) VALUES (@name, @value)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """;

    private const string RaiseValue = """
        INSERT INTO node_state (name, value) VALUES (@name, @value)
        ON CONFLICT (name) DO UPDATE SET value = CASE WHEN node_state.value < excluded.value THEN excluded.value ELSE node_state.value END
        """;

    public static async Task<long> ReadAsync(DbConnection connection, string name, DbTransaction? transaction = null) =>
        await connection.ExecuteScalarAsync<long?>(ReadValue, new { name }, transaction) ?? 0;

    /// <summary>Writes a value unless a higher one stands there.</summary>
    public static Task RaiseAsync(DbTransaction transaction, string name, long value) =>
        transaction.Connection!.ExecuteAsync(RaiseValue, new { name, value }, transaction);

    public static Task WriteAsync(DbTransaction transaction, string name, long value) =>
        transaction.Connection!.ExecuteAsync(WriteValue, new { name, value }, transaction);
}
