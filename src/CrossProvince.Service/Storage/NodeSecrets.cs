using System.Data.Common;
using System.Security.Cryptography;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage.Sealing;
using Dapper;

namespace CrossProvince.Service.Storage;

/// <summary>Random keys of 256 bits that the nodes of a region share through their database, sealed there.</summary>
internal sealed class NodeSecrets(Database database, GroupCommit commits, KeyRing keys)
{
    /// <summary>Seals licence records in the shared cache.</summary>
    public const string RecordCache = "record-cache";

    /// <summary>Seals the sessions of pages.</summary>
    public const string PageSessions = "page-sessions";

    private const int KeyBytes = 32;

    private const string Read = "SELECT value FROM node_secrets WHERE name = @name";

    private const string ReadAll = "SELECT name, value FROM node_secrets";

    private const string Insert = "INSERT INTO node_secrets (name, value) VALUES (@name, @value) ON CONFLICT (name) DO NOTHING";

    private const string Replace = "UPDATE node_secrets SET value = @value WHERE name = @name";

    /// <summary>A key by its name; the first node that asks makes it.</summary>
    /// <exception cref="SealedDataException">It cannot be opened.</exception>
    public async Task<byte[]> GetAsync(string name, CancellationToken cancellation)
    {
        if (await FindAsync(name, cancellation) is { } found)
        {
            return found;
        }

        await commits.RunAsync(
            async transaction =>
            {
                await StatusChainWriter.OpenAsync(transaction);
                await KeyRegister.RequireInUseAsync(transaction, keys);
                await transaction.Connection!.ExecuteAsync(Insert, new { name, value = keys.Seal(SealedPlace.Secret(name), RandomNumberGenerator.GetBytes(KeyBytes)) }, transaction);
            },
            cancellation);
        return (await FindAsync(name, cancellation))!;
    }

    /// <summary>Seals all of them by the current key.</summary>
    /// <exception cref="SealedDataException">One cannot be opened.</exception>
    public Task RewrapAsync() => commits.RunAsync(async transaction =>
    {
        foreach (var (name, value) in await transaction.Connection!.QueryAsync<(string Name, byte[] Value)>(ReadAll, transaction: transaction))
        {
            if (SealedBytes.FindKeyId(value) != keys.Current.Id)
            {
                var place = SealedPlace.Secret(name);
                await transaction.Connection!.ExecuteAsync(Replace, new { name, value = keys.Seal(place, keys.Open(place, value)) }, transaction);
            }
        }
    });

    private async Task<byte[]?> FindAsync(string name, CancellationToken cancellation)
    {
        await using DbConnection connection = await database.OpenAsync(cancellation);
        return await connection.ExecuteScalarAsync<byte[]?>(Read, new { name }) is { } value ? keys.Open(SealedPlace.Secret(name), value) : null;
    }
}
