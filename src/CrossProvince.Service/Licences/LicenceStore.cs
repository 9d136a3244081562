using System.Data.Common;
using System.Text.Json;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Status;
using CrossProvince.Service.Identity;
using Dapper;

namespace CrossProvince.Service.Licences;

/// <summary>Licences in the database.</summary>
internal static class LicenceStore
{
    private const string Columns = """
        l.licence_id, l.type_number, l.number, l.holder_name, l.holder_code, l.holder_code_type, l.issuer_name, l.issuer_code,
        l.issued_on, l.valid_from, l.valid_until, l.status_raw, l.status_note, l.fields, l.display,
        l.list_number, l.list_index, l.status, l.reason_code, l.tag, l.last_seq
        """;

    private const string ById = $"SELECT {Columns} FROM licences l WHERE l.licence_id = @id";

    private const string ShowableBy = $"""
        SELECT {Columns} FROM licences l WHERE l.holder_code = @code AND l.holder_code_type = @codeType
        UNION
        SELECT {Columns} FROM licences l JOIN licence_parties p ON p.licence_id = l.licence_id WHERE p.code = @code AND p.code_type = @codeType
        ORDER BY 1 LIMIT 500
        """;

    private const string PartiesOf = "SELECT presenter, name, code, code_type FROM licence_parties WHERE licence_id = @id ORDER BY presenter, code";

    private const string Upsert = """
        INSERT INTO licences (licence_id, type_number, number, holder_name, holder_code, holder_code_type, issuer_name, issuer_code,
            issued_on, valid_from, valid_until, status_raw, status_note, fields, display,
            list_number, list_index, status, reason_code, tag, last_seq)
        VALUES (@licenceId, @typeNumber, @number, @holderName, @holderCode, @holderCodeType, @issuerName, @issuerCode,
            @issuedOn, @validFrom, @validUntil, @statusRaw, @statusNote, @fields, @display,
            @list, @index, @status, @reason, @tag, @lastSeq)
        ON CONFLICT (licence_id) DO UPDATE SET
            type_number = excluded.type_number, number = excluded.number, holder_name = excluded.holder_name,
            holder_code = excluded.holder_code, holder_code_type = excluded.holder_code_type,
            issuer_name = excluded.issuer_name, issuer_code = excluded.issuer_code, issued_on = excluded.issued_on,
            valid_from = excluded.valid_from, valid_until = excluded.valid_until, status_raw = excluded.status_raw,
            status_note = excluded.status_note, fields = excluded.fields, display = excluded.display,
            list_number = excluded.list_number, list_index = excluded.list_index, status = excluded.status,
            reason_code = excluded.reason_code, tag = excluded.tag, last_seq = excluded.last_seq
        """;

    private const string DeleteParties = "DELETE FROM licence_parties WHERE licence_id = @id";

    private const string InsertParty = """
        INSERT INTO licence_parties (licence_id, presenter, code, code_type, name) VALUES (@id, @presenter, @code, @codeType, @name)
        """;

    /// <summary>One licence, or null.</summary>
    public static async Task<StoredLicence?> FindAsync(DbConnection connection, string licenceId, DbTransaction? transaction = null)
    {
        var row = await connection.QuerySingleOrDefaultAsync<Row>(ById, new { id = licenceId }, transaction);
        return row is null ? null : await CompleteAsync(connection, row, transaction);
    }

    /// <summary>The licences whose holder, guardian or agent this person is; at most 500.</summary>
    public static async Task<IReadOnlyList<StoredLicence>> ListShowableAsync(DbConnection connection, Person person)
    {
        var licences = new List<StoredLicence>();
        foreach (var row in await connection.QueryAsync<Row>(ShowableBy, new { code = person.Code, codeType = person.CodeType }))
        {
            licences.Add(await CompleteAsync(connection, row, null));
        }

        return licences;
    }

