using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrossProvince.Service.StatusIndex;

/// <summary>What was done to make a chain go on.</summary>
/// <param name="Region">The region.</param>
/// <param name="After">The last change that the restored database had.</param>
/// <param name="Lost">The last change that was published and is lost; the next change has the number after it, or after <paramref name="After"/> if that is higher.</param>
/// <param name="Last">The last change now.</param>
/// <param name="Statuses">Entries whose status was set to what had been published; a licence that was renewed meanwhile is unknown until it is imported again.</param>
/// <param name="Again">Entries in force of licences that the database does not have, or has in an older form: they were ended, and the licences must be imported again.</param>
/// <param name="Hold">What is still withheld.</param>
public sealed record ResumptionReport(string Region, long After, long Lost, long Last, int Statuses, int Again, string Hold);

/// <summary>Makes the chain of a restored database go on behind what partners have seen (docs/adr/0041).</summary>
/// <remarks>
/// The published lists, which a partner still holds, say what was lost: each entry that differs is changed to what was published, in changes of its own behind the lost ones. So partners follow without
/// a revoked licence being in force for a moment. All of it is one transaction.
/// </remarks>
public sealed class ChainResumption
{
    private const int ReadAtOnce = 5_000;

    private const string Lost = "INSERT INTO chain_gaps (after_seq, seq, hash, settled_at) VALUES (@after, @seq, @hash, @now) ON CONFLICT (after_seq) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, settled_at = excluded.settled_at";

    private const string MoveEnd = "UPDATE status_chain SET seq = @seq, hash = @hash WHERE id = 1";

    private const string LicenceAt = """
        SELECT l.licence_row, l.type_number, l.display, l.status_raw, l.valid_from FROM list_entries e
        JOIN licences l ON l.licence_row = e.licence_row AND l.list_number = e.list_number AND l.list_index = e.list_index
        WHERE e.list_number = @list AND e.list_index = @index
        """;

    private const string WriteLicence = """
        UPDATE licences SET list_number = @list, list_index = @index, tag = @tag, status_raw = @worded, status = @status, reason_code = @reason, last_seq = @seq
        WHERE licence_row = @row
        """;

    // No licence has it any more; it must never be given out again.
    private const string TakeEntry = "INSERT INTO list_entries (list_number, list_index, licence_row) VALUES (@list, @index, -1) ON CONFLICT (list_number, list_index) DO NOTHING";

    private const string CountList = """
        INSERT INTO lists (list_number, allocated) SELECT list_number, COUNT(*) FROM list_entries WHERE list_number = @list GROUP BY list_number
        ON CONFLICT (list_number) DO UPDATE SET allocated = excluded.allocated
        """;

    private readonly RegionCode _region;
    private readonly Database _database;
    private readonly GroupCommit _commits;
    private readonly TrustList _trust;
    private readonly DateTimeOffset _now;

    private ChainResumption(RegionCode region, Database database, GroupCommit commits, TrustList trust, DateTimeOffset now) =>
        (_region, _database, _commits, _trust, _now) = (region, database, commits, trust, now);

    /// <summary>Lets a region's chain go on.</summary>
    /// <param name="args">The node's configuration as command-line arguments; of it region, database and trust list are used, and no key.</param>
    /// <param name="partner">Where the region's published index is fetched, by a node that follows it; null: the lists are gone, and lost changes are entered again by hand before anything is published.</param>
    /// <param name="publish">Whether those have been entered.</param>
    /// <param name="cancellation">Gives up; nothing is done then.</param>
    /// <exception cref="ConfigurationException">The configuration is wrong, or there is nothing that stands in the way.</exception>
    /// <exception cref="HttpRequestException">The partner does not answer, or holds less than was seen.</exception>
    /// <exception cref="StatusDocumentException">What the partner gave is not what this region signed, or contradicts the database.</exception>
    /// <exception cref="StorageException">The database failed; nothing was done, unless it failed while it committed.</exception>
    public static async Task<ResumptionReport> RunAsync(string[] args, HttpClient? partner, bool publish, CancellationToken cancellation)
    {
        var settings = AuditSettings.Load(args);
        await using var database = new Database(settings.DatabaseConnection);
        database.Prepare();
        await using var commits = new GroupCommit(database, NullLogger<GroupCommit>.Instance);
        var resumption = new ChainResumption(settings.Region, database, commits, settings.ReadTrustList(), TimeProvider.System.GetUtcNow());
        return partner is not null ? await resumption.FollowAsync(partner, cancellation)
            : publish ? await resumption.PublishAsync(cancellation)
            : await resumption.EnterAsync(cancellation);
    }

