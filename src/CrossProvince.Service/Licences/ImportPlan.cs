using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Service.StatusIndex;

namespace CrossProvince.Service.Licences;

/// <summary>What a batch of licences makes of those that are stored: decided in memory, line after line, before anything is written.</summary>
/// <remarks>A licence that comes twice meets itself as the line before left it. Entries and numbers of changes are filled in by <see cref="Complete"/>, once all are known to be needed.</remarks>
internal sealed class ImportPlan
{
    private const int TagsAtOnce = EntryTagBatch.MaxCapacity;

    private readonly Dictionary<string, PlannedLicence> _licences;
    private readonly List<PlannedEntry> _newEntries = [];
    private readonly List<PlannedChange> _changes = [];
    private readonly List<(ImportOutcome Outcome, string? Refusal)> _outcomes;
    private readonly IReadOnlyDictionary<string, string> _unreadable;
    private readonly int _today;

    /// <summary>Decides.</summary>
    /// <param name="records">The licences, by their identifiers' texts; one may come several times.</param>
    /// <param name="stored">Those of them that are stored.</param>
    /// <param name="today">Today, China Standard Time.</param>
    public ImportPlan(IReadOnlyList<(string Id, LicenceRecord Record)> records, FoundLicences stored, int today)
    {
        (_today, _unreadable) = (today, stored.Unreadable);
        _licences = new Dictionary<string, PlannedLicence>(records.Count);
        _outcomes = new List<(ImportOutcome, string?)>(records.Count);
        foreach (var (id, record) in records)
        {
            if (!_licences.TryGetValue(id, out var licence) && stored.Licences.TryGetValue(id, out var before))
            {
                _licences.Add(id, licence = new PlannedLicence(before));
            }

            _outcomes.Add(Take(id, licence, record));
        }
    }

    /// <summary>One outcome a record, in order, or the reason why it is not taken.</summary>
    public IReadOnlyList<(ImportOutcome Outcome, string? Refusal)> Outcomes => _outcomes;

    /// <summary>The row of the licence of each new entry, in order: a new licence is numbered by the first of its changes.</summary>
    /// <param name="lastSeq">The chain's end.</param>
    public IReadOnlyList<long> NewEntries(long lastSeq) => [.. _newEntries.Select(entry => entry.Licence.Before?.Row ?? (lastSeq + 1 + entry.Licence.FirstChange))];

    /// <summary>The licences that were not stored, as they are to be.</summary>
    public IReadOnlyList<StoredLicence> Created => [.. _licences.Values.Where(licence => licence.Before is null).Select(licence => licence.ToStored())];

    /// <summary>The licences that are stored otherwise, as they are to be.</summary>
    public IReadOnlyList<StoredLicence> Changed => [.. _licences.Values.Where(licence => licence is { Before: not null, IsChanged: true }).Select(licence => licence.ToStored())];

    /// <summary>The entries that <see cref="Changed"/> have left or keep.</summary>
    public IReadOnlyList<(int List, int Index)> Touched =>
        [.. _licences.Values.Where(licence => licence is { Before: not null, IsChanged: true }).Select(licence => (licence.Before!.List, licence.Before.Index))];

    /// <summary>Fills in the new entries and appends all changes to the chain, in the order in which they were decided.</summary>
    /// <param name="region">The region.</param>
    /// <param name="places">One place for each of <see cref="NewEntries"/>.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="now">Unix milliseconds.</param>
    public void Complete(RegionCode region, IReadOnlyList<Place> places, StatusChainWriter chain, long now)
    {
        var tags = new EntryTagBatch(Math.Min(TagsAtOnce, _newEntries.Count));
        for (var first = 0; first < _newEntries.Count; first += TagsAtOnce)
        {
            var count = Math.Min(TagsAtOnce, _newEntries.Count - first);
            tags.Begin();
            for (var i = first; i < first + count; i++)
            {
                var entry = _newEntries[i];
                entry.Place = places[i];
                tags.Add(region, entry.Place.List, entry.Place.Index, entry.TypeNumber, entry.Display);
            }

            tags.Compute();
            for (var i = 0; i < count; i++)
            {
                _newEntries[first + i].Tag = tags[i];
            }
        }

        foreach (var change in _changes)
        {
            change.Licence.Row ??= chain.Seq + 1;
            var seq = chain.Append(now, change.Entry.Place.List, change.Entry.Place.Index, change.Status, change.Entry.Tag, change.Reason);
            if (change.IsOfLicence)
            {
                change.Licence.LastSeq = seq;
            }
        }
    }

