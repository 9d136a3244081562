using System.Data.Common;
using System.Text;
using CrossProvince.Core.Status;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;
using Dapper;

namespace CrossProvince.Service.Licences;

/// <summary>The statuses of licences in the database, many at once.</summary>
internal static class LicenceStatusStore
{
    private const string Columns =
        "licence_row, licence_hash, issuer_code, valid_from, status_raw, status_note, list_number, list_index, status, reason_code, tag, last_seq";

    private const string DueForActivation = $"""
        SELECT {Columns} FROM licences
        WHERE status = 3 AND reason_code = 20 AND status_raw = 'valid' AND valid_from <= @today LIMIT 500
        """;

    private static readonly CompositeFormat s_byHashes = CompositeFormat.Parse($$"""SELECT {{Columns}} FROM licences WHERE licence_hash IN (VALUES {0})""");

    private static readonly CompositeFormat s_write = CompositeFormat.Parse("""
        UPDATE licences SET status_raw = v.column2, status_note = v.column3, status = v.column4, reason_code = v.column5, last_seq = v.column6
        FROM (VALUES {0}) AS v WHERE licence_row = v.column1
        """);

    /// <summary>The statuses of those of the licences that there are, by their identifiers.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="keys">By which they are found.</param>
    /// <param name="licenceIds">The licences, each once.</param>
    public static async Task<Dictionary<string, CurrentStatus>> FindAsync(DbTransaction transaction, KeyRing keys, IEnumerable<string> licenceIds)
    {
        var asked = licenceIds.SelectMany(id => keys.HashesOf(id).Select(hash => (Id: id, Hash: hash))).ToList();
        var ids = asked.ToDictionary(a => Convert.ToHexString(a.Hash), a => a.Id);
        var rows = await ManyRows.QueryAsync<Row>(transaction, s_byHashes, [.. asked.Select(a => new object[] { a.Hash })]);
        return rows.ToDictionary(row => ids[Convert.ToHexString(row.LicenceHash)], Read);
    }

    /// <summary>Valid licences whose first day has come while their entry still says not active; at most 500.</summary>
    public static async Task<IReadOnlyList<CurrentStatus>> ListDueForActivationAsync(DbTransaction transaction, int today) =>
        [.. (await transaction.Connection!.QueryAsync<Row>(DueForActivation, new { today }, transaction)).Select(Read)];

    /// <summary>Writes statuses, each licence at most once.</summary>
    public static Task WriteAsync(DbTransaction transaction, IEnumerable<CurrentStatus> statuses) => ManyRows.ExecuteAsync(
        transaction,
        s_write,
        [.. statuses.Select(s => new object[] { s.Row, s.Worded.Name(), s.SealedNote, (int)s.Status, (int)s.Reason, s.LastSeq })]);

    private static CurrentStatus Read(Row row) => new()
    {
        Row = row.LicenceRow,
        IssuerCode = row.IssuerCode,
        ValidFrom = (int)row.ValidFrom,
        Worded = NormalisedStatuses.TryParse(row.StatusRaw, out var worded)
            ? worded
            : throw new InvalidDataException("A licence row in the database is damaged: its status cannot be read."),
        SealedNote = row.StatusNote,
        List = (int)row.ListNumber,
        Index = (int)row.ListIndex,
        Status = (LicenceStatus)row.Status,
        Reason = (StatusReason)row.ReasonCode,
        Tag = EntryTag.FromBytes(row.Tag),
        LastSeq = row.LastSeq,
    };

    private sealed class Row
    {
        public long LicenceRow { get; init; }

        public byte[] LicenceHash { get; init; } = [];

        public string IssuerCode { get; init; } = "";

        public long ValidFrom { get; init; }

        public string StatusRaw { get; init; } = "";

        public byte[] StatusNote { get; init; } = [];

        public long ListNumber { get; init; }

        public long ListIndex { get; init; }

        public long Status { get; init; }

        public long ReasonCode { get; init; }

        public byte[] Tag { get; init; } = [];

        public long LastSeq { get; init; }
    }
}
