using System.Data.Common;
using System.Text;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;
using Dapper;

namespace CrossProvince.Service.Licences;

/// <summary>Licences in the database, sealed there by the keys of the node.</summary>
internal sealed partial class LicenceStore(KeyRing keys, ILogger<LicenceStore> logger)
{
    /// <summary>The columns of <see cref="LicenceRow"/>.</summary>
    private const string Columns = """
        l.licence_row AS licence_row_number, l.licence_hash, l.type_number, l.holder_hash, l.issuer_name, l.issuer_code,
        l.issued_on, l.valid_from, l.valid_until, l.status_raw, l.status_note, l.sealed, l.display,
        l.list_number, l.list_index, l.status, l.reason_code, l.tag, l.last_seq
        """;

    /// <summary>Writes a <see cref="LicenceRow"/>.</summary>
    internal const string Upsert = """
        INSERT INTO licences (licence_row, licence_hash, type_number, holder_hash, issuer_name, issuer_code,
            issued_on, valid_from, valid_until, status_raw, status_note, sealed, display,
            list_number, list_index, status, reason_code, tag, last_seq)
        VALUES (@LicenceRowNumber, @LicenceHash, @TypeNumber, @HolderHash, @IssuerName, @IssuerCode,
            @IssuedOn, @ValidFrom, @ValidUntil, @StatusRaw, @StatusNote, @Sealed, @Display,
            @ListNumber, @ListIndex, @Status, @ReasonCode, @Tag, @LastSeq)
        ON CONFLICT (licence_row) DO UPDATE SET
            licence_hash = excluded.licence_hash, type_number = excluded.type_number, holder_hash = excluded.holder_hash,
            issuer_name = excluded.issuer_name, issuer_code = excluded.issuer_code, issued_on = excluded.issued_on,
            valid_from = excluded.valid_from, valid_until = excluded.valid_until, status_raw = excluded.status_raw,
            status_note = excluded.status_note, sealed = excluded.sealed, display = excluded.display,
            list_number = excluded.list_number, list_index = excluded.list_index, status = excluded.status,
            reason_code = excluded.reason_code, tag = excluded.tag, last_seq = excluded.last_seq
        """;

    private static readonly CompositeFormat s_byHashes = CompositeFormat.Parse($$"""SELECT {{Columns}} FROM licences l WHERE l.licence_hash {0}""");

    private static readonly CompositeFormat s_deleteParties = CompositeFormat.Parse("DELETE FROM licence_parties WHERE licence_row {0}");

    private static readonly Table<LicenceRow> s_licences = new Table<LicenceRow>("licences", "licence_row")
        .BigInteger("licence_row", row => row.LicenceRowNumber)
        .Bytes("licence_hash", row => row.LicenceHash)
        .Integer("type_number", row => (int)row.TypeNumber)
        .Bytes("holder_hash", row => row.HolderHash)
        .Text("issuer_name", row => row.IssuerName)
        .Text("issuer_code", row => row.IssuerCode)
        .Integer("issued_on", row => (int)row.IssuedOn)
        .Integer("valid_from", row => (int)row.ValidFrom)
        .IntegerOrNull("valid_until", row => (int?)row.ValidUntil)
        .Text("status_raw", row => row.StatusRaw)
        .Bytes("status_note", row => row.StatusNote)
        .Bytes("sealed", row => row.Sealed)
        .Bytes("display", row => row.Display)
        .Integer("list_number", row => (int)row.ListNumber)
        .Integer("list_index", row => (int)row.ListIndex)
        .Integer("status", row => (int)row.Status)
        .Integer("reason_code", row => (int)row.ReasonCode)
        .Bytes("tag", row => row.Tag)
        .BigInteger("last_seq", row => row.LastSeq);

    private static readonly Table<(long Row, byte[] Hash)> s_parties = new Table<(long Row, byte[] Hash)>("licence_parties", "licence_row")
        .BigInteger("licence_row", party => party.Row)
        .Bytes("party_hash", party => party.Hash);

    private readonly string _byHash = $"SELECT {Columns} FROM licences l WHERE l.licence_hash IN ({HashParameters.List(keys)})";

