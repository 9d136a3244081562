using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;
using Dapper;
using static CrossProvince.Service.StatusIndex.Auditing.StatusDifference;

namespace CrossProvince.Service.StatusIndex.Auditing;

/// <summary>Holds licences, the entries given out and the counts of the lists against the lists that the chain makes.</summary>
/// <param name="region">The region.</param>
/// <param name="chain">The lists, and the last change of each entry.</param>
/// <param name="today">Today, days since 1970-01-01, China Standard Time.</param>
internal sealed class LicenceComparison(RegionCode region, ChainReplay chain, int today)
{
    private const int ReadAtOnce = 5_000;

    private const string LicencesAfter = """
        SELECT l.licence_row AS licence_row_number, l.type_number, l.display, l.status_raw, l.valid_from, l.list_number, l.list_index, l.status, l.reason_code, l.tag, l.last_seq,
            CASE WHEN e.licence_row = l.licence_row THEN 1 ELSE 0 END AS has_entry
        FROM licences l LEFT JOIN list_entries e ON e.list_number = l.list_number AND e.list_index = l.list_index
        WHERE l.licence_row > @after ORDER BY l.licence_row LIMIT @limit
        """;

    private const string EntriesAfter = """
        SELECT e.list_number, e.list_index,
            CASE WHEN e.licence_row = -1 THEN 2 WHEN l.licence_row IS NULL THEN 0 WHEN l.list_number = e.list_number AND l.list_index = e.list_index THEN 1 ELSE 2 END AS held
        FROM list_entries e LEFT JOIN licences l ON l.licence_row = e.licence_row
        WHERE (e.list_number, e.list_index) > (@list, @index) ORDER BY e.list_number, e.list_index LIMIT @limit
        """;

    private const string ListsInOrder = "SELECT list_number, allocated FROM lists ORDER BY list_number";

    private const int WithoutLicence = 0;
    private const int LeftByItsLicence = 2;

    /// <summary>Licences compared.</summary>
    public long Licences { get; private set; }

    /// <summary>Entries compared.</summary>
    public long Entries { get; private set; }

    /// <summary>Compares every licence, then every entry given out, then the lists.</summary>
    public async Task<StatusDifference?> RunAsync(ReadingTransaction database, CancellationToken cancellation) =>
        await CompareLicencesAsync(database, cancellation) ?? await CompareEntriesAsync(database, cancellation) ?? await CompareListsAsync(database);