    /// <summary>With the lists that a partner holds.</summary>
    private async Task<ResumptionReport> FollowAsync(HttpClient partner, CancellationToken cancellation)
    {
        var trusted = _trust.FindRegion(_region) ?? throw new ConfigurationException("Trust:List", $"does not name region {_region}.");
        var node = new PartnerIndex(partner, _region);
        var document = await node.GetHeadAsync(cancellation);
        var head = StatusHeadDocument.Open(document, _trust, _region, _now.ToUnixTimeSeconds());
        var published = new RegionIndex(_region, trusted.ListBound);
        foreach (var list in head.Lists)
        {
            await IndexPuller.PullListAsync(node, published, list, cancellation);
        }

        published.Follow(head);
        return await _commits.RunAsync(
            async transaction =>
            {
                var state = await ReadAsync(transaction, head.Seq);
                if (state.Hold == ChainHold.None && state.HashAt is { } stored && head.Hash.Span.SequenceEqual(stored))
                {
                    throw NothingToDo();
                }

                if (state.Seen > head.Seq)
                {
                    throw new StatusDocumentException($"That node holds change {head.Seq}; change {state.Seen} was seen elsewhere. Ask a node that holds it.");
                }

                var mine = await ReplayAsync(transaction, trusted.ListBound);
                await SettleAsync(transaction, mine, head.Seq, head.Hash.ToArray(), ChainHold.None);
                var (statuses, again, last) = await TakeOverAsync(transaction, mine, published, trusted.ListBound);
                return new ResumptionReport(_region.ToString(), mine.Seq, head.Seq, last, statuses, again, nameof(ChainHold.None));
            },
            cancellation);
    }

    /// <summary>Without lists: changes may be entered again, nothing is published yet.</summary>
    private Task<ResumptionReport> EnterAsync(CancellationToken cancellation) => _commits.RunAsync(
        async transaction =>
        {
            var state = await ReadAsync(transaction, 0);
            if (state.Hold != ChainHold.Everything)
            {
                throw NothingToDo();
            }

            var mine = await ReplayAsync(transaction, ushort.MaxValue + 1);
            await SettleAsync(transaction, mine, state.Seen, state.SeenHash, ChainHold.Heads);
            return new ResumptionReport(_region.ToString(), mine.Seq, state.Seen, Math.Max(mine.Seq, state.Seen), 0, 0, nameof(ChainHold.Heads));
        },
        cancellation);

    private Task<ResumptionReport> PublishAsync(CancellationToken cancellation) => _commits.RunAsync(
        async transaction =>
        {
            var state = await ReadAsync(transaction, 0);
            if (state.Hold != ChainHold.Heads)
            {
                throw NothingToDo();
            }

            // One change more at least than anybody has seen: a head of the same change would be a second story of it.
            if (state.Seq <= state.Seen)
            {
                throw new ConfigurationException("status resume", "has nothing to publish: no lost change has been entered again yet. If none was lost, change some licence's status there and back.");
            }

            await ChainState.ReleaseAsync(transaction, ChainHold.None);
            return new ResumptionReport(_region.ToString(), state.Seq, state.Seen, state.Seq, 0, 0, nameof(ChainHold.None));
        },
        cancellation);

