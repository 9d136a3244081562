using System.Globalization;
using CrossProvince.Service.Operations;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Retention;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Recording;
using CrossProvince.Service.Tests.Storage.Retention;
using CrossProvince.Service.Verifying;
using Dapper;

namespace CrossProvince.Service.Tests.Operations;

/// <summary>What is counted is what was recorded.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class FiguresTests(bool postgres) : OperationsFixture(postgres)
{
    private const int Records = 3_000;

    private static readonly DateTimeOffset s_now = End.AddDays(1);

    private readonly bool _postgres = postgres;

    [TestCase(1_770_000_000, VerificationCounts.Hour, "2026-02-02T10:00:00+08:00", TestName = "Begin_InAnHour_IsItsBegin")]
    [TestCase(1_770_047_999, VerificationCounts.Day, "2026-02-02T00:00:00+08:00", TestName = "Begin_LastSecondOfADayInChina_IsThatDay")]
    [TestCase(1_770_048_000, VerificationCounts.Day, "2026-02-03T00:00:00+08:00", TestName = "Begin_MidnightInChina_IsTheNewDay")]
    [TestCase(-28_801, VerificationCounts.Day, "1969-12-31T00:00:00+08:00", TestName = "Begin_BeforeTheEpoch_IsNotAfter")]
    public void Begin_OfAMoment_IsThatOfItsHourOrDay(long unixSeconds, int span, string expected) =>
        Assert.That(VerificationCounts.Begin(span, unixSeconds), Is.EqualTo(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture).ToUnixTimeSeconds()));

    [Test]
    public async Task CountAsync_RandomRecordsAndSpans_EqualsARecount()
    {
        var records = Make(0, Records);
        await RecordAsync(records);
        var figures = new Figures(Database, Spool);

        for (var i = 0; i < 12; i++)
        {
            var from = Begin.ToUnixTimeSeconds() + Random.NextInt64(30 * 86_400);
            var until = from + Random.NextInt64(i % 2 == 0 ? 72 * 3_600 : 10 * 86_400);
            var counted = await figures.CountAsync(from, until, s_now.ToUnixTimeSeconds(), CancellationToken.None);

            Assert.That(counted.Span, Is.EqualTo(until - from <= 72 * 3_600 ? 3_600 : 86_400));
            Assert.That((counted.From, counted.Until), Is.EqualTo((VerificationCounts.Begin(counted.Span, from), VerificationCounts.Begin(counted.Span, until + counted.Span - 1))));
            var within = records.Where(r => r.Time >= counted.From * 1_000 && r.Time < counted.Until * 1_000).ToList();
            Assert.That((counted.Total, counted.Valid), Is.EqualTo(((long)within.Count, within.LongCount(r => r.Verdict == Core.Verification.Verdict.Valid))));
            Assert.That(
                counted.Times.Select(t => (t.Start, t.Verdict, t.Reason, t.Count)),
                Is.EquivalentTo(within.GroupBy(r => (VerificationCounts.Begin(counted.Span, r.Time / 1_000), (long)r.Verdict, (long)r.Reason))
                    .Select(g => (g.Key.Item1, g.Key.Item2, g.Key.Item3, g.LongCount()))));
            Assert.That(counted.Cells.Select(Key), Is.EquivalentTo(within.GroupBy(KeyOf).Select(g => (g.Key, g.LongCount()))));
        }
    }

    // Batches may be written again after a crash, and several nodes write at once: each record counts once.
    [Test]
    public async Task WriteAsync_BatchesAgainAndAtOnce_CountEachRecordOnce()
    {
        var records = Make(0, 600);
        await using var other = new GroupCommit(Database, Microsoft.Extensions.Logging.Abstractions.NullLogger<GroupCommit>.Instance);
        IVerificationTable[] nodes = [Table(Commits), Table(other)];
        var batches = Enumerable.Range(0, 24).Select(_ => Random.Next(records.Count - 100)).Select(from => Batch(records.Skip(from).Take(Random.Next(1, 100)))).ToList();
        await Task.WhenAll(nodes.Select(async (node, n) =>
        {
            foreach (var batch in batches.Skip(n * 10).Take(14))
            {
                await node.WriteAsync(batch, CancellationToken.None);
            }
        }));
        await nodes[0].WriteAsync(Batch(records), CancellationToken.None);

        await AssertEqualsRecountAsync(records.Count);
    }

    [Test]
    public async Task WriteAsync_RecordThatIsRefused_CountsNothingOfTheBatch()
    {
        await ExecuteAsync(_postgres
            ? "ALTER TABLE verifications ADD CONSTRAINT refused CHECK (terminal_id <> 'bad')"
            : "CREATE TRIGGER refused BEFORE INSERT ON verifications WHEN NEW.terminal_id = 'bad' BEGIN SELECT RAISE(ABORT, 'refused'); END");
        var records = Make(0, 20);
        records[15] = records[15] with { TerminalId = "bad" };

        Assert.That(async () => await Table(Commits).WriteAsync(Batch(records), CancellationToken.None), Throws.InstanceOf<RecordsRefusedException>());

        await AssertEqualsRecountAsync(0);
    }

    [Test]
    public async Task Prepare_RecordsOfBeforeTheCounts_AreCounted()
    {
        var file = Path.Combine(Path.GetDirectoryName(DatabaseFile)!, "older.db");
        var connectionString = _postgres ? Servers.Postgres.NewDatabase() : $"Data Source={file}";
        Migrations.RunBefore(connectionString, _postgres, "0007");
        await using var older = new Database(connectionString);
        await using (var connection = await older.OpenAsync(CancellationToken.None))
        {
            var rows = new SampleRows(_postgres);
            var month = new DateOnly(2026, 3, 1);
            if (_postgres)
            {
                await PostgresMonths.MakeAsync(connection, MonthlyTable.Verifications, month, month, CancellationToken.None);
            }

            await rows.InsertAsync(
                connection, "verifications", 0, 500,
                ("time", $"{MonthlyTable.Verifications.Begin(month)} + CAST(n AS BIGINT) * 3000000"), ("verification_id", "'id-' || n"), ("issuing_region", "110000 + (n % 3) * 10000"),
                ("verifier_region", "110000"), ("type_number", "n % 5"), ("scenario", "n % 7"), ("verdict", "n % 4"), ("reason", "0"));
        }

        older.Prepare();

        await using var after = await older.OpenAsync(CancellationToken.None);
        await AssertEqualsRecountAsync(after, 500);
    }

    [Test]
    public async Task ForgetAsync_OldHours_LeavesDays()
    {
        await RecordAsync(Make(0, 300));
        var figures = new Figures(Database, Spool);
        var days = await ScalarAsync<long>("SELECT COUNT(*) FROM verification_counts WHERE span = 86400");
        var later = Begin.AddDays(Figures.HoursKeptDays + 10);
        await Commits.RunAsync(transaction => Figures.ForgetAsync(transaction, later.ToUnixTimeSeconds()));

        Assert.That(
            await ScalarAsync<long>("SELECT MIN(start) FROM verification_counts WHERE span = 3600"),
            Is.GreaterThanOrEqualTo(VerificationCounts.Begin(VerificationCounts.Day, later.AddDays(-Figures.HoursKeptDays).ToUnixTimeSeconds())));
        Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM verification_counts WHERE span = 86400"), Is.EqualTo(days));

        // What is asked of that time comes by days.
        var counted = await figures.CountAsync(Begin.ToUnixTimeSeconds(), Begin.AddDays(1).ToUnixTimeSeconds(), later.ToUnixTimeSeconds(), CancellationToken.None);
        Assert.That((counted.Span, counted.Total > 0), Is.EqualTo((VerificationCounts.Day, true)));
    }

    private IVerificationTable Table(GroupCommit commits) => _postgres ? new CopyingTable(Database, TestRecords.Region, new RecordedRequests(Database, TimeProvider.System)) : new InsertingTable(Database, TestRecords.Region, new RecordedRequests(Database, TimeProvider.System), commits);

    private static RecordBatch Batch(IEnumerable<VerificationRecord> records)
    {
        var some = records.ToList();
        var batch = new RecordBatch.Builder(some.Count);
        foreach (var record in some)
        {
            var bytes = new byte[RecordFormat.Bound(record)];
            batch.Add(bytes.AsSpan(0, RecordFormat.Write(bytes, record)));
        }

        return batch.Build();
    }

    private async Task AssertEqualsRecountAsync(int records)
    {
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        await AssertEqualsRecountAsync(connection, records);
    }

    private static async Task AssertEqualsRecountAsync(System.Data.Common.DbConnection connection, int records)
    {
        const string Columns = "verifier_region, issuing_region, type_number, scenario, verdict, reason";
        foreach (var span in new[] { VerificationCounts.Hour, VerificationCounts.Day })
        {
            var recount = (await connection.QueryAsync($"SELECT (time / 1000 + 28800) / {span} * {span} - 28800 AS start, {Columns}, COUNT(*) AS count FROM verifications GROUP BY 1, {Columns}")).Select(Line).ToList();
            var counted = (await connection.QueryAsync($"SELECT start, {Columns}, count FROM verification_counts WHERE span = {span}")).Select(Line);

            Assert.That(counted, Is.EquivalentTo(recount));
            Assert.That(await connection.ExecuteScalarAsync<long>($"SELECT COALESCE(SUM(count), 0) FROM verification_counts WHERE span = {span}"), Is.EqualTo(records));
        }

        static string Line(dynamic row) => string.Join(' ', ((IDictionary<string, object>)row).Values);
    }

    private static ((long, long, long, long, long, long), long) Key(Cell cell) => ((cell.VerifierRegion, cell.IssuingRegion, cell.TypeNumber, cell.Scenario, cell.Verdict, cell.Reason), cell.Count);

    private static (long, long, long, long, long, long) KeyOf(VerificationRecord r) => (r.VerifierRegion, r.IssuingRegion, r.TypeNumber, r.Scenario, (long)r.Verdict, (long)r.Reason);
}
