using System.Diagnostics;
using System.Globalization;
using CrossProvince.Client.Connecting;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Licences;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage.Sealing;
using Dapper;
using Microsoft.Data.Sqlite;
using Status = CrossProvince.Core.Status.LicenceStatus;
using Wire = CrossProvince.Contracts.Licences.V1;

namespace CrossProvince.Integration.Tests.Durability;

/// <summary>Compares what was answered with what the database holds in the end.</summary>
internal sealed class Aftermath(Journal journal)
{
    private static readonly TimeSpan s_longestDrain = TimeSpan.FromSeconds(20);

    /// <summary>Acknowledged licences that are not in the database.</summary>
    public int MissingLicences { get; private set; }

    /// <summary>Acknowledged changes that are not in the chain.</summary>
    public int MissingChanges { get; private set; }

    /// <summary>Acknowledged showings that are not in the database.</summary>
    public int MissingShowings { get; private set; }

    /// <summary>Acknowledged verifications that are not in the database, or with another verdict.</summary>
    public int MissingVerifications { get; private set; }

    /// <summary>Showings found VALID whose use is not in the database.</summary>
    public int MissingUses { get; private set; }

    /// <summary>What else is wrong with the database.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Changes in the chain.</summary>
    public long Changes { get; private set; }

    public async Task CompareAsync(string databaseFile)
    {
        await using var connection = new SqliteConnection($"Data Source={databaseFile};Mode=ReadOnly");
        await connection.OpenAsync();
        await CheckChainAsync(connection);
        await CheckEntriesAsync(connection);

        var keys = KeyFile.Read($"{databaseFile}-keys");
        var licences = (await connection.QueryAsync<LicenceRow>("SELECT licence_row AS licence_row_number, sealed FROM licences")).ToDictionary(row => row.LicenceRowNumber, row => row.OpenPersonal(keys).LicenceId);
        var taken = licences.Values.ToHashSet();
        MissingLicences = journal.Licences.Count(line => !taken.Contains(line.LicenceId));
        await CompareChangesAsync(connection, licences);

        var showings = (await connection.QueryAsync<long>("SELECT showing FROM showings")).ToHashSet();
        MissingShowings = journal.Codes.Count(code => !showings.Contains(Showing(code.ShowingId)));

        // They come from the spool, a moment after they were answered.
        var start = Stopwatch.GetTimestamp();
        do
        {
            var verdicts = (await connection.QueryAsync<(string, long)>("SELECT verification_id, verdict FROM verifications")).ToDictionary();
            MissingVerifications = journal.Verifications.Count(v => !verdicts.TryGetValue(v.VerificationId, out var verdict) || verdict != (long)v.Verdict);
        }
        while (MissingVerifications > 0 && Stopwatch.GetElapsedTime(start) < s_longestDrain);

        var used = (await connection.QueryAsync<long>("SELECT showing FROM used_showings")).ToHashSet();
        MissingUses = journal.Used.Count(code => !used.Contains(Showing(code.ShowingId)));
    }

