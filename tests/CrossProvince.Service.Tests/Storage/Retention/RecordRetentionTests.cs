using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage.Retention;
using CrossProvince.Service.Tests.Backends;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace CrossProvince.Service.Tests.Storage.Retention;

/// <summary>Months come and go.</summary>
/// <param name="postgres">Which database; Redis has no part in it.</param>
[TestFixture(false)]
[TestFixture(true)]
public sealed class RecordRetentionTests(bool postgres) : StorageFixture(postgres ? Backend.Postgres : Backend.Sqlite)
{
    private readonly SampleRows _rows = new(postgres);
    private LinesOf<RecordRetention> _log = null!;

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    [SetUp]
    public void ForgetLog() => _log = new LinesOf<RecordRetention>();

    [TestCase("verifications")]
    [TestCase("showings")]
    public async Task RunAsync_MonthPastThePolicy_IsAnnouncedAndDroppedADayLater(string name)
    {
        var table = MonthlyTable.All.Single(t => t.Name == name);
        var kept = RecordRetention.FirstKept(Now, 36);
        await InsertAsync(table, table.Begin(kept.AddMonths(-14)), table.Begin(kept) - 1, table.Begin(kept), Now / 1_000 * table.UnitsASecond);

        await RunAsync();
        await RunAsync();

        Assert.That(await TimesAsync(table), Has.Count.EqualTo(4));
        Assert.That(_log.Lines.Where(line => line.Level == LogLevel.Warning).Select(line => line.Text), Has.Exactly(1).StartsWith($"2 rows of {name} of before {kept:yyyy-MM} are older"));

        await WaitADayAsync(table);
        await RunAsync();

        Assert.That(await TimesAsync(table), Is.EqualTo(new[] { table.Begin(kept), Now / 1_000 * table.UnitsASecond }).Within(60 * table.UnitsASecond));
        Assert.That(_log.Lines.Select(line => line.Text), Has.Exactly(1).StartsWith($"2 rows of {name} of before {kept:yyyy-MM} were dropped"));
    }

    [Test]
    public async Task RunAsync_MoreThanOneTransactionTakes_AllAreDropped()
    {
        var kept = RecordRetention.FirstKept(Now, 36);
        await MakeAsync(MonthlyTable.Verifications, kept.AddMonths(-1), kept);
        await using (var connection = await Database.OpenAsync(CancellationToken.None))
        {
            await _rows.InsertAsync(connection, "verifications", 1, 2_500, ("time", $"{MonthlyTable.Verifications.Begin(kept)} - n"));
            await _rows.InsertAsync(connection, "verifications", 1, 10, ("time", $"{MonthlyTable.Verifications.Begin(kept)} + n"));
        }

        await RunAsync();
        await WaitADayAsync(MonthlyTable.Verifications);
        await RunAsync();

        Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM verifications"), Is.EqualTo(10));
        Assert.That(_log.Lines.Select(line => line.Text), Has.Exactly(1).StartsWith("2500 rows of verifications").And.Contains("were dropped"));
    }

    [Test]
    public async Task RunAsync_NothingPastThePolicy_SaysNothing()
    {
        await InsertAsync(MonthlyTable.Verifications, Now, MonthlyTable.Verifications.Begin(RecordRetention.FirstKept(Now, 36)));

        await RunAsync();

        Assert.That(_log.Lines, Is.Empty);
        Assert.That(await TimesAsync(MonthlyTable.Verifications), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task RunAsync_PolicyRaisedAfterTheAnnouncement_DropsNothing()
    {
        await InsertAsync(MonthlyTable.Verifications, MonthlyTable.Verifications.Begin(RecordRetention.FirstKept(Now, 10)));

        await RunAsync(months: 6);
        await WaitADayAsync(MonthlyTable.Verifications);
        await RunAsync(months: 36);

        Assert.That(await TimesAsync(MonthlyTable.Verifications), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_ClockFarAhead_DropsNothingAndSaysWhy()
    {
        await InsertAsync(MonthlyTable.Verifications, Now);
        var ahead = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(Now).AddYears(4));

        await RunAsync(time: ahead);
        ahead.Advance(TimeSpan.FromDays(2));
        await RunAsync(time: ahead);

        Assert.That(await TimesAsync(MonthlyTable.Verifications), Has.Count.EqualTo(1));
        Assert.That(_log.Lines.Select(line => (line.Level, line.Text[..26])), Is.All.EqualTo((LogLevel.Warning, "The clocks of the node and")));
    }

    [Test]
    public async Task MakeAsync_SeveralNodesAtOnce_EachMonthIsThereOnce()
    {
        var first = new DateOnly(2031, 11, 1);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => MakeAsync(MonthlyTable.Verifications, first, first.AddMonths(2)))));

        await InsertAsync(MonthlyTable.Verifications, MonthlyTable.Verifications.Begin(first), MonthlyTable.Verifications.Begin(first.AddMonths(3)) - 1);
        Assert.That(await TimesAsync(MonthlyTable.Verifications), Has.Count.EqualTo(2));
        if (postgres)
        {
            Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM pg_class WHERE relname IN ('verifications_203111', 'verifications_203112', 'verifications_203201')"), Is.EqualTo(3));
        }
    }

    /// <summary>Each time as after a restart.</summary>
    private async Task RunAsync(int months = 36, TimeProvider? time = null)
    {
        using var retention = new RecordRetention(Database, Commits, new StorageOptions { RetentionMonths = months }, new TrustedClock(time ?? TimeProvider.System, 30), _log);
        await retention.RunAsync(CancellationToken.None);
    }

    /// <summary>As if it had been announced a day earlier.</summary>
    private Task WaitADayAsync(MonthlyTable table) =>
        ExecuteAsync($"UPDATE node_state SET value = value - {RecordRetention.AnnouncedMilliseconds} WHERE name = 'retention-{table.Name}-announced'");

    private Task MakeAsync(MonthlyTable table, DateOnly first, DateOnly last) => Months.Of(Database, Commits).MakeAsync(table, first, last, CancellationToken.None);

    private async Task InsertAsync(MonthlyTable table, params long[] times)
    {
        for (var n = 0; n < times.Length; n++)
        {
            var month = Month.Of(times[n] * 1_000 / table.UnitsASecond);
            await MakeAsync(table, month, month);
            await using var connection = await Database.OpenAsync(CancellationToken.None);
            await _rows.InsertAtAsync(connection, table, n, times[n]);
        }
    }

    private async Task<List<long>> TimesAsync(MonthlyTable table)
    {
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        return [.. await Dapper.SqlMapper.QueryAsync<long>(connection, $"SELECT {table.TimeColumn} FROM {table.Name} ORDER BY 1")];
    }
}
