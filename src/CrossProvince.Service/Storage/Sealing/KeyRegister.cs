using System.Data.Common;
using CrossProvince.Service.Hosting;
using Dapper;

namespace CrossProvince.Service.Storage.Sealing;

/// <summary>What a key of the file is for; numbers are in the database.</summary>
internal enum KeyPurpose
{
    Seal = 1,
    LookUp = 2,
}

/// <summary>How far a key is used in this database; numbers are in it.</summary>
internal enum KeyState
{
    /// <summary>Rows are written by it.</summary>
    InUse = 1,

    /// <summary>Rows need it, and none is written by it any more.</summary>
    BeingReplaced = 2,

    /// <summary>No row needs it.</summary>
    Unused = 3,
}

/// <summary>One key as the database knows it.</summary>
internal sealed record RegisteredKey(KeyPurpose Purpose, string Id, KeyState State);

/// <summary>
/// The database's own list of the keys that its rows need, so that a node with another key file is told so at its start, and none writes by a key that the others have given up.
/// </summary>
internal static class KeyRegister
{
    private const string All = "SELECT purpose, key_id, state, check_value FROM storage_keys ORDER BY purpose, key_id";

    private const string Insert = """
        INSERT INTO storage_keys (purpose, key_id, state, check_value) VALUES (@purpose, @id, 1, @value) ON CONFLICT (purpose, key_id) DO NOTHING
        """;

    private const string CountInUse = """
        SELECT COUNT(*) FROM storage_keys WHERE state = 1 AND ((purpose = 1 AND key_id = @dataKey) OR (purpose = 2 AND key_id = @lookUpKey))
        """;

    private const string SetState = "UPDATE storage_keys SET state = @to WHERE state = @from AND purpose = @purpose AND key_id <> @current";

    private static ReadOnlySpan<byte> CheckText => "CrossProvince"u8;

    /// <summary>The keys that the database knows.</summary>
    public static IReadOnlyList<RegisteredKey> Read(DbConnection connection) => [.. connection.Query<Row>(All).Select(row => row.Key)];

    /// <summary>Holds a ring against what the database needs.</summary>
    /// <exception cref="ConfigurationException">A key is missing, or is another; or the current one was replaced.</exception>
    public static void Check(DbConnection connection, KeyRing ring, string setting)
    {
        foreach (var row in connection.Query<Row>(All))
        {
            var key = row.Key;
            var name = Name(key.Purpose, key.Id);
            var isThere = key.Purpose == KeyPurpose.Seal ? ring.FindDataKey(key.Id) is not null : ring.FindLookUpKey(key.Id) is not null;
            if (!isThere)
            {
                if (key.State != KeyState.Unused)
                {
                    throw new ConfigurationException(
                        setting, $"lacks {name}, which rows of this database need. Take the key file that the other nodes have, or the one kept with the backup; without the key nobody can read these rows.");
                }

                continue;
            }

            if (!IsSame(ring, row))
            {
                throw new ConfigurationException(setting, $"has another key under the name of {name} than the one that this database was written with. Take the key file that the other nodes have.");
            }

            if (key.State != KeyState.InUse && key.Id == (key.Purpose == KeyPurpose.Seal ? ring.Current.Id : ring.CurrentLookUp.Id))
            {
                throw new ConfigurationException(setting, $"has {name} as current, which 'crossprovince storage rewrap' has replaced: write 'current' after the key that the other nodes use.");
            }
        }
    }

    /// <summary>Writes the current keys down, before anything is written by them.</summary>
    public static void Add(DbConnection connection, KeyRing ring)
    {
        connection.Execute(Insert, new { purpose = (int)KeyPurpose.Seal, id = ring.Current.Id, value = ring.Seal(SealedPlace.CheckValue(ring.Current.Id), CheckText) });
        connection.Execute(Insert, new { purpose = (int)KeyPurpose.LookUp, id = ring.CurrentLookUp.Id, value = ring.CurrentLookUp.Hash(CheckText) });
    }

    /// <summary>To be asked by each transaction that writes by the current keys, after it has locked the end of the chain.</summary>
    /// <exception cref="KeyReplacedException">Another node, or a command, has replaced one since this one started.</exception>
    public static async Task RequireInUseAsync(DbTransaction transaction, KeyRing ring)
    {
        if (await transaction.Connection!.ExecuteScalarAsync<long>(CountInUse, new { dataKey = ring.Current.Id, lookUpKey = ring.CurrentLookUp.Id }, transaction) != 2)
        {
            throw new KeyReplacedException();
        }
    }

    /// <summary>Moves all keys but the current ones from one state to the next; for <see cref="KeyState.BeingReplaced"/> in a transaction that has locked the end of the chain.</summary>
    public static async Task MoveOthersAsync(DbTransaction transaction, KeyRing ring, KeyState from, KeyState to)
    {
        foreach (var (purpose, current) in new[] { (KeyPurpose.Seal, ring.Current.Id), (KeyPurpose.LookUp, ring.CurrentLookUp.Id) })
        {
            await transaction.Connection!.ExecuteAsync(SetState, new { from = (int)from, to = (int)to, purpose = (int)purpose, current }, transaction);
        }
    }

    /// <summary>A key as messages name it.</summary>
    public static string Name(KeyPurpose purpose, string id) => purpose == KeyPurpose.Seal ? $"data key '{id}'" : $"look-up key '{id}'";

    private static bool IsSame(KeyRing ring, Row row)
    {
        if (row.Key.Purpose == KeyPurpose.LookUp)
        {
            return ring.FindLookUpKey(row.KeyId)!.Hash(CheckText).AsSpan().SequenceEqual(row.CheckValue);
        }

        return SealedBytes.FindKeyId(row.CheckValue) == row.KeyId
            && SealedBytes.TryOpen(ring.FindDataKey(row.KeyId)!, SealedPlace.CheckValue(row.KeyId), row.CheckValue) is { } opened && CheckText.SequenceEqual(opened);
    }

    private sealed class Row
    {
        public long Purpose { get; init; }

        public string KeyId { get; init; } = "";

        public long State { get; init; }

        public byte[] CheckValue { get; init; } = [];

        public RegisteredKey Key => new((KeyPurpose)Purpose, KeyId, (KeyState)State);
    }
}
