using System.Diagnostics;
using System.Diagnostics.Metrics;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Storage;
using CrossProvince.Service.Verifying;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace CrossProvince.Service.Tests.Recording;

/// <summary>From the spool into the database.</summary>
/// <param name="postgres">Which database; Redis has no part in it.</param>
[TestFixture(false)]
[TestFixture(true)]
public sealed class VerificationSpoolTests(bool postgres) : StorageFixture(postgres ? Backend.Postgres : Backend.Sqlite)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(TestRecords.Begin));
    private readonly List<IAsyncDisposable> _opened = [];
    private ServiceProvider _meters = null!;
    private string _folder = "";
    private CapturedLog _log = null!;
    private RecordingMetrics _metrics = null!;

    [SetUp]
    public void MakeFolder()
    {
        _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        _folder = Directory.CreateTempSubdirectory("crossprovince-spool-").FullName;
    }

    [TearDown]
    public async Task CloseAsync()
    {
        foreach (var spool in _opened)
        {
            await spool.DisposeAsync();
        }

        _opened.Clear();
        await _meters.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task AppendAsync_Drained_EveryValueIsInTheDatabaseInOrder()
    {
        var spool = Open();
        var records = Enumerable.Range(0, 3_000).Select(n => TestRecords.Make(n, n % 2 == 0 ? $"r{n}" : null)).ToList();
        foreach (var chunk in records.Chunk(70))
        {
            await spool.AppendAsync(chunk, CancellationToken.None);
        }

        await spool.DrainedAsync(CancellationToken.None);

        var stored = await ReadAsync();
        Assert.That(stored.Select(r => r.VerificationId), Is.EqualTo(records.Select(r => r.VerificationId)));
        foreach (var (read, written) in stored.Zip(records))
        {
            Assert.That(read.RequestDigest, Is.EqualTo(written.RequestDigest));
            Assert.That(read with { RequestDigest = written.RequestDigest }, Is.EqualTo(written));
        }

        Assert.That((spool.Backlog, spool.BacklogAge), Is.EqualTo((0, TimeSpan.Zero)));
    }

    // A record may have waited long in a spool, or been made under a clock that went wrong: its month is made, and it is not refused.
    [Test]
    public async Task AppendAsync_MonthsThatNobodyMade_AreMadeAndDrained()
    {
        var spool = Open();
        var records = TestRecords.Make(0, 3);
        records[1] = records[1] with { Time = 0 };
        records[2] = records[2] with { Time = new DateTimeOffset(2099, 12, 31, 23, 59, 59, TimeSpan.Zero).ToUnixTimeMilliseconds() };
        await spool.AppendAsync(records, CancellationToken.None);
        await spool.DrainedAsync(CancellationToken.None);

        Assert.That((await ReadAsync()).Select(r => r.VerificationId), Is.EquivalentTo(records.Select(r => r.VerificationId)));
        Assert.That(File.Exists(Path.Combine(_folder, "refused")), Is.False);
    }

    [Test]
    public async Task Prepare_StoppedWithRecordsLeft_DrainsThem()
    {
        await WithoutTableAsync(async () =>
        {
            await Open().AppendAsync(TestRecords.Make(1, 50), CancellationToken.None);
            await CloseSpoolsAsync();
        });

        var spool = Open();
        await UntilAsync(() => spool.Backlog == 0);
        Assert.That(await IdsAsync(), Is.EqualTo(Enumerable.Range(1, 50).Select(TestRecords.Id)));
    }

    // Between its commit and the cursor: the database has what the spool still believes to be left.
    [Test]
    public async Task Prepare_CursorLostAfterTheCommit_DrainsAgainWithoutDoubles()
    {
        var spool = Open();
        await spool.AppendAsync(TestRecords.Make(1, 50), CancellationToken.None);
        await spool.DrainedAsync(CancellationToken.None);
        await CloseSpoolsAsync();
        File.Delete(Path.Combine(_folder, "drained"));

        spool = Open();
        Assert.That(_log.Lines.Select(l => l.Text), Has.One.StartsWith("50 records of an earlier run"));
        await spool.AppendAsync(TestRecords.Make(51, 50), CancellationToken.None);
        await UntilAsync(() => spool.Backlog == 0);
        Assert.That(await IdsAsync(), Is.EqualTo(Enumerable.Range(1, 100).Select(TestRecords.Id)));
        Assert.That(TestSpool.Lost(_metrics, "refused"), Is.Zero);
    }

    [Test]
    public async Task AppendAsync_DatabaseTakesNothing_GoesOnAndCatchesUp()
    {
        var spool = Open();
        await WithoutTableAsync(async () =>
        {
            await spool.AppendAsync([TestRecords.Make(0, "r")], CancellationToken.None);
            await UntilAsync(() => _log.Lines.Any(l => l.Text.StartsWith("Records of verifications wait", StringComparison.Ordinal)));
            _time.Advance(TimeSpan.FromMinutes(5));
            await spool.AppendAsync(TestRecords.Make(1, 2_500), CancellationToken.None);

            // Who reads is not kept waiting for a database that takes nothing.
            var start = Stopwatch.GetTimestamp();
            await spool.DrainedAsync(CancellationToken.None);
            Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(2)));
            Assert.That((spool.Backlog, spool.BacklogAge), Is.EqualTo((2_501, TimeSpan.FromMinutes(5))));
            Assert.That(spool.TryFind(TestRecords.Caller, "r", TestRecords.Begin - 1)!.Record.VerificationId, Is.EqualTo(TestRecords.Id(0)));
            Assert.That(spool.TryFind(TestRecords.Caller, "r", TestRecords.Begin), Is.Null);
        });

        await UntilAsync(() => spool.Backlog == 0);
        Assert.That(await IdsAsync(), Is.EqualTo(Enumerable.Range(0, 2_501).Select(TestRecords.Id)));
        Assert.That(_log.Lines.Select(l => l.Text), Has.One.StartsWith("The database takes records"));
    }

    [Test]
    public async Task AppendAsync_RecordTheDatabaseRefuses_IsKeptApartAndTriedAgainAtTheNextStart()
    {
        await RefuseAsync("窗口-77");
        var spool = Open();
        await spool.AppendAsync(TestRecords.Make(1, 200), CancellationToken.None);
        await UntilAsync(() => spool.Backlog == 0);

        var others = Enumerable.Range(1, 200).Where(n => n != 77).Select(TestRecords.Id).ToList();
        Assert.That(await IdsAsync(), Is.EqualTo(others));
        Assert.That(TestSpool.Lost(_metrics, "refused"), Is.EqualTo(1));
        Assert.That(_log.Lines.Where(l => l.Level == LogLevel.Critical).Select(l => l.Text), Has.One.Contains(TestRecords.Id(77)));

        await CloseSpoolsAsync();
        await AllowAsync();
        spool = Open();
        await UntilAsync(() => spool.Backlog == 0);
        Assert.That(await IdsAsync(), Is.EqualTo(others.Append(TestRecords.Id(77))));
        Assert.That(Directory.GetFiles(_folder, "refused*"), Is.Empty);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Prepare_RefusedRecordCannotBeWrittenOrIsRefusedAgain_StaysForTheNextStart(bool isFull)
    {
        await RefuseAsync("窗口-1");
        await Open().AppendAsync(TestRecords.Make(1, 1), CancellationToken.None);
        await UntilAsync(() => TestSpool.Lost(_metrics, "refused") == 1);
        await CloseSpoolsAsync();

        var disk = new FaultyDisk { IsFull = isFull };
        var spool = Open(options: new RecordingOptions { ContinueUnrecorded = true }, disk: disk);
        await UntilAsync(() => spool.Backlog == 0 && _log.Lines.Any(line => line.Text.Contains(isFull ? "UNRECORDED" : TestRecords.Id(1), StringComparison.Ordinal)));
        await CloseSpoolsAsync();

        await AllowAsync();
        spool = Open();
        await UntilAsync(() => spool.Backlog == 0);
        Assert.That(await IdsAsync(), Is.EqualTo(new[] { TestRecords.Id(1) }));
    }

    [Test]
    public async Task AppendAsync_TwoNodesOnOneDatabase_BothAreDrained()
    {
        var (first, second) = (Open("1"), Open("2"));
        await Task.WhenAll(Enumerable.Range(0, 40).SelectMany(n => new[]
        {
            first.AppendAsync(TestRecords.Make(n * 200, 100), CancellationToken.None),
            second.AppendAsync(TestRecords.Make((n * 200) + 100, 100), CancellationToken.None),
        }));
        await Task.WhenAll(first.DrainedAsync(CancellationToken.None), second.DrainedAsync(CancellationToken.None));
        await UntilAsync(() => first.Backlog + second.Backlog == 0);

        Assert.That(await IdsAsync(), Is.EquivalentTo(Enumerable.Range(0, 8_000).Select(TestRecords.Id)));
    }

    [Test]
    public async Task Drain_SegmentsThatAreThrough_AreDeleted()
    {
        var spool = Open(options: new() { MaxBytes = 1 << 20 });
        for (var n = 0; n < 6_000; n += 100)
        {
            await spool.AppendAsync(TestRecords.Make(n, 100), CancellationToken.None);
            if (n % 1_000 == 0)
            {
                await spool.DrainedAsync(CancellationToken.None);
            }
        }

        await UntilAsync(() => spool.Backlog == 0 && Directory.GetFiles(_folder, "*.spool").Length == 1);
        Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM verifications"), Is.EqualTo(6_000));
    }

    [Test]
    public async Task StopAsync_RecordsWait_AreDrainedFirst()
    {
        var spool = Open();
        await spool.AppendAsync(TestRecords.Make(1, 100), CancellationToken.None);

        await spool.StopAsync(CancellationToken.None);

        Assert.That(await IdsAsync(), Has.Count.EqualTo(100));
        Assert.That(() => spool.AppendAsync([TestRecords.Make(101)], CancellationToken.None), Throws.TypeOf<SpoolException>());
    }

    private VerificationSpool Open(string name = "", RecordingOptions? options = null, SpoolDisk? disk = null)
    {
        _log = new CapturedLog();
        _metrics = new RecordingMetrics(_meters.GetRequiredService<IMeterFactory>());
        var spool = new VerificationSpool(options ?? new(), Path.Combine(_folder, name), TestRecords.Region, Database, Commits, _time, _metrics, _log, disk);
        _opened.Add(spool);
        spool.Prepare();
        return spool;
    }

    private async Task CloseSpoolsAsync()
    {
        foreach (var spool in _opened)
        {
            await spool.DisposeAsync();
        }

        _opened.Clear();
    }

    private async Task WithoutTableAsync(Func<Task> work)
    {
        await ExecuteAsync("ALTER TABLE verifications RENAME TO missing");
        await work();
        await ExecuteAsync("ALTER TABLE missing RENAME TO verifications");
    }

    private Task RefuseAsync(string terminal) => ExecuteAsync(postgres
        ? $"ALTER TABLE verifications ADD CONSTRAINT refused CHECK (terminal_id <> '{terminal}')"
        : $"CREATE TRIGGER refused BEFORE INSERT ON verifications WHEN NEW.terminal_id = '{terminal}' BEGIN SELECT RAISE(ABORT, 'refused'); END");

    private Task AllowAsync() => ExecuteAsync(postgres ? "ALTER TABLE verifications DROP CONSTRAINT refused" : "DROP TRIGGER refused");

    private async Task<List<VerificationRecord>> ReadAsync()
    {
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        return [.. await connection.QueryAsync<VerificationRecord>($"SELECT * FROM verifications ORDER BY {(postgres ? "ctid" : "rowid")}")];
    }

    private async Task<List<string>> IdsAsync() => [.. (await ReadAsync()).Select(r => r.VerificationId)];

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (!holds())
        {
            await Task.Delay(10, patience.Token);
        }
    }
}
