using System.Data.Common;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using Dapper;
using Grpc.Core;

namespace CrossProvince.Service.Tests.Storage;

public sealed class GroupCommitTests : StorageFixture
{
    private const int LargestGroup = 512;
    private const int LongestQueue = 20_000;

    [Test]
    public async Task RunAsync_Answered_IsSeenByOthers()
    {
        await WriteStateAsync("a", 1);

        Assert.That(await ReadStateAsync("a"), Is.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_NotYetCommitted_IsNotAnswered()
    {
        Task write;
        await using (await HoldWriterAsync())
        {
            write = WriteStateAsync("a", 1);
            await Task.Delay(50);
            Assert.That(write.IsCompleted, Is.False);
        }

        await write;
    }

    [Test]
    public async Task RunAsync_OneOfAGroupFails_OthersAreMade()
    {
        Task before, refused, after;
        await using (await HoldWriterAsync())
        {
            before = WriteStateAsync("before", 1);
            refused = Commits.RunAsync(async transaction =>
            {
                await NodeState.WriteAsync(transaction, "refused", 1);
                throw new InvalidOperationException("the work's own refusal");
            });
            after = WriteStateAsync("after", 1);
        }

        await Task.WhenAll(before, after);
        Assert.That(async () => await refused, Throws.InvalidOperationException.With.Message.EqualTo("the work's own refusal"));
        Assert.That(await ReadStateAsync("before"), Is.EqualTo(1));
        Assert.That(await ReadStateAsync("refused"), Is.Zero);
        Assert.That(await ReadStateAsync("after"), Is.EqualTo(1));
    }

    [Test]
    public void RunAsync_StatementFails_IsAStorageException() =>
        Assert.That(
            async () => await Commits.RunAsync(transaction => transaction.Connection!.ExecuteAsync("INSERT INTO nowhere VALUES (1)", transaction: transaction)),
            Throws.TypeOf<StorageException>().With.InnerException.InstanceOf<DbException>());

    [Test]
    public async Task RunAsync_CommitFails_AllOfTheGroupFailAndTheNextIsMade()
    {
        Task good, bad;
        await using (await HoldWriterAsync())
        {
            good = WriteStateAsync("good", 1);
            bad = Commits.RunAsync(BreakCommitAsync);
        }

        Assert.That(async () => await good, Throws.TypeOf<StorageException>());
        Assert.That(async () => await bad, Throws.TypeOf<StorageException>());
        Assert.That(await ReadStateAsync("good"), Is.Zero);

        await WriteStateAsync("next", 1);
        Assert.That(await ReadStateAsync("next"), Is.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_CommitFails_RefusedWorkKeepsItsReason()
    {
        Task refused, bad;
        await using (await HoldWriterAsync())
        {
            refused = Commits.RunAsync(_ => Task.FromException(new InvalidOperationException("refused")));
            bad = Commits.RunAsync(BreakCommitAsync);
        }

        Assert.That(async () => await refused, Throws.InvalidOperationException);
        Assert.That(async () => await bad, Throws.TypeOf<StorageException>());
    }

    [Test]
    public async Task RunAsync_ManyWait_AreMadeInOrderInGroups()
    {
        const int Works = LargestGroup + 88;
        var order = new List<int>();
        var groups = new List<DbTransaction>();
        var works = new List<Task>();
        await using (await HoldWriterAsync())
        {
            for (var i = 0; i < Works; i++)
            {
                var number = i;
                works.Add(Commits.RunAsync(transaction =>
                {
                    order.Add(number);
                    groups.Add(transaction);
                    return Task.CompletedTask;
                }));
            }
        }

        await Task.WhenAll(works);
        Assert.That(order, Is.EqualTo(Enumerable.Range(0, Works)));
        Assert.That(groups.GroupBy(g => g, ReferenceEqualityComparer.Instance).Select(g => g.Count()), Is.EqualTo(new[] { LargestGroup, Works - LargestGroup }));
    }

    [Test]
    public async Task RunAsync_QueueFull_IsBusyAndDoesNothing()
    {
        var done = 0;
        var works = new List<Task>();
        await using (await HoldWriterAsync())
        {
            for (var i = 0; i < LongestQueue; i++)
            {
                works.Add(CountAsync());
            }

            Assert.That(CountAsync, Throws.TypeOf<StorageBusyException>());
        }

        await Task.WhenAll(works);
        Assert.That(done, Is.EqualTo(LongestQueue));

        Task CountAsync() => Commits.RunAsync(_ => Task.FromResult(done++));
    }

    [Test]
    public async Task DisposeAsync_WorkWaits_IsMadeFirst()
    {
        var gate = await HoldWriterAsync();
        var works = Enumerable.Range(0, 1_000).Select(i => WriteStateAsync($"state-{i}", i)).ToList();
        var disposing = Commits.DisposeAsync();
        await gate.DisposeAsync();
        await disposing;

        Assert.That(works.Select(w => w.Status), Is.All.EqualTo(TaskStatus.RanToCompletion));
        Assert.That(await ReadStateAsync("state-999"), Is.EqualTo(999));
        Assert.That(() => WriteStateAsync("late", 1), Throws.TypeOf<StorageBusyException>());
    }

    [Test]
    public async Task RunAsync_DiskFull_FailsWholeAndRecovers()
    {
        var pages = await ScalarAsync<long>("PRAGMA page_count");
        await ExecuteAsync($"PRAGMA max_page_count = {pages + 2}");
        Task small, large;
        await using (await HoldWriterAsync())
        {
            small = WriteStateAsync("small", 1);
            large = Commits.RunAsync(transaction => transaction.Connection!.ExecuteAsync(
                "INSERT INTO node_state (name, value) SELECT hex(randomblob(20000)), 1 FROM (VALUES (1), (2), (3))", transaction: transaction));
        }

        var full = Assert.CatchAsync<StorageException>(async () => await large);
        Assert.That(full!.InnerException!.Message, Does.Contain("full"));
        Assert.That(FailureInterceptor.TryTranslate(full), Has.Property(nameof(RpcException.StatusCode)).EqualTo(StatusCode.Unavailable));

        // Whether its neighbour still fits is SQLite's affair; that it is told the truth is ours.
        await small.ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.That(await ReadStateAsync("small"), Is.EqualTo(small.IsFaulted ? 0 : 1));
        Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM node_state WHERE length(name) > 1000"), Is.Zero);
        await ExecuteAsync("PRAGMA max_page_count = 1000000");
        await WriteStateAsync("after", 1);
        Assert.That(await ReadStateAsync("after"), Is.EqualTo(1));
        Assert.That(await ScalarAsync<string>("PRAGMA integrity_check"), Is.EqualTo("ok"));
    }

    [Test]
    public async Task RunAsync_DatabaseReadOnly_FailsAndRecovers()
    {
        await ExecuteAsync("PRAGMA query_only = 1");
        var refused = Assert.CatchAsync<StorageException>(() => WriteStateAsync("a", 1));
        Assert.That(refused!.InnerException!.Message, Does.Contain("readonly"));
        Assert.That(FailureInterceptor.TryTranslate(refused), Has.Property(nameof(RpcException.StatusCode)).EqualTo(StatusCode.Unavailable));
        Assert.That(await ReadStateAsync("a"), Is.Zero);

        await ExecuteAsync("PRAGMA query_only = 0");
        await WriteStateAsync("a", 1);
        Assert.That(await ReadStateAsync("a"), Is.EqualTo(1));
    }

    /// <summary>A foreign key that is looked at only when the transaction ends.</summary>
    private static Task BreakCommitAsync(DbTransaction transaction) => transaction.Connection!.ExecuteAsync(
        "PRAGMA defer_foreign_keys = 1; INSERT INTO licence_parties (licence_id, presenter, code, code_type, name) VALUES ('none', 1, 'c', '111', 'n')",
        transaction: transaction);
}
