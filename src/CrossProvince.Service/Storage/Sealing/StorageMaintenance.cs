using System.Globalization;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrossProvince.Service.Storage.Sealing;

/// <summary>What the command line does about the keys of a database.</summary>
public static class StorageMaintenance
{
    private const string ByEntry = """
        SELECT l.licence_row AS licence_row_number, l.sealed FROM list_entries e JOIN licences l ON l.licence_row = e.licence_row
        WHERE e.list_number = @list AND e.list_index = @index
        """;

    private static readonly string[] s_states = ["new", "in-use", "being-replaced", "unused"];

    /// <summary>Makes a key file, or adds a key to one.</summary>
    /// <returns>The key's id.</returns>
    /// <exception cref="ConfigurationException">The id is none or given already, or the file is wrong.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static string NewKey(NewStorageKey key)
    {
        if (key.Id is { } asked && !KeyFile.IsId(asked))
        {
            throw new ConfigurationException("--id", $"is 1 to {SealedBytes.LongestKeyId} letters, digits, '-', '_' or '.', in ASCII.");
        }

        var (sealing, hashing) = key.UseSm ? (SealingAlgorithm.Sm4Gcm, HashingAlgorithm.HmacSm3) : (SealingAlgorithm.Aes256Gcm, HashingAlgorithm.HmacSha256);
        if (!File.Exists(key.File))
        {
            var first = key.Id ?? "1";
            KeyFile.Write(key.File, KeyFile.NewDataKey(first, sealing, isCurrent: true) + KeyFile.NewLookUpKey(first, hashing, isCurrent: true), replace: false);
            return first;
        }

        var ring = KeyFile.Read(key.File);
        var ids = key.IsLookUp ? ring.LookUpKeys.Select(k => k.Id).ToHashSet() : ring.DataKeys.Select(k => k.Id).ToHashSet();
        var id = key.Id ?? Enumerable.Range(1, ids.Count + 1).Select(n => n.ToString(CultureInfo.InvariantCulture)).First(n => !ids.Contains(n));
        var text = File.ReadAllText(key.File).TrimEnd() + "\n";
        if (key.MakeCurrent)
        {
            text = KeyFile.WithoutCurrent(text, key.IsLookUp);
        }

        text += key.IsLookUp ? KeyFile.NewLookUpKey(id, hashing, key.MakeCurrent) : KeyFile.NewDataKey(id, sealing, key.MakeCurrent);
        KeyFile.Parse(text, KeyFile.Setting);
        KeyFile.Write(key.File, text, replace: true);
        return id;
    }

    /// <summary>The keys of a node's file and of its database.</summary>
    /// <param name="args">The node's configuration as command-line arguments; of it region, database and key file are used.</param>
    /// <exception cref="ConfigurationException">The configuration is wrong.</exception>
    public static async Task<IReadOnlyList<StorageKeyInfo>> ListKeysAsync(string[] args)
    {
        var settings = AuditSettings.Load(args);
        await using var database = new Database(settings.DatabaseConnection, readOnly: true);
        var ring = Read(settings.StorageKeys(database));
        await using var reading = await database.BeginReadingAsync(CancellationToken.None);
        var states = KeyRegister.Read(reading.Connection).ToDictionary(key => (key.Purpose, key.Id), key => key.State);
        var inFile = ring.DataKeys.Select(key => (Purpose: KeyPurpose.Seal, key.Id, Algorithm: KeyFile.NameOf(key.Algorithm), key.IsCurrent))
            .Concat(ring.LookUpKeys.Select(key => (Purpose: KeyPurpose.LookUp, key.Id, Algorithm: KeyFile.NameOf(key.Algorithm), key.IsCurrent)))
            .ToDictionary(key => (key.Purpose, key.Id));
        return
        [
            .. inFile.Keys.Union(states.Keys).Order().Select(key =>
            {
                var isInFile = inFile.TryGetValue(key, out var known);
                return new StorageKeyInfo(
                    key.Purpose == KeyPurpose.Seal ? "seal" : "look-up", key.Id, known.Algorithm ?? "", isInFile, known.IsCurrent, s_states[(int)states.GetValueOrDefault(key)]);
            }),
        ];
    }

