using System.Data.Common;
using System.Globalization;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Status;
using CrossProvince.Service.Federation.Reporting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Operations;
using CrossProvince.Service.Presenting;
using CrossProvince.Service.Recording;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Retention;
using CrossProvince.Service.Storage.Sealing;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Federation;
using CrossProvince.Service.Tests.Storage.Retention;
using CrossProvince.Service.Verifying;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrossProvince.Service.Tests.Storage;

/// <summary>What is asked while somebody waits goes by an index, and into few months. The plans are those that the database made while the node's own code ran.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class QueryPlanTests(bool postgres) : StorageFixture(postgres ? Backend.Postgres : Backend.Sqlite)
{
    private const int MonthsKept = 6;
    private const int RowsOfThisMonth = 40_000;
    private const int RowsOfOthers = 2_000;
    private const int Licences = 20_000;

    private static readonly RegionCode s_region = RegionCode.Parse("110000");
    private static readonly RegionCode s_tianjin = RegionCode.Parse("120000");
    private static readonly Person s_person = new("110112199811256091", "111");
    private static readonly KeyRing s_keys = KeyFile.Parse(
        """
        seal    a AES-256-GCM AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= current
        look-up a HMAC-SHA-256 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= current
        """,
        "test");

    private Database _watched = null!;
    private GroupCommit _writer = null!;
    private QueryPlans _plans = null!;
    private DateOnly _month;

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    [SetUp]
    public async Task FillAsync()
    {
        _month = Month.Of(Now);
        await FillTablesAsync();

        // New connections: what is watched is decided when one is opened.
        await ExecuteAsync(QueryPlans.Prepare(postgres ? await ScalarAsync<string>("SELECT current_database()") : null));
        _watched = new Database(ConnectionString);
        _writer = new GroupCommit(_watched, NullLogger<GroupCommit>.Instance);
        _plans = await QueryPlans.WatchAsync(_watched);
    }

    [TearDown]
    public async Task StopWatchingAsync()
    {
        _plans.Dispose();
        await _writer.DisposeAsync();
        await _watched.DisposeAsync();
    }

    [Test]
    public async Task Queries_WhileSomebodyWaits_GoByAnIndexIntoFewMonths()
    {
        var uses = Enumerable.Range(0, 100).Select(n => new ShowingUse(s_region, new ShowingId((ulong)n), "owner", Now, Now, $"new-{n}")).ToList();
        var records = new RecordedAnswers(null!, _watched);
        var issued = new IssuedCodes(_watched);
        var licences = new LicenceStore(s_keys, NullLogger<LicenceStore>.Instance);
        var used = new DatabaseUsedShowings(_watched, _writer);

        await ExpectAsync("a repeated request", 2, () => records.FindAsync([("urn:a", "text-1")], Now - 600_000));
        await ExpectAsync("a group's requests", 2, () => records.FindAsync([.. uses.Select(use => ("urn:a", use.VerificationId))], Now - 600_000));
        await ExpectAsync("a code's issue", 2, () => issued.FindAsync([new ShowingId(5)], Now / 1_000));
        await ExpectAsync("a group's issues", 2, () => issued.FindAsync(uses.Select(use => use.Showing), Now / 1_000));
        await ExpectAsync("used showings", 0, () => used.LookAsync(uses));
        await ExpectAsync("claims", 0, () => used.ClaimAsync([.. uses.Select(use => use with { Showing = new ShowingId(use.Showing.Value + 50) })]));
        await ExpectAsync("forgetting uses", 0, () => _writer.RunAsync(transaction => used.ForgetAsync(transaction, 10)));
        await ExpectAsync("a showing", 2, () => _writer.RunAsync(transaction => ShowingStore.FindAsync(transaction, new ShowingId(5), Now / 1_000)));
        await ExpectAsync("a showing continued", 1, () => _writer.RunAsync(transaction => ShowingStore.ContinueAsync(transaction, Some(5))));
        await ExpectAsync("a showing withdrawn", 1, () => _writer.RunAsync(transaction => ShowingStore.WithdrawAsync(transaction, Some(5), Now)));
        await ExpectAsync("a licence", 0, () => ReadAsync(connection => licences.FindAsync(connection, "none")));
        await ExpectAsync("a person's licences", 0, () => ReadAsync(connection => licences.ListShowableAsync(connection, new Person("none", "111"))));
        await ExpectAsync("a page of changes", 0, () => ReadAsync(connection => StatusChangeReader.ReadAsync(connection, 7_000, 500)));
        await ExpectAsync("a change's hash", 0, () => ReadAsync(connection => StatusChangeReader.FindHashAsync(connection, 7_000)));
        await ExpectAsync("due licences", 0, () => _writer.RunAsync(transaction => LicenceStatusStore.ListDueForActivationAsync(transaction, 1)));
        var index = new RegionIndex(s_region, 4);
        index.Load(Enumerable.Range(0, Licences).Select(n => (0, n, new IndexEntry(LicenceStatus.InForce, new EntryTag(1), StatusReason.None))), Licences - 5, new byte[32]);
        await ExpectAsync("an entry given out", 0, () => _writer.RunAsync(transaction => EntryAllocator.TakeAsync(transaction, index, [9_000_000], 4)));

        // Own records of a day lie in that day's month; one by its id in the month of its moment; figures in no month at all.
        await ExpectAsync("own records of today", 1, () => SearchAsync(Now - 3_600_000, Now));
        var ofMonths = await ExpectAsync("own records of 31 days", 2, () => SearchAsync(Now - (31L * 24 * 3_600_000), Now));
        Assert.That(ofMonths.Single().Text, Does.Contain(postgres ? "_caller_time_idx" : "verifications_by_operator"), "Not by the time alone, which is everybody's.");
        await ExpectAsync("a record by its id", 1, () => ReadAsync(connection => connection.QueryAsync(
            VerificationHistory.Find, new { from = Now, until = Now, id = "id-9", byToken = "text-1", byCertificate = "text-2" })));
        var span = new { span = VerificationCounts.Hour, from = (Now / 1_000) - 86_400, until = Now / 1_000 };
        await ExpectAsync("figures by time", 0, () => ReadAsync(connection => connection.QueryAsync(Figures.ByTime, span)));
        await ExpectAsync("figures by what they are of", 0, () => ReadAsync(connection => connection.QueryAsync(Figures.ByCell, span)));
        await ExpectAsync("counting", 0, () => _writer.RunAsync(CountAsync));
        await ExpectAsync("forgetting hours", 0, () => _writer.RunAsync(transaction => Figures.ForgetAsync(transaction, 10_000_000)));

        // What is owed to other regions, and what they report.
        var queue = new ReportQueue(_watched, _writer);
        await ExpectAsync("whether anything is owed", 0, () => queue.AnyAsync(s_tianjin, CancellationToken.None));
        await ExpectAsync("what is owed", 0, () => queue.ReadAsync(s_tianjin, 100, CancellationToken.None));
        await ExpectAsync("how much is owed", 0, () => queue.CountAsync(s_tianjin, 100, CancellationToken.None));
        await ExpectAsync("what is acknowledged", 0, () => queue.AcknowledgeAsync(s_tianjin, new UnreportedBatch([new UseKey { Time = Now, VerificationId = "id-1" }], []), Now));
        await ExpectAsync("what earlier programs have noted", 2, () => new EarlierUses(_watched, _writer, s_region).MoveAsync(CancellationToken.None));
        var store = new ReportedUseStore(_watched, _writer, s_region);
        await ExpectAsync("uses of the same showing", 2, () => store.FindDoublesAsync([ReportedUseStoreTests.Use(1, TimeProvider.System.GetUtcNow(), "owner")], CancellationToken.None));

        // A person's uses may lie in any month; the page after some use in those before it only.
        await ExpectAsync("a person's uses", MonthsMade, () => UsesAsync(long.MaxValue));
        await ExpectAsync("a later page of uses", 2, () => UsesAsync(MonthlyTable.Verifications.Begin(_month.AddMonths(1 - MonthsKept)) + 5));
    }

    [Test]
    public async Task Queries_ThatReadWholeTables_AreSeen()
    {
        await ReadAsync(connection => connection.QueryAsync("SELECT * FROM verifications WHERE terminal_id = 'none'"));

        Assert.That(_plans.Take().SelectMany(plan => plan.WholeTables), Is.Not.Empty);
    }

    /// <summary>Those of the sample, and those made ahead.</summary>
    private static int MonthsMade => MonthsKept + RecordRetention.MonthsAhead;

    private Task SearchAsync(long from, long until) => ReadAsync(connection => connection.QueryAsync(VerificationHistory.Search, new
    {
        byToken = "operator:7",
        from,
        until,
        time = long.MaxValue,
        id = "",
        terminal = "",
        verdict = 0,
        text = "",
        begin = "%",
        inside = "%%",
        limit = 51,
    }));

    private Task CountAsync(DbTransaction transaction)
    {
        var counts = new VerificationCounts();
        counts.Add(Now, new CountedAs(1, 2, 3, 4, 5, 6));
        return counts.WriteAsync(_watched, transaction);
    }

    private Task UsesAsync(long time) => ReadAsync(connection => connection.QueryAsync(
        UseLog.UsesOf(s_keys, s_region), HashParameters.Of(s_keys.HashesOf(s_person), new { time, until = time, id = "id-9", limit = 21 })));

    private async Task<IReadOnlyList<QueryPlan>> ExpectAsync(string what, int months, Func<Task> ask)
    {
        _plans.Take();
        await ask();
        var plans = _plans.Take();

        Assert.That(plans, Is.Not.Empty, what);
        foreach (var plan in plans)
        {
            Assert.That(plan.WholeTables, Is.Empty, $"{what}: {plan.Text}");
            Assert.That(plan.Months, Is.LessThanOrEqualTo(months), $"{what}: {plan.Text}");
        }

        return plans;
    }

    private async Task ReadAsync(Func<DbConnection, Task> read)
    {
        await using var connection = await _watched.OpenAsync(CancellationToken.None);
        await read(connection);
    }

    private static Showing Some(ulong id) => new()
    {
        Id = new ShowingId(id),
        LicenceRow = 1,
        List = 0,
        Index = 0,
        Scenario = 1,
        Presenter = Presenter.Holder,
        PresenterHash = [],
        FirstIssuedAt = Now / 1_000,
        LastExpiresAt = Now / 1_000,
        LastCode = 1,
        WithdrawnAt = null,
    };

    private async Task FillTablesAsync()
    {
        OwnEntries.Prepare(Database, s_region);
        var rows = new SampleRows(postgres);
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        var months = Months.Of(Database, Commits);
        for (var m = 0; m < MonthsKept; m++)
        {
            var month = _month.AddMonths(-m);
            var count = m == 0 ? RowsOfThisMonth : RowsOfOthers;
            foreach (var table in MonthlyTable.All)
            {
                await months.MakeAsync(table, month, month, CancellationToken.None);
                var step = (table.Begin(month.AddMonths(1)) - table.Begin(month)) / count;
                (string, string)[] values =
                [
                    (table.TimeColumn, string.Create(CultureInfo.InvariantCulture, $"{table.Begin(month)} + CAST(n % {count} AS BIGINT) * {step}")),
                    ("list_number", "0"), ("list_index", $"n % {Licences}"), ("issuing_region", "110000"), ("showing", "n"), ("verification_id", "'id-' || n"), ("fault", "0"),
                    (table == MonthlyTable.Verifications ? "caller" : "licence_row", table == MonthlyTable.Verifications ? "'operator:' || n % 50" : "n"),
                ];
                await rows.InsertAsync(connection, table.Name, m * RowsOfThisMonth, count, values);
            }
        }

        await rows.InsertAsync(connection, "verification_counts", 0, RowsOfThisMonth, ("span", "3600"), ("start", "n * 3600"));
        (string, string)[] owed = [("issuing_region", "120000"), ("time", string.Create(CultureInfo.InvariantCulture, $"{Now} + n"))];
        await rows.InsertAsync(connection, "unreported_uses", 0, RowsOfThisMonth, owed);
        await rows.InsertAsync(connection, "owed_uses", 0, RowsOfThisMonth, [.. owed, ("count", "100"), ("uses", postgres ? "decode('01', 'hex')" : "x'01'")]);
        await rows.InsertAsync(connection, "used_showings", 0, RowsOfThisMonth, ("issuing_region", "110000"), ("showing", "n"), ("kept_until", "n"));
        await rows.InsertAsync(connection, "status_changes", 1, Licences, ("seq", "n"));
        await rows.InsertAsync(connection, "list_entries", 0, Licences, ("list_number", "0"), ("list_index", "n"), ("licence_row", "n"));
        var hash = Convert.ToHexStringLower(s_keys.HashesOf(s_person)[0]);
        var hashes = postgres ? $"CASE WHEN n = 77 THEN decode('{hash}', 'hex') ELSE decode(lpad(to_hex(n), 32, '0'), 'hex') END" : $"CASE WHEN n = 77 THEN x'{hash}' ELSE CAST(printf('%032x', n) AS BLOB) END";
        await rows.InsertAsync(connection, "licences", 0, Licences, ("licence_row", "n"), ("list_number", "0"), ("list_index", "n"), ("holder_hash", hashes));
        await rows.InsertAsync(connection, "licence_parties", 0, Licences, ("licence_row", "n"));
        await connection.ExecuteAsync("ANALYZE;");
    }
}
