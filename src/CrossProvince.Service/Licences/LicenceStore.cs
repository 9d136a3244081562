using System.Data.Common;
using System.Text;
using System.Text.Json;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Status;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Storage;
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

    private const string ShowableBy = $"""
        SELECT {Columns} FROM licences l WHERE l.holder_code = @code AND l.holder_code_type = @codeType
        UNION
        SELECT {Columns} FROM licences l JOIN licence_parties p ON p.licence_id = l.licence_id WHERE p.code = @code AND p.code_type = @codeType
        ORDER BY 1 LIMIT 500
        """;

    private static readonly CompositeFormat s_byIds = CompositeFormat.Parse($$"""SELECT {{Columns}} FROM licences l WHERE l.licence_id {0}""");

    private static readonly CompositeFormat s_partiesOf = CompositeFormat.Parse("SELECT licence_id, presenter, name, code, code_type FROM licence_parties WHERE licence_id {0} ORDER BY licence_id, presenter, code");

    private static readonly CompositeFormat s_deleteParties = CompositeFormat.Parse("DELETE FROM licence_parties WHERE licence_id {0}");

    private static readonly Table<(string Id, StoredLicence Licence)> s_licences = new Table<(string Id, StoredLicence Licence)>("licences", "licence_id")
        .Text("licence_id", row => row.Id)
        .Integer("type_number", row => row.Licence.Record.TypeNumber)
        .Text("number", row => row.Licence.Record.Number)
        .Text("holder_name", row => row.Licence.Record.Holder.Name)
        .Text("holder_code", row => row.Licence.Record.Holder.Code)
        .Text("holder_code_type", row => row.Licence.Record.Holder.CodeType)
        .Text("issuer_name", row => row.Licence.Record.Issuer.Name)
        .Text("issuer_code", row => row.Licence.Record.Issuer.Code)
        .Integer("issued_on", row => row.Licence.Record.IssuedOn)
        .Integer("valid_from", row => row.Licence.Record.ValidFrom)
        .IntegerOrNull("valid_until", row => row.Licence.Record.ValidUntil)
        .Text("status_raw", row => row.Licence.Record.Status.Name())
        .Text("status_note", row => row.Licence.StatusNote)
        .Text("fields", row => JsonSerializer.Serialize(row.Licence.Record.Fields))
        .Bytes("display", row => row.Licence.Record.Display.Encode())
        .Integer("list_number", row => row.Licence.List)
        .Integer("list_index", row => row.Licence.Index)
        .Integer("status", row => (int)row.Licence.Status)
        .Integer("reason_code", row => (int)row.Licence.Reason)
        .Bytes("tag", row => row.Licence.Tag.ToBytes())
        .BigInteger("last_seq", row => row.Licence.LastSeq);

    private static readonly Table<(string Id, Presenter As, Party Party)> s_parties = new Table<(string Id, Presenter As, Party Party)>("licence_parties", "licence_id")
        .Text("licence_id", row => row.Id)
        .Integer("presenter", row => (int)row.As)
        .Text("code", row => row.Party.Code)
        .Text("code_type", row => row.Party.CodeType)
        .Text("name", row => row.Party.Name);

    /// <summary>One licence, or null.</summary>
    public static async Task<StoredLicence?> FindAsync(DbConnection connection, string licenceId) =>
        (await FindAsync(connection, null, [licenceId])).FirstOrDefault().Licence;

    /// <summary>Those of the licences that there are.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="licenceIds">The licences, each once.</param>
    public static async Task<Dictionary<string, StoredLicence>> FindManyAsync(DbTransaction transaction, IReadOnlyCollection<string> licenceIds) =>
        (await FindAsync(transaction.Connection!, transaction, licenceIds)).ToDictionary(found => found.Id, found => found.Licence);

    /// <summary>The licences whose holder, guardian or agent this person is; at most 500.</summary>
    public static async Task<IReadOnlyList<StoredLicence>> ListShowableAsync(DbConnection connection, Person person)
    {
        var rows = await connection.QueryAsync<Row>(ShowableBy, new { code = person.Code, codeType = person.CodeType });
        return [.. (await CompleteAsync(connection, null, rows.AsList())).Select(found => found.Licence)];
    }

    /// <summary>Writes licences that are not stored yet; the caller holds the lock of the chain's end, as everybody does who writes licences.</summary>
    public static async Task InsertAsync(DbTransaction transaction, IReadOnlyList<StoredLicence> licences)
    {
        var rows = Named(licences);
        await s_licences.InsertAsync(transaction, rows);
        await s_parties.InsertAsync(transaction, PartiesOf(rows));
    }

    /// <summary>Writes licences that are stored otherwise, each once; the caller holds the lock of the chain's end.</summary>
    public static async Task UpdateAsync(DbTransaction transaction, IReadOnlyList<StoredLicence> licences)
    {
        if (licences.Count == 0)
        {
            return;
        }

        var rows = Named(licences);
        await s_licences.UpdateAsync(transaction, rows);
        await ManyKeys.ExecuteAsync(transaction, s_deleteParties, [.. rows.Select(row => row.Id)]);
        await s_parties.InsertAsync(transaction, PartiesOf(rows));
    }

    private static List<(string Id, StoredLicence Licence)> Named(IReadOnlyList<StoredLicence> licences) => [.. licences.Select(licence => (licence.Record.Id.ToString(), licence))];

    private static List<(string Id, Presenter As, Party Party)> PartiesOf(List<(string Id, StoredLicence Licence)> rows) =>
    [
        .. rows.SelectMany(row => row.Licence.Record.Guardians.Select(party => (row.Id, Presenter.Guardian, party))
            .Concat(row.Licence.Record.Agents.Select(party => (row.Id, Presenter.Agent, party)))),
    ];

    private static async Task<List<(string Id, StoredLicence Licence)>> FindAsync(DbConnection connection, DbTransaction? transaction, IReadOnlyCollection<string> licenceIds)
    {
        var rows = await ManyKeys.QueryAsync<Row>(connection, transaction, s_byIds, licenceIds);
        return await CompleteAsync(connection, transaction, rows.AsList());
    }

    private static async Task<List<(string Id, StoredLicence Licence)>> CompleteAsync(DbConnection connection, DbTransaction? transaction, List<Row> rows)
    {
        if (rows.Count == 0)
        {
            return [];
        }

        var parties = (await ManyKeys.QueryAsync<PartyRow>(connection, transaction, s_partiesOf, [.. rows.Select(row => row.LicenceId)])).ToLookup(party => party.LicenceId);
        return [.. rows.Select(row => (row.LicenceId, Read(row, parties[row.LicenceId])))];
    }

    private static StoredLicence Read(Row row, IEnumerable<PartyRow> parties)
    {
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
        public string LicenceId { get; init; } = "";

        public long Presenter { get; init; }

        public string Name { get; init; } = "";

        public string Code { get; init; } = "";

        public string CodeType { get; init; } = "";
    }
}
