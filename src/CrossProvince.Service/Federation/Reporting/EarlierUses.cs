using System.Text;
using System.Text.Json;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.Federation.Reporting;

/// <summary>What programs of before migration 0014 have noted of uses that other regions are owed, a row a use without its content: moved to where it is reported from.</summary>
internal sealed class EarlierUses(Database database, GroupCommit commits, RegionCode own)
{
    /// <summary>Rows of one transaction: others wait for it.</summary>
    private const int AtOnce = 1_000;

    private const string Oldest = "SELECT issuing_region, time, verification_id FROM unreported_uses WHERE issuing_region > 0 ORDER BY issuing_region, time, verification_id LIMIT @most";

    private readonly string _take = $"""
        DELETE FROM unreported_uses
        WHERE issuing_region = @region AND time >= @first AND time <= @last AND (time, verification_id) IN (SELECT CAST(r.value ->> 'time' AS BIGINT), r.value ->> 'id' FROM {database.RowsOf("keys")})
        RETURNING issuing_region, time, verification_id
        """;

    // The span says which months are looked into. Records past the retention policy are gone, and need not be reported any more.
    private readonly string _read = $"""
        SELECT t.verification_id, t.time, t.caller, t.on_behalf_of, t.verifier_region, t.terminal_id, t.scenario, t.verdict, t.list_number, t.list_index, t.showing, t.code_number, t.presenter,
               t.repeated, t.mode, t.disclosed
        FROM {database.EachOf("keys", "verifications", "t.time >= @first AND t.time <= @last AND t.time = CAST(r.value ->> 'time' AS BIGINT) AND t.verification_id = r.value ->> 'id'")}
        """;

    /// <summary>Moves all that there is, a thousand at a time; several nodes may do so at once.</summary>
    /// <param name="cancellation">Gives up; what was moved by then stays moved.</param>
    /// <exception cref="StorageException">The database is away.</exception>
    /// <exception cref="StorageBusyException">Too much waits to be written.</exception>
    public async Task MoveAsync(CancellationToken cancellation)
    {
        while (await commits.RunAsync(
            async transaction =>
            {
                var connection = transaction.Connection!;
                var oldest = (await connection.QueryAsync<Key>(Oldest, new { most = AtOnce }, transaction)).AsList();
                var uses = new OwedUses(own);
                foreach (var region in oldest.GroupBy(key => key.IssuingRegion))
                {
                    // What another node has taken meanwhile it moves itself.
                    var taken = (await connection.QueryAsync<Key>(_take, Parameters(region), transaction)).AsList();
                    if (taken.Count > 0 && region.Key != own.Value)
                    {
                        // What other regions' nodes asked here, they report themselves.
                        var records = await connection.QueryAsync<Record>(_read, Parameters(taken.OrderBy(key => key.Time)), transaction);
                        foreach (var record in records.Where(record => record.VerifierRegion == own.Value))
                        {
                            uses.Add((int)region.Key, AsRecorded(record));
                        }
                    }
                }

                await uses.WriteAsync(transaction);
                return oldest.Count;
            },
            cancellation) == AtOnce)
        {
        }
    }

    private static RecordedUse AsRecorded(UnreportedUse use) => new()
    {
        VerificationId = Encoding.UTF8.GetBytes(use.VerificationId),
        Time = use.Time,
        Caller = Encoding.UTF8.GetBytes(use.Caller),
        OnBehalfOf = Encoding.UTF8.GetBytes(use.OnBehalfOf),
        TerminalId = Encoding.UTF8.GetBytes(use.TerminalId),
        Disclosed = Encoding.UTF8.GetBytes(use.Disclosed),
        Scenario = (int)use.Scenario,
        Verdict = (int)use.Verdict,
        ListNumber = (int)use.ListNumber,
        ListIndex = (int)use.ListIndex,
        Showing = use.Showing,
        CodeNumber = (int)use.CodeNumber,
        Presenter = (int)use.Presenter,
        Repeated = use.Repeated,
        Mode = (int)use.Mode,
    };

    private static object Parameters(IEnumerable<Key> keys)
    {
        var all = keys.ToList();
        return new
        {
            region = all[0].IssuingRegion,
            first = all[0].Time,
            last = all[^1].Time,
            keys = JsonSerializer.Serialize(all.Select(key => new { time = key.Time, id = key.VerificationId })),
        };
    }

    private sealed class Key : UseKey
    {
        public long IssuingRegion { get; init; }
    }

    private sealed class Record : UnreportedUse
    {
        public long VerifierRegion { get; init; }
    }
}
