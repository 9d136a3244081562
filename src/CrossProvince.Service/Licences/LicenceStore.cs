using System.Data.Common;
using CrossProvince.Service.Identity;
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

    private const string DeleteParties = "DELETE FROM licence_parties WHERE licence_row = @row";

    private const string InsertParty = "INSERT INTO licence_parties (licence_row, party_hash) VALUES (@row, @hash)";

    private readonly string _byHash = $"SELECT {Columns} FROM licences l WHERE l.licence_hash IN ({HashParameters.List(keys)})";

    private readonly string _showableBy = $"""
        SELECT {Columns} FROM licences l WHERE l.licence_row IN (
            SELECT licence_row FROM licences WHERE holder_hash IN ({HashParameters.List(keys)})
            UNION SELECT licence_row FROM licence_parties WHERE party_hash IN ({HashParameters.List(keys)}))
        ORDER BY l.licence_row LIMIT 500
        """;

    /// <summary>One licence, or null.</summary>
    /// <exception cref="SealedDataException">It cannot be opened.</exception>
    public async Task<StoredLicence?> FindAsync(DbConnection connection, string licenceId, DbTransaction? transaction = null) =>
        (await connection.QuerySingleOrDefaultAsync<LicenceRow>(_byHash, HashParameters.Of(keys.HashesOf(licenceId)), transaction))?.Open(keys);

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

    /// <summary>Writes a licence, new or changed; the transaction has asked <see cref="KeyRegister.RequireInUseAsync"/>.</summary>
    public async Task WriteAsync(DbTransaction transaction, StoredLicence licence)
    {
        var connection = transaction.Connection!;
        await connection.ExecuteAsync(Upsert, LicenceRow.Of(licence, keys), transaction);
        await connection.ExecuteAsync(DeleteParties, new { row = licence.Row }, transaction);
        foreach (var hash in LicenceRow.PartyHashesOf(PersonalFields.Of(licence.Record), keys))
        {
            await connection.ExecuteAsync(InsertParty, new { row = licence.Row, hash }, transaction);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A licence is left out: {Problem}")]
    private partial void LogLeftOut(string problem);
}
