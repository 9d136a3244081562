using CrossProvince.Service.Recording;
using CrossProvince.Service.Storage;
using Microsoft.Extensions.Logging;

namespace CrossProvince.Service.Tests.Recording;

/// <summary>When an append is answered, and what becomes of it on a disk that fails.</summary>
public sealed class SpoolWriterTests
{
    private readonly FaultyDisk _disk = new();
    private readonly RecordingOptions _options = new();
    private string _folder = "";
    private TestSpool _spool = null!;

    private SpoolWriter Writer => _spool.Writer;

    [SetUp]
    public void Open()
    {
        _folder = Directory.CreateTempSubdirectory("crossprovince-spool-").FullName;
        (_disk.FailingWrites, _disk.FailingFlushes, _disk.IsFull) = (0, 0, false);
        (_options.MaxBytes, _options.ContinueUnrecorded) = (4L << 30, false);
        _spool = new TestSpool(_folder, _options, _disk);
        Writer.Start();
    }

    [TearDown]
    public void Close()
    {
        _disk.Release();
        _spool.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task AppendAsync_NotFlushed_IsNotAnswered()
    {
        _disk.Hold();
        var append = Writer.AppendAsync([TestRecords.Make(1)]);
        await UntilAsync(() => _disk.IsFlushing);
        Assert.That((append.IsCompleted, Writer.Last), Is.EqualTo((false, 0)));

        _disk.Release();
        await append;
        Assert.That(Writer.Last, Is.EqualTo(1));
    }

    [Test]
    public async Task AppendAsync_WhileAnotherIsFlushed_SharesTheNextFlush()
    {
        _disk.Hold();
        var first = Writer.AppendAsync([TestRecords.Make(0)]);
        await UntilAsync(() => _disk.IsFlushing);
        var before = _disk.Flushes;
        var others = Enumerable.Range(1, 50).Select(n => Writer.AppendAsync([TestRecords.Make(n)])).ToList();

        _disk.Release();
        await Task.WhenAll(others.Append(first));

        Assert.That(_disk.Flushes - before, Is.EqualTo(2));
        Assert.That(_spool.Ids(), Is.EqualTo(Enumerable.Range(0, 51).Select(TestRecords.Id)));
    }

    [Test]
    public async Task AppendAsync_OfNothing_IsDone() => await Writer.AppendAsync([]);

    // What a failed flush should have written may be gone, and a second flush would not say so.
    [TestCase(true)]
    [TestCase(false)]
    public async Task AppendAsync_WriteOrFlushFailsOnce_GoesIntoAnotherFileWhole(bool flush)
    {
        await Writer.AppendAsync(TestRecords.Make(1, 3));
        (_disk.FailingWrites, _disk.FailingFlushes) = flush ? (0, 1) : (1, 0);

        await Writer.AppendAsync(TestRecords.Make(4, 3));
        await Writer.AppendAsync(TestRecords.Make(7, 3));

        Assert.That(Names(), Is.EqualTo(new[] { "00000000000000000001.spool", "00000000000000000004.spool" }));
        Assert.That(_spool.Log.Count(LogLevel.Error), Is.EqualTo(1));
        Reopen();
        Assert.That(_spool.Ids(), Is.EqualTo(Enumerable.Range(1, 9).Select(TestRecords.Id)));
        Assert.That((_spool.Lost("damaged"), _spool.Lost("missing")), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task AppendAsync_DiskFull_IsRefusedUntilThereIsRoom()
    {
        await Writer.AppendAsync(TestRecords.Make(1, 3));
        _disk.IsFull = true;

        var refusal = Assert.ThrowsAsync<SpoolException>(() => Writer.AppendAsync([TestRecords.Make(100)]));
        Assert.That(refusal!.InnerException!.Message, Does.Contain("No space left"));
        Assert.That(Assert.ThrowsAsync<SpoolException>(() => Writer.AppendAsync([TestRecords.Make(101)]))!.Fault, Is.EqualTo(SpoolFault.Unwritable));
        Assert.That(Writer.Refusing, Is.EqualTo(SpoolFault.Unwritable));
        Assert.That((_spool.Log.Count(LogLevel.Critical), _spool.Lost("unrecorded")), Is.EqualTo((1, 0)));

        _disk.IsFull = false;
        await UntilAsync(() => Writer.Refusing is null);
        await Writer.AppendAsync([TestRecords.Make(4)]);
        Assert.That(_spool.Ids(), Is.EqualTo(Enumerable.Range(1, 4).Select(TestRecords.Id)));
        Assert.That(Directory.GetFiles(_folder).Select(Path.GetFileName), Has.None.EqualTo("trial"));
    }

    [Test]
    public async Task AppendAsync_DiskFullAndToContinue_IsAnsweredAndCounted()
    {
        _options.ContinueUnrecorded = true;
        _disk.IsFull = true;

        await Writer.AppendAsync(TestRecords.Make(1, 2));
        await Writer.AppendAsync(TestRecords.Make(3, 3));

        Assert.That(_spool.Lost("unrecorded"), Is.EqualTo(5));
        Assert.That(_spool.Log.Lines.Where(l => l.Level == LogLevel.Critical).Select(l => l.Text), Has.One.Contains("UNRECORDED"));
        Assert.That(_spool.Ids(), Is.Empty);
        _disk.IsFull = false;
    }

    [Test]
    public async Task AppendAsync_MaxBytesReached_IsRefusedUntilFilesAreDrained()
    {
        _options.MaxBytes = 200_000;
        Reopen();
        var (asked, taken) = (0, new List<string>());
        SpoolException? refusal = null;
        while (refusal is null)
        {
            var records = TestRecords.Make(asked, 20);
            asked += records.Count;
            Assert.That(asked, Is.LessThan(10_000));
            try
            {
                await Writer.AppendAsync(records);
                taken.AddRange(records.Select(r => r.VerificationId));
            }
            catch (SpoolException e)
            {
                refusal = e;
            }
        }

        Assert.That((refusal.Fault, Writer.Refusing), Is.EqualTo((SpoolFault.Full, SpoolFault.Full)));
        Assert.That(_spool.Folder.Bytes, Is.InRange(_options.MaxBytes, _options.MaxBytes + 20_000));
        Assert.ThrowsAsync<SpoolException>(() => Writer.AppendAsync([TestRecords.Make(asked)]));
        Assert.That(_spool.Log.Lines.Where(l => l.Level == LogLevel.Critical).Select(l => l.Text), Has.One.Contains("Recording:MaxBytes"));
        Assert.That(_spool.Ids(), Is.EqualTo(taken));

        Assert.That(_spool.Folder.Segments, Has.Count.GreaterThan(1));
        _spool.Folder.Delete(_spool.Folder.Segments[0]);
        await Writer.AppendAsync([TestRecords.Make(asked)]);
    }

    [Test]
    public async Task AppendAsync_TooMuchWaits_IsBusy()
    {
        _disk.Hold();
        var appends = new List<Task>();
        var records = TestRecords.Make(1, 1_000);
        Task append;
        while (!(append = Writer.AppendAsync(records)).IsFaulted)
        {
            appends.Add(append);
            Assert.That(appends, Has.Count.LessThan(1_000));
        }

        Assert.That(async () => await append, Throws.TypeOf<StorageBusyException>());
        _disk.Release();
        await Task.WhenAll(appends);
        Assert.That(Writer.Last, Is.EqualTo(appends.Count * 1_000));
    }

    [Test]
    public async Task Dispose_AppendsWait_AreMadeFirst()
    {
        _disk.Hold();
        var appends = Enumerable.Range(1, 10).Select(n => Writer.AppendAsync([TestRecords.Make(n)])).ToList();
        var ending = Task.Run(Writer.Dispose);
        _disk.Release();
        await ending;

        Assert.That(appends.Select(a => a.Status), Is.All.EqualTo(TaskStatus.RanToCompletion));
        Assert.That(Assert.ThrowsAsync<SpoolException>(() => Writer.AppendAsync([TestRecords.Make(11)]))!.Fault, Is.EqualTo(SpoolFault.Stopping));
    }

    [Test]
    public async Task Find_WaitingWrittenOrReadAgain_IsTheNewestOfThatCaller()
    {
        _disk.Hold();
        var first = Writer.AppendAsync([TestRecords.Make(1, "a"), TestRecords.Make(2, "b"), TestRecords.Make(3)]);
        var waiting = Writer.Find(TestRecords.Caller, "a")!;
        Assert.That((waiting.Record.VerificationId, waiting.Durable.IsCompleted), Is.EqualTo((TestRecords.Id(1), false)));
        _disk.Release();
        await first;
        await waiting.Durable;
        Assert.That((Found("a"), Found("b"), Found("c")), Is.EqualTo((TestRecords.Id(1), TestRecords.Id(2), (string?)null)));

        await Writer.AppendAsync([TestRecords.Make(4, "a"), TestRecords.Make(5, "c")]);
        Assert.That((Found("a"), Found("b"), Found("c")), Is.EqualTo((TestRecords.Id(4), TestRecords.Id(2), TestRecords.Id(5))));
        Assert.That(Writer.Find("urn:crossprovince:110000:verifier:B", "a"), Is.Null);

        Reopen();
        Assert.That((Found("a"), Found("b"), Found("c")), Is.EqualTo((TestRecords.Id(4), TestRecords.Id(2), TestRecords.Id(5))));

        string? Found(string request) => Writer.Find(TestRecords.Caller, request)?.Record.VerificationId;
    }

    [Test]
    public async Task Find_NotMadeDurable_FailsWhoeverWaitsAndIsForgotten()
    {
        _disk.Hold();
        var append = Writer.AppendAsync([TestRecords.Make(1, "a")]);
        var waiting = Writer.Find(TestRecords.Caller, "a")!;
        _disk.IsFull = true;
        _disk.FailingFlushes = 2;
        _disk.Release();

        Assert.ThrowsAsync<SpoolException>(() => append);
        Assert.ThrowsAsync<SpoolException>(() => waiting.Durable);
        await UntilAsync(() => Writer.Find(TestRecords.Caller, "a") is null);
        _disk.IsFull = false;
    }

    private void Reopen()
    {
        _spool.Dispose();
        _spool = new TestSpool(_folder, _options, _disk);
        Writer.Start();
    }

    private IEnumerable<string?> Names() => Directory.GetFiles(_folder, "*.spool").Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!holds())
        {
            await Task.Delay(5, patience.Token);
        }
    }
}