    /// <summary>The identifier of the licence that has or had a place in the lists, as audits and logs name it.</summary>
    /// <param name="args">The node's configuration as command-line arguments; of it region, database and key file are used.</param>
    /// <param name="list">Number of the list.</param>
    /// <param name="index">Place in it.</param>
    /// <returns>Null when no licence was given that place.</returns>
    /// <exception cref="ConfigurationException">The configuration is wrong.</exception>
    /// <exception cref="StorageMaintenanceException">The licence cannot be opened.</exception>
    public static async Task<string?> FindLicenceAsync(string[] args, int list, int index)
    {
        var settings = AuditSettings.Load(args);
        await using var database = new Database(settings.DatabaseConnection, readOnly: true);
        var ring = Read(settings.StorageKeys(database));
        await using var reading = await database.BeginReadingAsync(CancellationToken.None);
        var row = await reading.Connection.QuerySingleOrDefaultAsync<LicenceRow>(ByEntry, new { list, index }, reading.Transaction);
        try
        {
            return row?.OpenPersonal(ring).LicenceId;
        }
        catch (SealedDataException e)
        {
            throw new StorageMaintenanceException(e.Message, e);
        }
    }

    /// <summary>Seals anew what keys other than the current ones sealed, while nodes run.</summary>
    /// <param name="args">The node's configuration as command-line arguments; of it region, database and key file are used.</param>
    /// <param name="nodesStopped">Whether a key may be used that no node has started with.</param>
    /// <param name="report">Told after each batch.</param>
    /// <param name="cancellation">Stops between two batches; the rest is done by another run.</param>
    /// <exception cref="ConfigurationException">The configuration is wrong, or no node has started with the current keys.</exception>
    /// <exception cref="StorageMaintenanceException">The database failed, or a secret that nodes share cannot be opened.</exception>
    /// <exception cref="System.Data.Common.DbException">The database cannot be read, or has other tables.</exception>
    public static async Task<RewrapReport> RewrapAsync(string[] args, bool nodesStopped, Action<RewrapReport> report, CancellationToken cancellation)
    {
        var settings = AuditSettings.Load(args);
        await using var database = new Database(settings.DatabaseConnection);
        var source = settings.StorageKeys(database);
        var ring = Read(source);
        if (database.File is { } file && !File.Exists(file))
        {
            throw new ConfigurationException("ConnectionStrings:Database", "names a file that is not there: a node makes it at its first start.");
        }

        database.RunAlone(connection =>
        {
            KeyRegister.Check(connection, ring, source.Setting);
            var known = KeyRegister.Read(connection).Select(key => (key.Purpose, key.Id)).ToHashSet();
            foreach (var current in new[] { (KeyPurpose.Seal, ring.Current.Id), (KeyPurpose.LookUp, ring.CurrentLookUp.Id) })
            {
                if (!nodesStopped && !known.Contains(current))
                {
                    throw new ConfigurationException(
                        source.Setting,
                        $"has {KeyRegister.Name(current.Item1, current.Item2)} as current, with which no node has started yet. Give every node this file and start it again first; if all nodes are stopped, add --nodes-stopped.");
                }
            }

            KeyRegister.Add(connection, ring);
        });
        await using var commits = new GroupCommit(database, NullLogger<GroupCommit>.Instance);
        try
        {
            return await new Rewrapping(database, commits, ring).RunAsync(report, cancellation);
        }
        catch (Exception e) when (e is StorageException or SealedDataException or KeyReplacedException)
        {
            throw new StorageMaintenanceException(e is StorageException { InnerException: { } failure } ? failure.Message : e.Message, e);
        }
    }

    private static KeyRing Read(KeySource source) =>
        source.TryRead() ?? throw new ConfigurationException(source.Setting, $"is not set, and {source.File} is not there. Say which key file the node has.");
}
