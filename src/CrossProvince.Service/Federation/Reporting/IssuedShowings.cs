using System.Text.Json;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Presentation;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Presenting;
using CrossProvince.Service.Storage;
using Dapper;

namespace CrossProvince.Service.Federation.Reporting;

/// <summary>Holds reported uses against the showings of this region.</summary>
internal sealed class IssuedShowings(Database database, LicenceCatalogue catalogue)
{
    /// <summary>Two clocks, each with its skew.</summary>
    private const long Skews = 2 * NodeSettings.SkewSeconds;

    private const string Columns = "t.showing, t.list_number, t.list_index, t.scenario, t.presenter, t.last_code, t.first_issued_at, t.last_expires_at";

    private readonly string _around = $"""
        SELECT {Columns}
        FROM {database.EachOf("showings", "showings", "t.showing = CAST(r.value ->> 'showing' AS BIGINT) AND t.first_issued_at > @since AND t.first_issued_at < @until")}
        """;

    private readonly string _ever = $"SELECT {Columns} FROM {database.EachOf("showings", "showings", "t.showing = CAST(r.value ->> 'showing' AS BIGINT)")}";

    /// <summary>What is wrong with each, in order.</summary>
    /// <exception cref="StorageException">The database is away.</exception>
    public async Task<IReadOnlyList<(UseFault Fault, long LastExpiresAt)>> JudgeAsync(IReadOnlyList<ReportedVerification> uses)
    {
        var known = await FindAsync(_around, uses);

        // A code that is scanned long after it has ended lies in the month of its showing, wherever that is.
        var late = uses.Where(use => !known.ContainsKey(NumberOf(use))).ToList();
        if (late.Count > 0)
        {
            foreach (var (showing, row) in await FindAsync(_ever, late))
            {
                known[showing] = row;
            }
        }

        return [.. uses.Select(use => Judge(use, known.GetValueOrDefault(NumberOf(use))))];
    }

    private async Task<Dictionary<long, Row>> FindAsync(string question, IReadOnlyList<ReportedVerification> uses)
    {
        var showings = JsonSerializer.Serialize(uses.Select(NumberOf).Distinct().Select(showing => new { showing }));
        var (since, until) = (ShowingLife.Around(uses.Min(ReportCheck.TimeOf) / 1_000).Since, ShowingLife.Around(uses.Max(ReportCheck.TimeOf) / 1_000).Until);
        var rows = await database.AskAsync(connection => connection.QueryAsync<Row>(question, new { showings, since, until }));
        return rows.DistinctBy(row => row.Showing).ToDictionary(row => row.Showing);
    }

    private (UseFault Fault, long LastExpiresAt) Judge(ReportedVerification use, Row? showing)
    {
        if (showing is null || use.CodeNumber > showing.LastCode || (showing.ListNumber, showing.ListIndex) != (use.List, use.Index)
            || showing.Scenario != catalogue.FindScenario(use.Scenario)!.Number || WireDisplay.From((Core.Presentation.Presenter)showing.Presenter) != use.Presenter)
        {
            return (UseFault.NotIssued, 0);
        }

        var time = ReportCheck.TimeOf(use) / 1_000;
        var mayBeValid = time >= showing.FirstIssuedAt - Skews && time <= showing.LastExpiresAt + Skews;
        return (use.Verdict == Contracts.Verification.V1.Verdict.Valid && !mayBeValid ? UseFault.ImpossibleTime : UseFault.None, showing.LastExpiresAt);
    }

    private static long NumberOf(ReportedVerification use) => ShowingId.TryParse(use.ShowingId, out var showing) ? (long)showing.Value : -1;

    private sealed class Row
    {
        public long Showing { get; init; }

        public long ListNumber { get; init; }

        public long ListIndex { get; init; }

        public long Scenario { get; init; }

        public long Presenter { get; init; }

        public long LastCode { get; init; }

        /// <summary>Unix seconds.</summary>
        public long FirstIssuedAt { get; init; }

        /// <summary>Unix seconds.</summary>
        public long LastExpiresAt { get; init; }
    }
}