    private static ConfigurationException NothingToDo() => new("ConnectionStrings:Database", "names a database whose chain is not held up: there is nothing to resume.");

    /// <summary>Reads how the chain stands, and locks its end.</summary>
    private static async Task<ChainState> ReadAsync(DbTransaction transaction, long seq)
    {
        await transaction.Connection!.ExecuteAsync("UPDATE status_chain SET seq = seq WHERE id = 1", transaction: transaction);
        return await ChainState.ReadAsync(transaction.Connection!, seq, transaction);
    }

    private async Task<RegionIndex> ReplayAsync(DbTransaction transaction, int listBound)
    {
        var index = new RegionIndex(_region, listBound);
        var gaps = await StatusChangeReader.ReadGapsAsync(transaction.Connection!, transaction);
        IReadOnlyList<StoredChange> changes;
        do
        {
            if (gaps.TryGetValue(index.Seq, out var gap))
            {
                index.Bridge(gap.Seq, gap.Hash);
            }

            changes = await StatusChangeReader.ReadAsync(transaction.Connection!, index.Seq + 1, ReadAtOnce, transaction);
            foreach (var (change, _) in changes)
            {
                if (change.Seq != index.Seq + 1 && gaps.TryGetValue(index.Seq, out var before))
                {
                    index.Bridge(before.Seq, before.Hash);
                }

                index.Apply(change);
            }
        }
        while (changes.Count > 0);
        return index;
    }

    /// <summary>Writes down what is lost; the next change follows the last that was published.</summary>
    private async Task SettleAsync(DbTransaction transaction, RegionIndex mine, long seen, byte[] seenHash, ChainHold hold)
    {
        // A database that has gone on since lies ahead: its own changes are what comes next.
        var (seq, hash) = mine.Seq >= seen ? (mine.Seq, mine.ChainHash.ToArray()) : (seen, seenHash);
        var connection = transaction.Connection!;
        await connection.ExecuteAsync(Lost, new { after = mine.Seq, seq, hash, now = _now.ToUnixTimeMilliseconds() }, transaction);
        await connection.ExecuteAsync(MoveEnd, new { seq, hash }, transaction);
        await ChainState.ReleaseAsync(transaction, hold);
    }

    /// <summary>Changes every entry that differs into what was published.</summary>
    private async Task<(int Statuses, int Again, long Last)> TakeOverAsync(DbTransaction transaction, RegionIndex mine, RegionIndex published, int listBound)
    {
        var connection = transaction.Connection!;
        var chain = await StatusChainWriter.OpenAsync(transaction);
        var (statuses, again) = (0, 0);
        foreach (var list in published.Lists)
        {
            for (var index = 0; index < StatusList.Capacity; index++)
            {
                var (theirs, own) = (list.Read(index), mine.Find(list.Number, index));
                if (theirs == own || theirs.Tag == EntryTag.None || (own.Status == LicenceStatus.Ended && own.Tag == theirs.Tag))
                {
                    continue;
                }

                if (own.Tag == EntryTag.None)
                {
                    // The licence is lost with it: what it shows is known to nobody.
                    var reason = theirs.Status == LicenceStatus.Ended ? theirs.Reason : StatusReason.Replaced;
                    chain.Append(Now, list.Number, index, LicenceStatus.Ended, theirs.Tag, reason);
                    await connection.ExecuteAsync(TakeEntry, new { list = list.Number, index }, transaction);
                    again += theirs.Status == LicenceStatus.Ended ? 0 : 1;
                }
                else if (own.Tag != theirs.Tag)
                {
                    throw new StatusDocumentException($"Entry {index} of list {list.Number} was published for one licence and has been given to another since the restore: restore the backup again, and resume before anything is changed.");
                }
                else
                {
                    var seq = chain.Append(Now, list.Number, index, theirs.Status, theirs.Tag, theirs.Reason);
                    await FollowAsync(transaction, chain, published, (list.Number, index), theirs, seq, listBound);
                    statuses++;
                }
            }

            await connection.ExecuteAsync(CountList, new { list = list.Number }, transaction);
        }

        // Heads of the lost changes and of what follows must differ in their number, even if nothing differs in the lists.
        if (chain.Seq == published.Seq && published.Lists.Count > 0 && FindSome(published) is { } some)
        {
            chain.Append(Now, some.List, some.Index, some.Entry.Status, some.Entry.Tag, some.Entry.Reason);
        }

        await chain.CloseAsync();
        return (statuses, again, chain.Seq);
    }