    /// <summary>Writes a licence, new or changed.</summary>
    public static async Task WriteAsync(DbTransaction transaction, StoredLicence licence)
    {
        var record = licence.Record;
        var id = record.Id.ToString();
        var connection = transaction.Connection!;
        await connection.ExecuteAsync(
            Upsert,
            new
            {
                licenceId = id,
                typeNumber = record.TypeNumber,
                number = record.Number,
                holderName = record.Holder.Name,
                holderCode = record.Holder.Code,
                holderCodeType = record.Holder.CodeType,
                issuerName = record.Issuer.Name,
                issuerCode = record.Issuer.Code,
                issuedOn = record.IssuedOn,
                validFrom = record.ValidFrom,
                validUntil = record.ValidUntil,
                statusRaw = record.Status.Name(),
                statusNote = licence.StatusNote,
                fields = JsonSerializer.Serialize(record.Fields),
                display = record.Display.Encode(),
                list = licence.List,
                index = licence.Index,
                status = (int)licence.Status,
                reason = (int)licence.Reason,
                tag = licence.Tag.ToBytes(),
                lastSeq = licence.LastSeq,
            },
            transaction);
        await connection.ExecuteAsync(DeleteParties, new { id }, transaction);
        await WritePartiesAsync(transaction, id, Presenter.Guardian, record.Guardians);
        await WritePartiesAsync(transaction, id, Presenter.Agent, record.Agents);
    }

    private static async Task WritePartiesAsync(DbTransaction transaction, string id, Presenter presenter, IReadOnlyList<Party> parties)
    {
        foreach (var party in parties)
        {
            await transaction.Connection!.ExecuteAsync(
                InsertParty,
                new { id, presenter = (int)presenter, code = party.Code, codeType = party.CodeType, name = party.Name },
                transaction);
        }
    }

    private static async Task<StoredLicence> CompleteAsync(DbConnection connection, Row row, DbTransaction? transaction)
    {
        var parties = (await connection.QueryAsync<PartyRow>(PartiesOf, new { id = row.LicenceId }, transaction)).ToList();
        if (!LicenceId.TryParse(row.LicenceId, out var id)
            || !Display.TryDecode(row.Display, out var display)
            || !NormalisedStatuses.TryParse(row.StatusRaw, out var raw))
        {
            throw new InvalidDataException("A licence row in the database is damaged: its identifier, display or status cannot be read.");
        }

        return new StoredLicence
        {
            Record = new LicenceRecord
            {
                Id = id,
                TypeNumber = (int)row.TypeNumber,
                Number = row.Number,
                Holder = new Party(row.HolderName, row.HolderCode, row.HolderCodeType),
                Issuer = new Party(row.IssuerName, row.IssuerCode, "001"),
                IssuedOn = (int)row.IssuedOn,
                ValidFrom = (int)row.ValidFrom,
                ValidUntil = (int?)row.ValidUntil,
                Status = raw,
                Fields = JsonSerializer.Deserialize<SortedDictionary<string, string>>(row.Fields)!,
                Guardians = PartiesAs(parties, Presenter.Guardian),
                Agents = PartiesAs(parties, Presenter.Agent),
                Display = display,
            },
            StatusNote = row.StatusNote,
            List = (int)row.ListNumber,
            Index = (int)row.ListIndex,
            Status = (LicenceStatus)row.Status,
            Reason = (StatusReason)row.ReasonCode,
            Tag = EntryTag.FromBytes(row.Tag),
            LastSeq = row.LastSeq,
        };
    }

    private static Party[] PartiesAs(IEnumerable<PartyRow> rows, Presenter presenter) =>
        [.. rows.Where(r => r.Presenter == (int)presenter).Select(r => new Party(r.Name, r.Code, r.CodeType))];

    private sealed class Row
    {
        public string LicenceId { get; init; } = "";

        public long TypeNumber { get; init; }

        public string Number { get; init; } = "";

        public string HolderName { get; init; } = "";

        public string HolderCode { get; init; } = "";

        public string HolderCodeType { get; init; } = "";

        public string IssuerName { get; init; } = "";

        public string IssuerCode { get; init; } = "";

        public long IssuedOn { get; init; }

        public long ValidFrom { get; init; }

        public long? ValidUntil { get; init; }

        public string StatusRaw { get; init; } = "";

        public string StatusNote { get; init; } = "";

        public string Fields { get; init; } = "";

        public byte[] Display { get; init; } = [];

        public long ListNumber { get; init; }

        public long ListIndex { get; init; }

        public long Status { get; init; }

        public long ReasonCode { get; init; }

        public byte[] Tag { get; init; } = [];

        public long LastSeq { get; init; }
    }

    private sealed class PartyRow
    {
        public long Presenter { get; init; }

        public string Name { get; init; } = "";

        public string Code { get; init; } = "";

        public string CodeType { get; init; } = "";
    }
}
