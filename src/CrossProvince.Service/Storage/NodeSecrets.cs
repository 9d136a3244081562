using System.Data.Common;
using System.Security.Cryptography;
using Dapper;

namespace CrossProvince.Service.Storage;

/// <summary>Random keys of 256 bits that the nodes of a region share through their database.</summary>
internal sealed class NodeSecrets(Database database, GroupCommit commits)
{
    /// <summary>Seals licence records in the shared cache.</summary>
    public const string RecordCache = "record-cache";

    /// <summary>Seals the sessions of pages.</summary>
    public const string PageSessions = "page-sessions";

    private const int KeyBytes = 32;

    private const string Read = "SELECT value FROM node_secrets WHERE name = @name";

    private const string Insert = "INSERT INTO node_secrets (name, value) VALUES (@name, @value) ON CONFLICT (name) DO NOTHING";

    /// <summary>A key by its name; the first node that asks makes it.</summary>
    public async Task<byte[]> GetAsync(string name, CancellationToken cancellation)
    {
        if (await FindAsync(name, cancellation) is { } found)
        {
            return found;
        }

        await commits.RunAsync(transaction => transaction.Connection!.ExecuteAsync(Insert, new { name, value = RandomNumberGenerator.GetBytes(KeyBytes) }, transaction), cancellation);
        return (await FindAsync(name, cancellation))!;
    }

    private async Task<byte[]?> FindAsync(string name, CancellationToken cancellation)
    {
        await using DbConnection connection = await database.OpenAsync(cancellation);
        return await connection.ExecuteScalarAsync<byte[]?>(Read, new { name });
    }
}