    /// <summary>The index in the node's memory, read as a partner reads it, says of every entry what the database says.</summary>
    public async Task CompareIndexAsync(string databaseFile, NodeConnection node, RegionCode region, TrustList trust)
    {
        var head = StatusHeadDocument.Open(await node.Http.GetByteArrayAsync($"v1/heads/{region}"), trust, region, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var copy = new RegionIndex(region, trust.FindRegion(region)!.ListBound);
        foreach (var list in head.Lists)
        {
            var root = Convert.ToHexString(list.Root.Span);
            var hashes = await node.Http.GetByteArrayAsync($"v1/lists/{region}/{list.List}/chunkHashes?root={root}");
            foreach (var number in copy.Snapshot(list.List).FindChangedChunks(hashes, list.Root.Span))
            {
                var bytes = await node.Http.GetByteArrayAsync($"v1/lists/{region}/{list.List}/chunks/{number}");
                copy.ReplaceChunk(StatusChunk.Open(bytes, list.List, number, hashes.AsSpan(number * Sm3.HashSize, Sm3.HashSize)));
            }
        }

        copy.Follow(head);
        await using var connection = new SqliteConnection($"Data Source={databaseFile};Mode=ReadOnly");
        await connection.OpenAsync();
        var rows = (await connection.QueryAsync<Entry>("""
            SELECT e.list_number AS list, e.list_index AS "index", c.status, c.tag, c.reason_code AS reason
            FROM list_entries e JOIN status_changes c ON c.seq =
                (SELECT MAX(seq) FROM status_changes l WHERE l.list_number = e.list_number AND l.list_index = e.list_index)
            """)).ToList();
        foreach (var row in rows)
        {
            var found = copy.Find((int)row.List, (int)row.Index);
            if (found != new IndexEntry((Status)row.Status, EntryTag.FromBytes(row.Tag), (StatusReason)row.Reason))
            {
                Faults.Add($"The index in memory says {found} of entry {row.List}/{row.Index}; the database says otherwise.");
            }
        }

        if (head.Seq != Changes)
        {
            Faults.Add($"The published head stands at {head.Seq}, the database at {Changes}.");
        }

        if (head.Lists.Sum(list => list.Allocated) != rows.Count)
        {
            Faults.Add($"The index in memory has {head.Lists.Sum(list => list.Allocated)} entries, the database {rows.Count}.");
        }
    }

    private static long Showing(string id) => (long)ulong.Parse(id, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private async Task CheckChainAsync(SqliteConnection connection)
    {
        var hash = StatusChange.GenesisHash.ToArray();
        foreach (var (change, stored) in await StatusChangeReader.ReadAsync(connection, 1, int.MaxValue))
        {
            if (change.Seq != Changes + 1)
            {
                Faults.Add($"Change {Changes + 1} is followed by {change.Seq}.");
            }

            hash = change.NextHash(hash);
            if (!hash.AsSpan().SequenceEqual(stored))
            {
                Faults.Add($"The hash of change {change.Seq} does not follow from the ones before.");
            }

            Changes = change.Seq;
        }

        var (seq, end) = await connection.QuerySingleAsync<(long, byte[])>("SELECT seq, hash FROM status_chain");
        if (seq != Changes || !end.AsSpan().SequenceEqual(hash))
        {
            Faults.Add($"The chain's end is written down as {seq}; it is {Changes}.");
        }
    }

    private async Task CheckEntriesAsync(SqliteConnection connection)
    {
        async Task ExpectNoneAsync(string what, string sql)
        {
            var count = await connection.ExecuteScalarAsync<long>(sql);
            if (count != 0)
            {
                Faults.Add($"{count} {what}.");
            }
        }

        await ExpectNoneAsync("entries are held by two licences", "SELECT COUNT(*) FROM (SELECT 1 FROM licences GROUP BY list_number, list_index HAVING COUNT(*) > 1)");
        await ExpectNoneAsync("licences have an entry that was not given to them", """
            SELECT COUNT(*) FROM licences l LEFT JOIN list_entries e ON e.list_number = l.list_number AND e.list_index = l.list_index
            WHERE e.licence_row IS NULL OR e.licence_row <> l.licence_row
            """);
        await ExpectNoneAsync("licences differ from the last change of their entry", """
            SELECT COUNT(*) FROM licences l LEFT JOIN status_changes c ON c.seq = l.last_seq
            WHERE c.seq IS NULL OR c.list_number <> l.list_number OR c.list_index <> l.list_index OR c.status <> l.status OR c.tag <> l.tag
               OR c.seq <> (SELECT MAX(seq) FROM status_changes m WHERE m.list_number = l.list_number AND m.list_index = l.list_index)
            """);
        await ExpectNoneAsync("lists count their entries wrongly", """
            SELECT COUNT(*) FROM lists l WHERE l.allocated <> (SELECT COUNT(*) FROM list_entries e WHERE e.list_number = l.list_number)
            """);
        await ExpectNoneAsync("parts of the file are damaged", "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'");
    }

    private async Task CompareChangesAsync(SqliteConnection connection, Dictionary<long, string> licences)
    {
        var changes = (await connection.QueryAsync<(long, long, long, long)>("""
            SELECT c.seq, e.licence_row, c.status, c.reason_code FROM status_changes c
            JOIN list_entries e ON e.list_number = c.list_number AND e.list_index = c.list_index
            """)).ToDictionary(row => row.Item1, row => (Licence: licences[row.Item2], Status: (Status)row.Item3, Reason: (StatusReason)row.Item4));
        MissingChanges = journal.Changes.Count(answer => !changes.TryGetValue(answer.Seq, out var change)
            || change.Licence != answer.LicenceId
            || (change.Status, change.Reason) != InIndex(answer.Status));
    }

    private static (Status, StatusReason) InIndex(Wire.LicenceStatus status) => status switch
    {
        Wire.LicenceStatus.Revoked => (Status.Ended, StatusReason.Revoked),
        Wire.LicenceStatus.Suspended => (Status.Suspended, StatusReason.Suspended),
        _ => (Status.InForce, StatusReason.None),
    };

    private sealed class Entry
    {
        public long List { get; init; }

        public long Index { get; init; }

        public long Status { get; init; }

        public byte[] Tag { get; init; } = [];

        public long Reason { get; init; }
    }
}
