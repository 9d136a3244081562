using System.Data.Common;
using System.Text.Json;
using CrossProvince.Core.Presentation;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;
using Dapper;

namespace CrossProvince.Service.Licences;

/// <summary>Seals what a program before 0005 wrote in plain text: some rows a transaction, so that an interrupted start goes on where it was.</summary>
/// <remarks>Migration 0005 moved the old rows into tables of their own. Once these are empty, the file of an embedded database is made anew, and then they are dropped.</remarks>
internal static class PlainRows
{
    private const int AtOnce = 250;

    /// <summary>How many there were; none once the tables are dropped.</summary>
    private const string Were = "SELECT value FROM node_state WHERE name = 'plain-rows'";

    private const string Left = "SELECT (SELECT COUNT(*) FROM plain_licences) + (SELECT COUNT(*) FROM plain_showings)";

    private const string SomeShowings = """
        SELECT s.showing, COALESCE(l.last_seq, 0) AS licence_row, s.list_number, s.list_index, s.scenario, s.presenter, s.presenter_code, s.presenter_code_type,
            s.first_issued_at, s.last_expires_at, s.last_code, s.withdrawn_at
        FROM plain_showings s LEFT JOIN plain_licences l ON l.licence_id = s.licence_id ORDER BY s.showing LIMIT @most
        """;

    private const string InsertShowing = """
        INSERT INTO showings (showing, licence_row, list_number, list_index, scenario, presenter, presenter_hash, first_issued_at, last_expires_at, last_code, withdrawn_at)
        VALUES (@Showing, @LicenceRow, @ListNumber, @ListIndex, @Scenario, @Presenter, @PresenterHash, @FirstIssuedAt, @LastExpiresAt, @LastCode, @WithdrawnAt)
        """;

    private const string DeleteShowing = "DELETE FROM plain_showings WHERE showing = @Showing";

    private const string SomeLicences = """
        SELECT licence_id, type_number, number, holder_name, holder_code, holder_code_type, issuer_name, issuer_code, issued_on, valid_from, valid_until,
            status_raw, status_note, fields, display, list_number, list_index, status, reason_code, tag, last_seq
        FROM plain_licences ORDER BY licence_id LIMIT @most
        """;

    private const string PartiesOf = "SELECT presenter, name, code, code_type FROM plain_licence_parties WHERE licence_id = @LicenceId ORDER BY presenter, code";

    private const string InsertParty = "INSERT INTO licence_parties (licence_row, party_hash) VALUES (@row, @hash)";

    private const string DeleteLicence = "DELETE FROM plain_licence_parties WHERE licence_id = @LicenceId; DELETE FROM plain_licences WHERE licence_id = @LicenceId";

    private const string Drop = """
        DROP TABLE plain_licence_parties; DROP TABLE plain_licences; DROP TABLE plain_showings; DELETE FROM node_state WHERE name = 'plain-rows'
        """;

    /// <summary>Seals all of them, and leaves nothing behind.</summary>
    /// <param name="connection">Nobody else does the same.</param>
    /// <param name="database">The database.</param>
    /// <param name="keys">What they are sealed and found by.</param>
    /// <param name="report">Told how many rows are done and left.</param>
    public static void Seal(DbConnection connection, Database database, KeyRing keys, Action<long, long> report)
    {
        if (connection.ExecuteScalar<long?>(Were) is not { } were)
        {
            return;
        }

        if (were > 0)
        {
            var (done, left) = (0L, connection.ExecuteScalar<long>(Left));
            report(done, left);
            while (SealShowings(connection, keys) + SealLicences(connection, keys) is > 0 and var some)
            {
                done += some;
                report(done, left - done);
            }

            database.Compact(connection);
        }

        using var transaction = connection.BeginTransaction();
        connection.Execute(Drop, transaction: transaction);
        transaction.Commit();
    }