    private async Task<StatusDifference?> CompareLicencesAsync(ReadingTransaction database, CancellationToken cancellation)
    {
        var after = 0L;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = 0;
            foreach (var row in await database.Connection.QueryAsync<LicenceRow>(LicencesAfter, new { after, limit = ReadAtOnce }, database.Transaction))
            {
                if (Compare(row) is { } difference)
                {
                    return difference;
                }

                count++;
                Licences++;
                after = row.LicenceRowNumber;
            }

            if (count < ReadAtOnce)
            {
                return null;
            }
        }
    }

    private StatusDifference? Compare(LicenceRow row)
    {
        var (list, index) = ((int)row.ListNumber, (int)row.ListIndex);
        StatusDifference Differs(StatusDifferenceKind kind, string zh, string en) => OfEntry(kind, list, index, zh, en);

        var entry = chain.Index.Find(list, index);
        if (entry.Tag == EntryTag.None || row.HasEntry == 0)
        {
            return Differs(StatusDifferenceKind.LicenceEntry, "一份证照占用了没有分配给它的位置。", "a licence stands at an entry that was not given to it.");
        }

        if (!row.Tag.AsSpan().SequenceEqual(entry.Tag.ToBytes()) || !IsTagOf(row, entry.Tag))
        {
            return Differs(
                StatusDifferenceKind.LicenceTag, "证照的标签与链不同，或与证照显示的内容不符。", "the licence's tag is not that of the chain, or not that of what the licence shows.");
        }

        if (!NormalisedStatuses.TryParse(row.StatusRaw, out var worded))
        {
            return Differs(StatusDifferenceKind.LicenceStatus, "证照的状态不可读。", "the licence's status cannot be read.");
        }

        if ((LicenceStatus)row.Status != entry.Status || !Agrees(worded, row, entry))
        {
            return Differs(
                StatusDifferenceKind.LicenceStatus, $"证照的状态为 {row.StatusRaw}（{row.Status}），链所得为 {(int)entry.Status}。",
                $"the licence's status is {row.StatusRaw} ({row.Status}), that of the chain {(int)entry.Status}.");
        }

        if ((StatusReason)row.ReasonCode != entry.Reason)
        {
            return Differs(
                StatusDifferenceKind.LicenceReason, $"证照的原因码为 {row.ReasonCode}，链所得为 {(int)entry.Reason}。", $"the licence's reason is {row.ReasonCode}, that of the chain {(int)entry.Reason}.");
        }

        var last = chain.LastChangeOf(list, index);
        return row.LastSeq == last
            ? null
            : Differs(
                StatusDifferenceKind.LicenceChange, $"证照记其最后变更为第 {row.LastSeq} 条，链中为第 {last} 条。", $"the licence names change {row.LastSeq} as its last; the chain has {last}.");
    }

    private bool IsTagOf(LicenceRow row, EntryTag tag) =>
        row.Display.Length <= EntryTag.MaxDisplayBytes && EntryTag.Compute(region, (int)row.ListNumber, (int)row.ListIndex, (int)row.TypeNumber, row.Display) == tag;

    /// <summary>Whether the entry says what the licence's wording means. Not active yet may stand a while past the first valid day, until a node puts it in force.</summary>
    private bool Agrees(NormalisedStatus worded, LicenceRow row, IndexEntry entry) =>
        worded.InIndex((int)row.ValidFrom, today) == (entry.Status, entry.Reason)
        || (worded is NormalisedStatus.Valid or NormalisedStatus.Expired && (entry.Status, entry.Reason) == (LicenceStatus.NotActive, StatusReason.NotYetActive));

    private async Task<StatusDifference?> CompareEntriesAsync(ReadingTransaction database, CancellationToken cancellation)
    {
        var (list, index) = (-1, 0);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = 0;
            foreach (var row in await database.Connection.QueryAsync<EntryRow>(EntriesAfter, new { list, index, limit = ReadAtOnce }, database.Transaction))
            {
                (list, index) = ((int)row.ListNumber, (int)row.ListIndex);
                if (Compare(list, index, row.Held) is { } difference)
                {
                    return difference;
                }

                chain.Tick(list, index);
                count++;
                Entries++;
            }

            if (count < ReadAtOnce)
            {
                return chain.FindUnticked() is { } unwritten
                    ? OfEntry(
                        StatusDifferenceKind.EntryMissing, unwritten.List, unwritten.Index, "链中已有，却没有记为已分配：可能被重复分配。", "is in the chain, but not written down as given out: it could be given out again.")
                    : null;
            }
        }
    }

    private StatusDifference? Compare(int list, int index, long held)
    {
        var entry = chain.Index.Find(list, index);
        return entry.Tag == EntryTag.None ? OfEntry(StatusDifferenceKind.EntryUnknown, list, index, "记为已分配，链中却没有。", "is written down as given out; the chain knows nothing of it.")
            : held == WithoutLicence ? OfEntry(StatusDifferenceKind.EntryWithoutLicence, list, index, "已分配，但没有对应的证照。", "was given out to a licence that is gone.")
            : held == LeftByItsLicence && entry.Status != LicenceStatus.Ended
                ? OfEntry(StatusDifferenceKind.EntryNotEnded, list, index, "证照已换到新的位置，此位置却没有终止。", "its licence has moved to another entry, and this one was not ended.")
            : null;
    }

    private async Task<StatusDifference?> CompareListsAsync(ReadingTransaction database)
    {
        var written = (await database.Connection.QueryAsync<ListRow>(ListsInOrder, transaction: database.Transaction)).ToDictionary(row => (int)row.ListNumber, row => row.Allocated);
        foreach (var list in chain.Index.Lists.Select(list => list.Number).Union(written.Keys).Order())
        {
            var (counted, made) = (written.GetValueOrDefault(list), chain.Index.FindList(list)?.Allocated ?? 0);
            if (counted != made)
            {
                return new StatusDifference(
                    StatusDifferenceKind.ListCount,
                    new LocalizedText($"状态表 {list} 记有 {counted} 个已分配位置，链中有 {made} 个。", $"List {list} is written down with {counted} entries; the chain gave out {made}."),
                    List: list);
            }
        }

        return null;
    }

    private sealed class LicenceRow
    {
        public long LicenceRowNumber { get; init; }

        public long TypeNumber { get; init; }

        public byte[] Display { get; init; } = [];

        public string StatusRaw { get; init; } = "";

        public long ValidFrom { get; init; }

        public long ListNumber { get; init; }

        public long ListIndex { get; init; }

        public long Status { get; init; }

        public long ReasonCode { get; init; }

        public byte[] Tag { get; init; } = [];

        public long LastSeq { get; init; }

        public long HasEntry { get; init; }
    }

    private sealed class EntryRow
    {
        public long ListNumber { get; init; }

        public long ListIndex { get; init; }

        public long Held { get; init; }
    }

    private sealed class ListRow
    {
        public long ListNumber { get; init; }

        public long Allocated { get; init; }
    }
}