    private (ImportOutcome Outcome, string? Refusal) Take(string id, PlannedLicence? licence, LicenceRecord record)
    {
        var (status, reason) = record.Status.InIndex(record.ValidFrom, _today);
        if (_unreadable.TryGetValue(id, out var problem))
        {
            return (default, $"stands for a licence that cannot be read. {problem}");
        }

        if (licence is null)
        {
            _licences.Add(id, licence = new PlannedLicence(record) { FirstChange = _changes.Count });
            Move(licence, record, status, reason);
            return (ImportOutcome.Created, null);
        }

        if (licence.Record.Number != record.Number)
        {
            return (default, "licence_id stands for a licence with another number already; give each its own licence_id.");
        }

        var hasStatus = (licence.Status, licence.Reason) == (status, reason);
        if (hasStatus && IsSame(licence.Record, record))
        {
            return (ImportOutcome.Unchanged, null);
        }

        if (licence.Status == LicenceStatus.Ended && status != LicenceStatus.Ended)
        {
            return (default, "the licence has ended for good and can't come back by import; a new version needs a new licence_id.");
        }

        if (licence.Record.Display != record.Display || licence.Record.TypeNumber != record.TypeNumber)
        {
            // What a code shows is bound to its entry: the old entry ends, the licence gets a new one (docs/payload.md, display).
            if (licence.Status != LicenceStatus.Ended)
            {
                _changes.Add(new PlannedChange(licence, licence.Entry, LicenceStatus.Ended, StatusReason.Replaced, IsOfLicence: false));
            }

            Move(licence, record, status, reason);
        }
        else if (!hasStatus)
        {
            _changes.Add(new PlannedChange(licence, licence.Entry, status, reason, IsOfLicence: true));
        }

        licence.Stand(record, status, reason);
        return (ImportOutcome.Updated, null);
    }

    /// <summary>Gives a licence a new entry.</summary>
    private void Move(PlannedLicence licence, LicenceRecord record, LicenceStatus status, StatusReason reason)
    {
        licence.Entry = new PlannedEntry(licence, record.TypeNumber, record.Display.Encode());
        _newEntries.Add(licence.Entry);
        _changes.Add(new PlannedChange(licence, licence.Entry, status, reason, IsOfLicence: true));
        licence.Stand(record, status, reason);
    }

    private static bool IsSame(LicenceRecord a, LicenceRecord b) =>
        a with { Fields = b.Fields, Guardians = b.Guardians, Agents = b.Agents, Id = b.Id } == b
        && a.Fields.SequenceEqual(b.Fields)
        && new HashSet<Party>(a.Guardians).SetEquals(b.Guardians)
        && new HashSet<Party>(a.Agents).SetEquals(b.Agents);

    /// <summary>An entry, of which place and tag may not be known yet.</summary>
    private sealed class PlannedEntry(PlannedLicence licence, int typeNumber, byte[] display)
    {
        public PlannedLicence Licence => licence;

        public int TypeNumber => typeNumber;

        public byte[] Display => display;

        public Place Place { get; set; }

        public EntryTag Tag { get; set; }
    }

    /// <summary>One change of an entry; <paramref name="IsOfLicence"/> when it is the last of its licence so far.</summary>
    private sealed record PlannedChange(PlannedLicence Licence, PlannedEntry Entry, LicenceStatus Status, StatusReason Reason, bool IsOfLicence);

    /// <summary>A licence as the lines so far leave it.</summary>
    private sealed class PlannedLicence
    {
        public PlannedLicence(LicenceRecord record) => (Record, Entry) = (record, null!);

        public PlannedLicence(StoredLicence before)
        {
            (Before, Row, Record, Status, Reason, LastSeq) = (before, before.Row, before.Record, before.Status, before.Reason, before.LastSeq);
            Entry = new PlannedEntry(this, before.Record.TypeNumber, []) { Place = new Place(before.List, before.Index), Tag = before.Tag };
        }

        /// <summary>Number of its row; null until it is known.</summary>
        public long? Row { get; set; }

        /// <summary>Which of all changes is the first of a new licence.</summary>
        public int FirstChange { get; init; }

        /// <summary>As it is stored; null when it is not.</summary>
        public StoredLicence? Before { get; }

        public bool IsChanged { get; private set; }

        public LicenceRecord Record { get; private set; }

        public LicenceStatus Status { get; private set; }

        public StatusReason Reason { get; private set; }

        public PlannedEntry Entry { get; set; }

        public long LastSeq { get; set; }

        public void Stand(LicenceRecord record, LicenceStatus status, StatusReason reason) => (Record, Status, Reason, IsChanged) = (record, status, reason, true);

        public StoredLicence ToStored() => new()
        {
            Row = Row!.Value,
            Record = Record,
            StatusNote = Before?.StatusNote ?? "",
            List = Entry.Place.List,
            Index = Entry.Place.Index,
            Status = Status,
            Reason = Reason,
            Tag = Entry.Tag,
            LastSeq = LastSeq,
        };
    }
}
