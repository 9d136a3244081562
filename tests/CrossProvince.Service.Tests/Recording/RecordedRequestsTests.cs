using CrossProvince.Service.Recording;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Storage;
using CrossProvince.Service.Verifying;
using Dapper;
using Microsoft.Extensions.Time.Testing;

namespace CrossProvince.Service.Tests.Recording;

/// <summary>Which requests the database is asked for: all that any node has recorded, and few others.</summary>
[TestFixtureSource(typeof(EveryBackend), nameof(EveryBackend.All))]
public sealed class RecordedRequestsTests(Backend backend) : StorageFixture(backend)
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    [Test]
    public async Task MayHave_NothingReadYet_IsTrue()
    {
        await using var requests = new RecordedRequests(Database, _time);

        Assert.That(requests.MayHave(TestRecords.Caller, "any"), Is.True);
    }

    [Test]
    public async Task MayHave_WrittenByAnotherNode_IsTrueOnceRead()
    {
        await using var here = new RecordedRequests(Database, _time);
        await using var there = new RecordedRequests(Database, _time);
        await here.ReadAsync(CancellationToken.None);
        var before = here.MayHave(TestRecords.Caller, "r-1");

        await WriteAsync(there, [TestRecords.Make(1, "r-1"), TestRecords.Make(2), TestRecords.Make(3, "编号 3")]);
        await here.ReadAsync(CancellationToken.None);

        Assert.That(before, Is.False);
        Assert.That(here.MayHave(TestRecords.Caller, "r-1"), Is.True);
        Assert.That(here.MayHave(TestRecords.Caller, "编号 3"), Is.True);
        Assert.That(here.MayHave(TestRecords.Caller, "r-2"), Is.False);
        Assert.That(here.MayHave("urn:crossprovince:110000:verifier:B", "r-1"), Is.False);
    }

    [Test]
    public async Task MayHave_WrittenHere_IsTrueBeforeItIsCommitted()
    {
        await using var here = new RecordedRequests(Database, _time);
        await here.ReadAsync(CancellationToken.None);
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        await using var transaction = await connection.BeginTransactionAsync();

        await here.WriteAsync(Batch([TestRecords.Make(1, "r-1")]), transaction);

        Assert.That(here.MayHave(TestRecords.Caller, "r-1"), Is.True);
    }

    /// <summary>As after the start of a node beside others that have been at work.</summary>
    [Test]
    public async Task ReadAsync_ManyBatchesOfTwoNodes_ReadsEachOnce()
    {
        const int Batches = 450;
        await using var one = new RecordedRequests(Database, _time);
        await using var two = new RecordedRequests(Database, _time);
        await using (var connection = await Database.OpenAsync(CancellationToken.None))
        {
            await using var transaction = await connection.BeginTransactionAsync();
            for (var n = 0; n < Batches; n++)
            {
                await (n % 3 == 0 ? one : two).WriteAsync(Batch([TestRecords.Make(n, $"r-{n}")]), transaction);
            }

            await transaction.CommitAsync();
        }

        await using var started = new RecordedRequests(Database, _time);
        await started.ReadAsync(CancellationToken.None);
        await WriteAsync(two, [TestRecords.Make(Batches, $"r-{Batches}")]);
        await started.ReadAsync(CancellationToken.None);

        Assert.That(Enumerable.Range(0, Batches + 1).Where(n => !started.MayHave(TestRecords.Caller, $"r-{n}")), Is.Empty);
    }

    [Test]
    public async Task MayHave_NotReadForAWhile_IsTrue()
    {
        await using var here = new RecordedRequests(Database, _time);
        await here.ReadAsync(CancellationToken.None);
        var before = here.MayHave(TestRecords.Caller, "r");

        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.That((before, here.MayHave(TestRecords.Caller, "r")), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task ForgetAsync_RowsOfLongAgo_AreDeleted()
    {
        await using var requests = new RecordedRequests(Database, _time);
        await WriteAsync(requests, [TestRecords.Make(1, "r-1")]);
        await WriteAsync(requests, [TestRecords.Make(2, "r-2")]);
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync("UPDATE recorded_requests SET written_at = written_at - 1300000 WHERE batch = 1");

        await using var transaction = await connection.BeginTransactionAsync();
        await RecordedRequests.ForgetAsync(Database, transaction);
        await transaction.CommitAsync();

        Assert.That(await connection.QueryAsync<long>("SELECT batch FROM recorded_requests"), Is.EqualTo(new[] { 2L }));
    }

    private static RecordBatch Batch(IReadOnlyList<VerificationRecord> records)
    {
        var builder = new RecordBatch.Builder(records.Count);
        var bytes = new byte[4_096];
        foreach (var record in records)
        {
            builder.Add(bytes.AsSpan(0, RecordFormat.Write(bytes, record)));
        }

        return builder.Build();
    }

    private async Task WriteAsync(RecordedRequests requests, IReadOnlyList<VerificationRecord> records)
    {
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        await using var transaction = await connection.BeginTransactionAsync();
        await requests.WriteAsync(Batch(records), transaction);
        await transaction.CommitAsync();
    }
}
