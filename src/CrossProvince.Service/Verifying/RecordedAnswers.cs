using System.Data.Common;
using System.Text.Json;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.Verifying;

/// <summary>Gives the recorded answer to requests that come again: a caller's request id is remembered for 10 minutes (contract).</summary>
internal sealed class RecordedAnswers(IVerificationRecorder recorder, Database database)
{
    /// <summary>No record is of later than now and what clocks may differ by: so at most two months are looked into.</summary>
    private const long ClockMilliseconds = 3_600_000;

    // A question of its own for each request: joined to them, records of a month that was empty when this was planned would all be read (docs/adr/0040).
    private readonly string _timesOfRequests = $"""
        SELECT r.value ->> 'caller' AS caller, r.value ->> 'id' AS request_id, (
            SELECT v.time FROM verifications v
            WHERE v.request_id = r.value ->> 'id' AND v.request_id IS NOT NULL AND v.caller = r.value ->> 'caller' AND v.time > @since AND v.time < @until
            ORDER BY v.time DESC LIMIT 1) AS time
        FROM {database.RowsOf("requests")}
        """;

    private const string OfTime = """
        SELECT v.caller, v.request_id, v.verification_id, v.time, v.request_digest, v.verdict, v.reason, v.status_as_of, v.stale, v.trust_version, v.trust_stale, v.repeated, v.mode
        FROM verifications v
        WHERE v.time = @time AND v.request_id = @requestId AND v.request_id IS NOT NULL AND v.caller = @caller
        """;

    /// <summary>Has each scan whose request was answered before take that answer. Scans without a request id cost nothing.</summary>
    /// <remarks>
    /// First what this node has recorded and the database may not have yet, then the database, where it may have one: a record is in one of them at any time. What cannot be
    /// looked up because the database is away goes on as a new request: it is judged and recorded afresh, under an id of its own.
    /// </remarks>
    public async Task RepeatAsync(IReadOnlyList<Scan> scans)
    {
        var unknown = new List<Scan>();
        foreach (var scan in scans)
        {
            if (scan.Request.RequestId.Length == 0)
            {
                continue;
            }

            if (recorder.TryFind(scan.Caller.Uri, scan.Request.RequestId, SinceOf(scan)) is { } pending)
            {
                await pending.Durable;
                scan.Repeat(RecordedAnswer.Of(pending.Record));
            }
            else if (recorder.MayBeInDatabase(scan.Caller.Uri, scan.Request.RequestId))
            {
                unknown.Add(scan);
            }
        }

        if (unknown.Count == 0)
        {
            return;
        }

        try
        {
            var found = await FindAsync([.. unknown.Select(s => (s.Caller.Uri, s.Request.RequestId))], SinceOf(unknown[0]));
            foreach (var scan in unknown)
            {
                if (found.TryGetValue((scan.Caller.Uri, scan.Request.RequestId), out var recorded))
                {
                    scan.Repeat(recorded);
                }
            }
        }
        catch (StorageException)
        {
            // As new ones.
        }
    }

    /// <summary>What the database knows to have been answered, by caller and request id; the newest of each.</summary>
    /// <param name="requests">Callers and request ids.</param>
    /// <param name="since">Unix milliseconds.</param>
    /// <exception cref="StorageException">The database is away.</exception>
    public async Task<IReadOnlyDictionary<(string Caller, string RequestId), RecordedAnswer>> FindAsync(IReadOnlyCollection<(string Caller, string RequestId)> requests, long since)
    {
        var rows = JsonSerializer.Serialize(requests.Select(r => new { caller = r.Caller, id = r.RequestId }));
        var found = new Dictionary<(string, string), RecordedAnswer>();
        var values = new { requests = rows, since, until = since + Verifications.RequestMilliseconds + ClockMilliseconds };
        foreach (var answer in await database.AskAsync(connection => FindAsync(connection, values)))
        {
            found[(answer.Caller, answer.RequestId)] = answer;
        }

        return found;
    }

    private async Task<List<Row>> FindAsync(DbConnection connection, object values)
    {
        var answers = new List<Row>();
        foreach (var known in (await connection.QueryAsync<Known>(_timesOfRequests, values)).Where(known => known.Time is not null))
        {
            answers.AddRange(await connection.QueryAsync<Row>(OfTime, new { time = known.Time!.Value, requestId = known.RequestId, caller = known.Caller }));
        }

        return answers;
    }

    private static long SinceOf(Scan scan) => scan.Time - Verifications.RequestMilliseconds;

    /// <summary>When a request was last answered; null when it was not.</summary>
    private sealed class Known
    {
        public string Caller { get; init; } = "";

        public string RequestId { get; init; } = "";

        public long? Time { get; init; }
    }

    private sealed class Row : RecordedAnswer
    {
        public string Caller { get; init; } = "";

        public string RequestId { get; init; } = "";
    }
}