    private static int SealShowings(DbConnection connection, KeyRing keys)
    {
        using var transaction = connection.BeginTransaction();
        var rows = connection.Query<PlainShowing>(SomeShowings, new { most = AtOnce }, transaction).ToList();
        foreach (var row in rows)
        {
            row.PresenterHash = keys.HashOf(new Person(row.PresenterCode, row.PresenterCodeType));
            connection.Execute(InsertShowing, row, transaction);
            connection.Execute(DeleteShowing, row, transaction);
        }

        transaction.Commit();
        return rows.Count;
    }

    private static int SealLicences(DbConnection connection, KeyRing keys)
    {
        using var transaction = connection.BeginTransaction();

        // Showings lead to their licences by what stands there, and so go first.
        if (connection.ExecuteScalar<long>("SELECT COUNT(*) FROM plain_showings", transaction: transaction) > 0)
        {
            return 0;
        }

        var rows = connection.Query<PlainLicence>(SomeLicences, new { most = AtOnce }, transaction).ToList();
        foreach (var row in rows)
        {
            var parties = connection.Query<PlainParty>(PartiesOf, row, transaction).ToList();
            var personal = row.Personal(parties);
            connection.Execute(LicenceStore.Upsert, row.Seal(personal, keys), transaction);
            foreach (var hash in LicenceRow.PartyHashesOf(personal.Guardians, personal.Agents, keys))
            {
                connection.Execute(InsertParty, new { row = row.LastSeq, hash }, transaction);
            }

            connection.Execute(DeleteLicence, row, transaction);
        }

        transaction.Commit();
        return rows.Count;
    }

    private sealed class PlainShowing
    {
        public long Showing { get; init; }

        public long LicenceRow { get; init; }

        public long ListNumber { get; init; }

        public long ListIndex { get; init; }

        public long Scenario { get; init; }

        public long Presenter { get; init; }

        public string PresenterCode { get; init; } = "";

        public string PresenterCodeType { get; init; } = "";

        public byte[] PresenterHash { get; set; } = [];

        public long FirstIssuedAt { get; init; }

        public long LastExpiresAt { get; init; }

        public long LastCode { get; init; }

        public long? WithdrawnAt { get; init; }
    }

    private sealed class PlainParty
    {
        public long Presenter { get; init; }

        public string Name { get; init; } = "";

        public string Code { get; init; } = "";

        public string CodeType { get; init; } = "";
    }

    private sealed class PlainLicence
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

        public PersonalFields Personal(IReadOnlyList<PlainParty> parties) => new(
            LicenceId,
            Number,
            new Party(HolderName, HolderCode, HolderCodeType),
            JsonSerializer.Deserialize<SortedDictionary<string, string>>(Fields)!,
            PartiesAs(parties, Core.Presentation.Presenter.Guardian),
            PartiesAs(parties, Core.Presentation.Presenter.Agent));

        public LicenceRow Seal(PersonalFields personal, KeyRing keys) => new()
        {
            LicenceRowNumber = LastSeq,
            LicenceHash = keys.HashOf(LicenceId),
            TypeNumber = TypeNumber,
            HolderHash = keys.HashOf(personal.Holder.Person),
            IssuerName = IssuerName,
            IssuerCode = IssuerCode,
            IssuedOn = IssuedOn,
            ValidFrom = ValidFrom,
            ValidUntil = ValidUntil,
            StatusRaw = StatusRaw,
            StatusNote = keys.SealText(SealedPlace.StatusNote(LastSeq), StatusNote),
            Sealed = keys.Seal(SealedPlace.Licence(LastSeq), personal.Encode()),
            Display = Display,
            ListNumber = ListNumber,
            ListIndex = ListIndex,
            Status = Status,
            ReasonCode = ReasonCode,
            Tag = Tag,
            LastSeq = LastSeq,
        };

        private static Party[] PartiesAs(IEnumerable<PlainParty> rows, Presenter presenter) =>
            [.. rows.Where(r => r.Presenter == (int)presenter).Select(r => new Party(r.Name, r.Code, r.CodeType))];
    }
}