    /// <summary>Has the licence's own row say what its entry says.</summary>
    private async Task FollowAsync(DbTransaction transaction, StatusChainWriter chain, RegionIndex known, (int List, int Index) entry, IndexEntry published, long seq, int listBound)
    {
        var connection = transaction.Connection!;
        if (await connection.QuerySingleOrDefaultAsync<LicenceAtEntry>(LicenceAt, new { list = entry.List, index = entry.Index }, transaction) is not { } licence)
        {
            return;
        }

        var worded = NormalisedStatuses.TryParse(licence.StatusRaw, out var word) && word.InIndex((int)licence.ValidFrom, Today) == (published.Status, published.Reason) ? word : Word(published.Reason);
        var (list, index, state) = (entry.List, entry.Index, published);
        if (published.Reason == StatusReason.Replaced)
        {
            // What the licence shows had changed, and is lost: nothing may be shown of it until it comes again.
            (list, index) = (await EntryAllocator.TakeAsync(transaction, known, [licence.LicenceRow], listBound))[0];
            var (status, reason) = NormalisedStatus.Unknown.InIndex((int)licence.ValidFrom, Today);
            state = new IndexEntry(status, EntryTag.Compute(_region, list, index, (int)licence.TypeNumber, licence.Display), reason);
            (worded, seq) = (NormalisedStatus.Unknown, chain.Append(Now, list, index, status, state.Tag, reason));
        }

        await connection.ExecuteAsync(
            WriteLicence,
            new { row = licence.LicenceRow, list, index, tag = state.Tag.ToBytes(), worded = worded.Name(), status = (int)state.Status, reason = (int)state.Reason, seq },
            transaction);
    }

    private static NormalisedStatus Word(StatusReason reason) => reason switch
    {
        StatusReason.None => NormalisedStatus.Valid,
        StatusReason.Revoked => NormalisedStatus.Revoked,
        StatusReason.Cancelled => NormalisedStatus.Cancelled,
        StatusReason.Void => NormalisedStatus.Void,
        StatusReason.TransferredOut => NormalisedStatus.TransferredOut,
        StatusReason.Suspended => NormalisedStatus.Suspended,
        StatusReason.Frozen => NormalisedStatus.Frozen,
        StatusReason.NotYetActive => NormalisedStatus.NotActive,
        _ => NormalisedStatus.Unknown,
    };

    private static (int List, int Index, IndexEntry Entry)? FindSome(RegionIndex index)
    {
        foreach (var list in index.Lists)
        {
            for (var i = 0; i < StatusList.Capacity; i++)
            {
                if (list.Read(i) is { Tag: var tag } entry && tag != EntryTag.None)
                {
                    return (list.Number, i, entry);
                }
            }
        }

        return null;
    }

    private long Now => _now.ToUnixTimeMilliseconds();

    private int Today => ChinaDate.Today(_now.ToUnixTimeSeconds());

    private sealed class LicenceAtEntry
    {
        public long LicenceRow { get; init; }

        public long TypeNumber { get; init; }

        public byte[] Display { get; init; } = [];

        public string StatusRaw { get; init; } = "";

        public long ValidFrom { get; init; }
    }
}
