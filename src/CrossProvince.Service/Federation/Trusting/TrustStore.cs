using System.Data.Common;
using System.Security.Cryptography;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.Federation.Trusting;

/// <summary>What this region's nodes remember of trust lists.</summary>
/// <param name="Version">Highest version ever accepted, whatever roots were configured; 0: none.</param>
/// <param name="Document">The newest list accepted under the roots that are configured now; null: none.</param>
/// <param name="Since">Since when keys stand in the list (Unix milliseconds), by the SHA-256 of their SubjectPublicKeyInfo in hexadecimal.</param>
internal sealed record KeptTrust(long Version, byte[]? Document, IReadOnlyDictionary<string, long> Since)
{
    /// <summary>Whether no list was ever kept on this database.</summary>
    public bool IsFirst => Document is null && Since.Count == 0;

    /// <summary>Since when a key stands in the list; null: it was never seen there.</summary>
    public long? SinceOf(PublicKey key) => Since.TryGetValue(TrustStore.NameOf(key), out var since) ? since : null;
}

/// <summary>Keeps accepted trust lists in the database: over restarts, and for all nodes of the region (docs/adr/0058).</summary>
internal sealed class TrustStore(Database database, GroupCommit commits, NodeSettings node)
{
    private const string FindDocument = "SELECT document FROM trust_lists WHERE pinned = @pinned";

    private const string ListKeys = "SELECT key_hash, since FROM trusted_keys";

    // Never back.
    private const string KeepDocument = """
        INSERT INTO trust_lists (pinned, version, document, accepted_at) VALUES (@pinned, @version, @document, @now)
        ON CONFLICT (pinned) DO UPDATE SET version = excluded.version, document = excluded.document, accepted_at = excluded.accepted_at
        WHERE trust_lists.version <= excluded.version
        """;

    private const string KeepKey = "INSERT INTO trusted_keys (key_hash, since) VALUES (@hash, @since) ON CONFLICT (key_hash) DO NOTHING";

    private const string ForgetKey = "DELETE FROM trusted_keys WHERE key_hash = @hash";

    private readonly byte[] _pinned = HashOf(node.Roots);

    /// <summary>By what a key is known here.</summary>
    public static string NameOf(PublicKey key) => Convert.ToHexString(SHA256.HashData(key.Spki.Span));

    /// <summary>Reads it.</summary>
    public async Task<KeptTrust> ReadAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return new KeptTrust(
            await NodeState.ReadAsync(connection, NodeState.TrustVersion),
            await connection.ExecuteScalarAsync<byte[]?>(FindDocument, new { pinned = _pinned }),
            await ReadKeysAsync(connection, null));
    }

    /// <summary>Keeps a list that was accepted, unless a newer one is kept.</summary>
    /// <param name="list">The list.</param>
    /// <param name="document">As it was signed.</param>
    /// <param name="since">Since when each key of the own region stands in the list, by this node's knowledge (Unix milliseconds).</param>
    /// <param name="now">Unix milliseconds.</param>
    /// <exception cref="StorageException">The database failed.</exception>
    /// <exception cref="StorageBusyException">Too much is waiting.</exception>
    public Task SaveAsync(TrustList list, ReadOnlyMemory<byte> document, IReadOnlyDictionary<PublicKey, long> since, long now) => commits.RunAsync(async transaction =>
    {
        var connection = transaction.Connection!;

        // Nodes that accept the same list stand in line at this row.
        await NodeState.RaiseAsync(transaction, NodeState.TrustVersion, list.Version);
        if (await NodeState.ReadAsync(connection, NodeState.TrustVersion, transaction) > list.Version)
        {
            return;
        }

        await connection.ExecuteAsync(KeepDocument, new { pinned = _pinned, version = list.Version, document = document.ToArray(), now }, transaction);
        foreach (var (key, seen) in since)
        {
            await connection.ExecuteAsync(KeepKey, new { hash = Convert.FromHexString(NameOf(key)), since = seen }, transaction);
        }

        // A key that has left the list counts anew when it comes back: partners may have forgotten it.
        var named = since.Keys.Select(NameOf).ToHashSet();
        foreach (var gone in (await ReadKeysAsync(connection, transaction)).Keys.Where(name => !named.Contains(name)))
        {
            await connection.ExecuteAsync(ForgetKey, new { hash = Convert.FromHexString(gone) }, transaction);
        }
    });

    private static async Task<IReadOnlyDictionary<string, long>> ReadKeysAsync(DbConnection connection, DbTransaction? transaction) =>
        (await connection.QueryAsync<KeyRow>(ListKeys, transaction: transaction)).ToDictionary(row => Convert.ToHexString(row.KeyHash), row => row.Since);

    /// <summary>What roots were configured: other ones begin anew, by an operator's own hand.</summary>
    private static byte[] HashOf(TrustRoots roots) => SHA256.HashData([.. roots.Keys.Select(NameOf).Distinct().Order(StringComparer.Ordinal).SelectMany(Convert.FromHexString)]);

    private sealed class KeyRow
    {
        public byte[] KeyHash { get; init; } = [];

        public long Since { get; init; }
    }
}