    private readonly string _showableBy = $"""
        SELECT {Columns} FROM licences l WHERE l.licence_row IN (
            SELECT licence_row FROM licences WHERE holder_hash IN ({HashParameters.List(keys)})
            UNION SELECT licence_row FROM licence_parties WHERE party_hash IN ({HashParameters.List(keys)}))
        ORDER BY l.licence_row LIMIT 500
        """;

    /// <summary>One licence, or null.</summary>
    /// <exception cref="SealedDataException">It cannot be opened.</exception>
    public async Task<StoredLicence?> FindAsync(DbConnection connection, string licenceId) =>
        (await connection.QuerySingleOrDefaultAsync<LicenceRow>(_byHash, HashParameters.Of(keys.HashesOf(licenceId))))?.Open(keys);

    /// <summary>The licences whose holder, guardian or agent this person is; at most 500. What cannot be opened is left out, and said in the log.</summary>
    public async Task<IReadOnlyList<StoredLicence>> ListShowableAsync(DbConnection connection, Person person)
    {
        var licences = new List<StoredLicence>();
        foreach (var row in await connection.QueryAsync<LicenceRow>(_showableBy, HashParameters.Of(keys.HashesOf(person))))
        {
            try
            {
                licences.Add(row.Open(keys));
            }
            catch (SealedDataException e)
            {
                LogLeftOut(e.Message);
            }
        }

        return licences;
    }

    /// <summary>Those of some licences that there are.</summary>
    /// <param name="connection">An open connection, in no transaction: it sees what is committed.</param>
    /// <param name="licenceIds">The licences, each once.</param>
    public async Task<FoundLicences> FindManyAsync(DbConnection connection, IReadOnlyList<string> licenceIds)
    {
        if (licenceIds.Count == 0)
        {
            return FoundLicences.None;
        }

        byte[][][] hashes = [.. licenceIds.Select(keys.HashesOf)];
        var found = new Dictionary<string, StoredLicence>();
        var unreadable = new Dictionary<string, string>();
        var rows = (await ManyKeys.QueryAsync<LicenceRow>(connection, s_byHashes, [.. hashes.SelectMany(each => each)])).AsList();
        if (rows.Count > 0)
        {
            var byHash = licenceIds.Zip(hashes).SelectMany(pair => pair.Second.Select(hash => (Hash: Convert.ToHexString(hash), Id: pair.First))).ToDictionary(pair => pair.Hash, pair => pair.Id);
            foreach (var row in rows)
            {
                var id = byHash[Convert.ToHexString(row.LicenceHash)];
                try
                {
                    found.Add(id, row.Open(keys));
                }
                catch (SealedDataException e)
                {
                    unreadable.Add(id, e.Message);
                }
            }
        }

        return new FoundLicences(found, unreadable, licenceIds.Zip(hashes).ToDictionary(pair => pair.First, pair => pair.Second[0]));
    }

    /// <summary>Seals licences for their rows, each once; what is made so is written by <see cref="WriteAsync"/>.</summary>
    /// <param name="created">Licences that are not stored.</param>
    /// <param name="changed">Licences that are stored otherwise.</param>
    /// <param name="found">What <see cref="FindManyAsync"/> has found out about them.</param>
    public SealedLicences Seal(IReadOnlyList<StoredLicence> created, IReadOnlyList<StoredLicence> changed, FoundLicences found) => new(
        [.. created.Select(licence => LicenceRow.Of(licence, keys, found.Hashes))],
        [.. changed.Select(licence => LicenceRow.Of(licence, keys, found.Hashes))],
        [.. created.Concat(changed).SelectMany(licence => LicenceRow.PartyHashesOf(licence.Record.Guardians, licence.Record.Agents, keys).Select(hash => (licence.Row, hash)))]);

    /// <summary>Writes licences; the transaction holds the lock of the chain's end, as all do that write licences, and has asked <see cref="KeyRegister.RequireInUseAsync"/>.</summary>
    public static async Task WriteAsync(DbTransaction transaction, SealedLicences licences)
    {
        await s_licences.InsertAsync(transaction, licences.Created);
        if (licences.Changed.Count > 0)
        {
            await s_licences.UpdateAsync(transaction, licences.Changed);
            await ManyKeys.ExecuteAsync(transaction, s_deleteParties, [.. licences.Changed.Select(licence => licence.LicenceRowNumber)]);
        }

        await s_parties.InsertAsync(transaction, licences.Parties);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A licence is left out: {Problem}")]
    private partial void LogLeftOut(string problem);
}
