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

    public static async Task<long> ReadAsync(DbConnection connection, string name) =>
        await connection.ExecuteScalarAsync<long?>(ReadValue, new { name }) ?? 0;

    public static Task WriteAsync(DbTransaction transaction, string name, long value) =>
        transaction.Connection!.ExecuteAsync(WriteValue, new { name, value }, transaction);
}
