using System.Globalization;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Presenting;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.Operations;

/// <summary>What an organisation has verified, as it was recorded: its operators' work is searched, and what its certificate verified is found by its id. Another organisation's records cannot be asked for.</summary>
internal sealed class VerificationHistory(Database database, VerificationSpool spool, RegionCode region)
{
    private const string Columns = """
        verification_id, time, caller, on_behalf_of, terminal_id, matter_code, case_number, verdict, reason, scenario, issuing_region, type_number, list_number, list_index,
        presenter, specimen, status_as_of, stale, trust_version, trust_stale, repeated, mode, disclosed
        """;

    // Two of the conditions are those of the index, and say nothing more.
    internal const string Search = $"""
        SELECT {Columns} FROM verifications
        WHERE caller = @byToken AND time >= @from AND time < @until AND caller >= 'operator:' AND caller < 'operator;'
          AND time <= @time AND (time < @time OR verification_id < @id)
          AND (@terminal = '' OR terminal_id = @terminal) AND (@verdict = 0 OR verdict = @verdict)
          AND (@text = '' OR verification_id LIKE @begin ESCAPE '\' OR matter_code LIKE @inside ESCAPE '\' OR case_number LIKE @inside ESCAPE '\' OR terminal_id LIKE @inside ESCAPE '\')
        ORDER BY time DESC, verification_id DESC LIMIT @limit
        """;

    internal const string Find = $"""
        SELECT {Columns} FROM verifications
        WHERE time >= @from AND time <= @until AND verification_id = @id AND caller IN (@byToken, @byCertificate)
        """;

    /// <summary>Ids of before this program's version were made some moments before the verification.</summary>
    private const long IdMilliseconds = 60_000;

    /// <summary>One page, newest first, and the token of the next; empty when there is none.</summary>
    public async Task<(IReadOnlyList<RecordedRow> Rows, string NextPage)> SearchAsync(VerificationSearch search, CancellationToken cancellation)
    {
        await spool.DrainedAsync(cancellation);
        await using var connection = await database.OpenAsync(cancellation);
        var values = new
        {
            byToken = ByToken(search.Organisation),
            from = search.From,
            until = search.Until,
            time = search.Page.Time,
            id = search.Page.VerificationId,
            terminal = search.Terminal,
            verdict = (int)(search.Verdict ?? 0),
            text = search.Text,
            begin = $"{search.Pattern}%",
            inside = $"%{search.Pattern}%",
            limit = search.Size + 1,
        };
        var rows = (await connection.QueryAsync<RecordedRow>(new CommandDefinition(Search, values, cancellationToken: cancellation))).ToList();
        return rows.Count <= search.Size ? (rows, "")
            : (rows[..search.Size], new UsePage(rows[search.Size - 1].Time, rows[search.Size - 1].VerificationId).ToString());
    }

    /// <summary>One record; null when there is none that is the organisation's.</summary>
    /// <param name="organisation">The organisation.</param>
    /// <param name="id">32 hexadecimal digits in lower case.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<RecordedRow?> FindAsync(string organisation, string id, CancellationToken cancellation)
    {
        await spool.DrainedAsync(cancellation);

        // RFC 9562 section 5.7: the first 48 bits are Unix milliseconds.
        var time = long.Parse(id.AsSpan(0, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        await using var connection = await database.OpenAsync(cancellation);
        foreach (var range in new[] { 0, IdMilliseconds })
        {
            var values = new { from = time - range, until = time + range, id, byToken = ByToken(organisation), byCertificate = ByCertificate(organisation) };
            if (await connection.QuerySingleOrDefaultAsync<RecordedRow>(new CommandDefinition(Find, values, cancellationToken: cancellation)) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static string ByToken(string organisation) => $"operator:{organisation}";

    private string ByCertificate(string organisation) => new PartyName(region, PartyName.Verifier, organisation).ToString();
}

/// <summary>A record as the database has it.</summary>
internal sealed class RecordedRow
{
    public string VerificationId { get; init; } = "";

    public long Time { get; init; }

    public string Caller { get; init; } = "";

    public string OnBehalfOf { get; init; } = "";

    public string TerminalId { get; init; } = "";

    public string MatterCode { get; init; } = "";

    public string CaseNumber { get; init; } = "";

    public long Verdict { get; init; }

    public long Reason { get; init; }

    public long Scenario { get; init; }

    public long IssuingRegion { get; init; }

    public long TypeNumber { get; init; }

    public long ListNumber { get; init; }

    public long ListIndex { get; init; }

    public long Presenter { get; init; }

    public bool Specimen { get; init; }

    public long StatusAsOf { get; init; }

    public bool Stale { get; init; }

    public long TrustVersion { get; init; }

    public bool TrustStale { get; init; }

    public bool Repeated { get; init; }

    public long Mode { get; init; }

    public string Disclosed { get; init; } = "";
}
