using System.Text.Json;
using CrossProvince.Core.Presentation;
using CrossProvince.Service.Presenting;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.Verifying;

/// <summary>What the issuer knows of a code of its own.</summary>
internal enum IssueState
{
    /// <summary>It was issued, or is another region's.</summary>
    Issued,

    /// <summary>It never was.</summary>
    NotIssued,

    /// <summary>It was, and its presenter took it back.</summary>
    Withdrawn,

    /// <summary>It can't be told: the database is away.</summary>
    Unknown,
}

/// <summary>Whether codes of the own region were issued, and not withdrawn: one question for a group.</summary>
internal sealed class IssuedCodes(Database database)
{
    private readonly string _byShowings = $"""
        SELECT t.showing, t.list_number, t.list_index, t.scenario, t.presenter, t.last_code, t.withdrawn_at
        FROM {database.EachOf("showings", "showings", "t.showing = CAST(r.value ->> 'showing' AS BIGINT) AND t.first_issued_at > @since AND t.first_issued_at < @until")}
        """;

    /// <summary>Finds out for each scan; all of them are of codes of the own region.</summary>
    public async Task CheckAsync(IReadOnlyList<Scan> own)
    {
        if (own.Count == 0)
        {
            return;
        }

        Dictionary<long, Row>? known = null;
        try
        {
            known = await FindAsync(own.Select(s => s.Core.Code.Claims.Showing), own[0].Time / 1_000);
        }
        catch (StorageException)
        {
            // Then it is not known of any.
        }

        foreach (var scan in own)
        {
            var claims = scan.Core.Code.Claims;
            scan.Issue = known is null ? IssueState.Unknown : StateOf(claims, known.GetValueOrDefault((long)claims.Showing.Value));
        }
    }

    /// <summary>What is known of showings, by their number.</summary>
    /// <exception cref="StorageException">The database is away.</exception>
    internal async Task<Dictionary<long, Row>> FindAsync(IEnumerable<ShowingId> showings, long nowUnixSeconds)
    {
        var asked = JsonSerializer.Serialize(showings.Select(showing => new { showing = (long)showing.Value }));
        var lives = ShowingLife.Around(nowUnixSeconds);
        var rows = await database.AskAsync(connection => connection.QueryAsync<Row>(_byShowings, new { showings = asked, since = lives.Since, until = lives.Until }));
        return rows.DistinctBy(row => row.Showing).ToDictionary(row => row.Showing);
    }

    private static IssueState StateOf(in PresentationClaims claims, Row? showing) =>
        showing is null || claims.CodeNumber > showing.LastCode || (showing.ListNumber, showing.ListIndex) != (claims.List, claims.Index)
            || showing.Scenario != claims.Scenario || showing.Presenter != (int)claims.Presenter ? IssueState.NotIssued
            : showing.WithdrawnAt is not null ? IssueState.Withdrawn
            : IssueState.Issued;

    internal sealed class Row
    {
        public long Showing { get; init; }

        public long ListNumber { get; init; }

        public long ListIndex { get; init; }

        public long Scenario { get; init; }

        public long Presenter { get; init; }

        public long LastCode { get; init; }

        public long? WithdrawnAt { get; init; }
    }
}
