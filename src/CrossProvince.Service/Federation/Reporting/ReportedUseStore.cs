using System.Data.Common;
using System.Text.Json;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Retention;
using Dapper;
using Npgsql;

namespace CrossProvince.Service.Federation.Reporting;

/// <summary>Two uses of a showing that may be used once everywhere.</summary>
internal sealed class DoubleUse
{
    public string VerificationId { get; init; } = "";

    public string OtherId { get; init; } = "";

    public long OtherRegion { get; init; }
}

/// <summary>What other regions have reported, in the database: by region and id, so that a use that comes again changes nothing.</summary>
internal sealed class ReportedUseStore(Database database, GroupCommit commits, RegionCode own)
{
    /// <summary>Both uses of a showing lie within its life and what clocks differ by; an hour is more.</summary>
    private const long DoubleMilliseconds = 3_600_000;

    private static readonly Table<NewUse> s_rows = new Table<NewUse>("reported_uses", "verification_id")
        .Text("verification_id", row => row.Use.Report.VerificationId)
        .Integer("verifier_region", row => row.Region)
        .BigInteger("time", row => row.Use.Time)
        .BigInteger("reported_at", row => row.ReportedAt)
        .Integer("fault", row => (int)row.Use.Fault)
        .Text("verifier", row => row.Use.Report.Verifier)
        .Text("name_zh", row => row.Use.Report.VerifierNameZh)
        .Text("name_en", row => row.Use.Report.VerifierNameEn)
        .Text("terminal_id", row => row.Use.Report.TerminalId)
        .Integer("scenario", row => row.Use.Scenario)
        .Integer("verdict", row => (int)row.Use.Report.Verdict)
        .Integer("list_number", row => row.Use.Report.List)
        .Integer("list_index", row => row.Use.Report.Index)
        .BigInteger("showing", row => (long)row.Use.Showing.Value)
        .Integer("code_number", row => row.Use.Report.CodeNumber)
        .Integer("presenter", row => Presenter(row.Use))
        .Text("disclosed", row => Disclosed(row.Use))
        .Text("owner", row => row.Use.Owner);

    private readonly Months _months = Months.Of(database, commits);
    private readonly HashSet<DateOnly> _made = [];

    private readonly string _insert = $"""
        INSERT INTO reported_uses (verifier_region, verification_id, time, reported_at, fault, verifier, name_zh, name_en, terminal_id, scenario, verdict, list_number, list_index, showing, code_number,
                                   presenter, disclosed, owner)
        SELECT @region, r.value ->> 'id', CAST(r.value ->> 'time' AS BIGINT), @now, CAST(r.value ->> 'fault' AS INTEGER), r.value ->> 'verifier', r.value ->> 'zh', r.value ->> 'en',
               r.value ->> 'terminal', CAST(r.value ->> 'scenario' AS INTEGER), CAST(r.value ->> 'verdict' AS INTEGER), CAST(r.value ->> 'list' AS INTEGER), CAST(r.value ->> 'index' AS INTEGER),
               CAST(r.value ->> 'showing' AS BIGINT), CAST(r.value ->> 'code' AS INTEGER), CAST(r.value ->> 'presenter' AS INTEGER), r.value ->> 'disclosed', r.value ->> 'owner'
        FROM {database.RowsOf("uses")} WHERE true
        ON CONFLICT (verification_id, time, verifier_region) DO NOTHING
        """;

    // By the entry: showings are looked for nowhere else. The region stands in the text, as it does in the index (OwnEntries). What was asked here in the same verification has the same owner.
    private readonly string _doubles = $"""
        SELECT r.value ->> 'id' AS verification_id, t.verification_id AS other_id, t.verifier_region AS other_region
        FROM {database.EachOf("uses", "verifications", $"""
            t.list_index = CAST(r.value ->> 'index' AS INTEGER) AND t.list_number = CAST(r.value ->> 'list' AS INTEGER) AND t.showing = CAST(r.value ->> 'showing' AS BIGINT)
            AND t.time >= @since AND t.time <= @until
            AND t.time > CAST(r.value ->> 'time' AS BIGINT) - {DoubleMilliseconds} AND t.time < CAST(r.value ->> 'time' AS BIGINT) + {DoubleMilliseconds}
            AND t.issuing_region = {own.Value} AND t.verdict = @valid AND NOT t.repeated AND t.caller || '|' || t.on_behalf_of || '|' || t.terminal_id <> r.value ->> 'owner'
            """)}
        UNION ALL
        SELECT r.value ->> 'id', t.verification_id, t.verifier_region
        FROM {database.EachOf("uses", "reported_uses", $"""
            t.list_index = CAST(r.value ->> 'index' AS INTEGER) AND t.list_number = CAST(r.value ->> 'list' AS INTEGER) AND t.showing = CAST(r.value ->> 'showing' AS BIGINT)
            AND t.time >= @since AND t.time <= @until
            AND t.time > CAST(r.value ->> 'time' AS BIGINT) - {DoubleMilliseconds} AND t.time < CAST(r.value ->> 'time' AS BIGINT) + {DoubleMilliseconds}
            AND t.verdict = @valid AND t.fault = 0 AND t.owner <> '' AND t.owner <> r.value ->> 'owner'
            """)}
        """;

    /// <summary>Makes uses durable.</summary>
    /// <param name="region">Who reports them.</param>
    /// <param name="uses">The uses.</param>
    /// <param name="nowUnixMilliseconds">When.</param>
    /// <param name="cancellation">Gives up what was not begun.</param>
    /// <returns>How many are new.</returns>
    /// <exception cref="StorageException">The database is away.</exception>
    /// <exception cref="StorageBusyException">Too much waits to be written.</exception>
    public async Task<int> AddAsync(RegionCode region, IReadOnlyList<ReportedUse> uses, long nowUnixMilliseconds, CancellationToken cancellation)
    {
        await MakeMonthsAsync(uses, cancellation);
        return await commits.RunAsync(
            async transaction =>
            {
                if (await TryCopyAsync(transaction, [.. uses.Select(use => new NewUse(region.Value, nowUnixMilliseconds, use))]))
                {
                    return uses.Count;
                }

                var values = new { region = region.Value, now = nowUnixMilliseconds, uses = ToJson(uses) };
                return await transaction.Connection!.ExecuteAsync(_insert, values, transaction);
            },
            cancellation);
    }

    /// <summary>Into PostgreSQL by COPY, which is all or nothing: false when one of them has come before, which is rare.</summary>
    private async Task<bool> TryCopyAsync(DbTransaction transaction, IReadOnlyCollection<NewUse> rows)
    {
        if (database.File is not null)
        {
            return false;
        }

        const string Point = "uses";
        await transaction.SaveAsync(Point);
        try
        {
            await s_rows.InsertAsync(transaction, rows);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            await transaction.RollbackAsync(Point);
            return false;
        }

        await transaction.ReleaseAsync(Point);
        return true;
    }

    /// <summary>Other uses of the same showings, by other owners.</summary>
    /// <exception cref="DbException">The database failed.</exception>
    public async Task<IReadOnlyList<DoubleUse>> FindDoublesAsync(IReadOnlyList<ReportedUse> consumed, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var values = new
        {
            uses = ToJson(consumed),
            valid = (int)Core.Verification.Verdict.Valid,
            since = consumed.Min(use => use.Time) - DoubleMilliseconds,
            until = consumed.Max(use => use.Time) + DoubleMilliseconds,
        };
        return (await connection.QueryAsync<DoubleUse>(new CommandDefinition(_doubles, values, cancellationToken: cancellation))).AsList();
    }

    /// <summary>What comes late lies in a month that nobody has made ahead.</summary>
    private async Task MakeMonthsAsync(IReadOnlyList<ReportedUse> uses, CancellationToken cancellation)
    {
        foreach (var month in uses.Select(use => Month.Of(use.Time)).Distinct())
        {
            lock (_made)
            {
                if (_made.Contains(month))
                {
                    continue;
                }
            }

            await _months.MakeAsync(MonthlyTable.ReportedUses, month, month, cancellation);
            lock (_made)
            {
                _made.Add(month);
            }
        }
    }

    private static string ToJson(IReadOnlyList<ReportedUse> uses) => JsonSerializer.Serialize(uses.Select(use => new
    {
        id = use.Report.VerificationId,
        time = use.Time,
        fault = (int)use.Fault,
        verifier = use.Report.Verifier,
        zh = use.Report.VerifierNameZh,
        en = use.Report.VerifierNameEn,
        terminal = use.Report.TerminalId,
        scenario = use.Scenario,
        verdict = (int)use.Report.Verdict,
        list = use.Report.List,
        index = use.Report.Index,
        showing = (long)use.Showing.Value,
        code = use.Report.CodeNumber,
        presenter = Presenter(use),
        disclosed = Disclosed(use),
        owner = use.Owner,
    }));

    private static int Presenter(ReportedUse use) => (int)use.Report.Presenter - 1;

    private static string Disclosed(ReportedUse use) => string.Join(',', use.Report.DisclosedFields);

    /// <summary>A row of what is reported.</summary>
    /// <param name="Region">Who reports it.</param>
    /// <param name="ReportedAt">When, Unix milliseconds.</param>
    /// <param name="Use">The use.</param>
    private readonly record struct NewUse(int Region, long ReportedAt, ReportedUse Use);
}
