using System.Data.Common;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrossProvince.Service.Tests.Storage;

[TestFixtureSource(typeof(EveryBackend), nameof(EveryBackend.All))]
public sealed class GroupCommitTests(Backend backend) : StorageFixture(backend)
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
    public async Task RunAsync_GivenUpBeforeItsTurn_IsNotDone()
    {
        Task given;
        using var stop = new CancellationTokenSource();
        await using (await HoldWriterAsync())
        {
            given = Commits.RunAsync(transaction => NodeState.WriteAsync(transaction, "a", 1), stop.Token);
            await stop.CancelAsync();
        }

        Assert.That(async () => await given, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await ReadStateAsync("a"), Is.Zero);
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
        var groups = new List<object>();
        var works = new List<Task>();
        await using (await HoldWriterAsync())
        {
            for (var i = 0; i < Works; i++)
            {
                var number = i;
                works.Add(Commits.RunAsync(async transaction =>
                {
                    order.Add(number);
                    groups.Add(await IdentifyAsync(transaction));
                }));
            }
        }

        await Task.WhenAll(works);
        Assert.That(order, Is.EqualTo(Enumerable.Range(0, Works)));
        Assert.That(groups.GroupBy(g => g).Select(g => g.Count()), Is.EqualTo(new[] { LargestGroup, Works - LargestGroup }));
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

    // Two nodes that lock the same rows in opposite order: the server undoes one of them, and that one is run again.
    [Test]
    public async Task RunAsync_TwoNodesInEachOthersWay_BothAreMadeOnce()
    {
        await using var otherDatabase = new Database(ConnectionString);
        await using var other = new GroupCommit(otherDatabase, NullLogger<GroupCommit>.Instance);
        await WriteStateAsync("a", 0);
        await WriteStateAsync("b", 0);
        var (aHeld, bHeld) = (NewSignal(), NewSignal());

        await Task.WhenAll(Commits.RunAsync(t => CountAsync(t, "a", aHeld, bHeld, "b")), other.RunAsync(t => CountAsync(t, "b", bHeld, aHeld, "a")))
            .WaitAsync(TimeSpan.FromSeconds(60));

        Assert.That((await ReadStateAsync("a"), await ReadStateAsync("b")), Is.EqualTo((2, 2)));

        async Task CountAsync(DbTransaction transaction, string first, TaskCompletionSource held, TaskCompletionSource otherHeld, string second)
        {
            await AddAsync(transaction, first);
            held.TrySetResult();
            if (Backend.IsPostgres())
            {
                // SQLite lets only one of them begin.
                await otherHeld.Task;
            }

            await AddAsync(transaction, second);
        }

        static Task AddAsync(DbTransaction transaction, string name) =>
            transaction.Connection!.ExecuteAsync("UPDATE node_state SET value = value + 1 WHERE name = @name", new { name }, transaction);

        static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    // A connection that died in the pool, as after a restart of the server, is no reason to refuse anybody.
    [Test]
    public async Task RunAsync_ConnectionBreaksBeforeTheCommit_IsRunAgain()
    {
        var runs = 0;
        await Commits.RunAsync(async transaction =>
        {
            await NodeState.WriteAsync(transaction, "a", ++runs);
            if (runs == 1 && Backend.IsPostgres())
            {
                await BreakCommitAsync(transaction);
            }
        });

        Assert.That(await ReadStateAsync("a"), Is.EqualTo(runs));
        Assert.That(runs, Is.EqualTo(Backend.IsPostgres() ? 2 : 1));
    }

    /// <summary>Lets the commit fail: a foreign key that is looked at only then, or a connection that is gone by then.</summary>
    private Task BreakCommitAsync(DbTransaction transaction) => transaction.Connection!.ExecuteAsync(
        Backend.IsPostgres()
            ? "SELECT pg_terminate_backend(pg_backend_pid())"
            : "PRAGMA defer_foreign_keys = 1; INSERT INTO licence_parties (licence_row, party_hash) VALUES (1, x'00')",
        transaction: transaction);

    /// <summary>What tells one transaction from another; the driver of PostgreSQL uses its objects again.</summary>
    [Test]
    public async Task RunAloneAsync_OthersWait_HasATransactionOfItsOwnInItsTurn()
    {
        var order = new List<string>();
        var groups = new List<object>();
        async Task NoteAsync(DbTransaction transaction, string name)
        {
            groups.Add(await IdentifyAsync(transaction));
            order.Add(name);
        }

        Task[] works;
        await using (await HoldWriterAsync())
        {
            works =
            [
                Commits.RunAsync(transaction => NoteAsync(transaction, "before")),
                Commits.RunAsync(transaction => NoteAsync(transaction, "before")),
                Commits.RunAloneAsync(async transaction =>
                {
                    await NoteAsync(transaction, "alone");
                    return true;
                }),
                Commits.RunAsync(transaction => NoteAsync(transaction, "after")),
            ];
            Assert.That(Commits.OthersWait, Is.True);
        }

        await Task.WhenAll(works);
        Assert.That(order, Is.EqualTo(new[] { "before", "before", "alone", "after" }));
        Assert.That((Equals(groups[0], groups[1]), Equals(groups[1], groups[2]), Equals(groups[2], groups[3])), Is.EqualTo((true, false, false)));
        Assert.That(Commits.OthersWait, Is.False);
    }

    private async Task<object> IdentifyAsync(DbTransaction transaction) => Backend.IsPostgres()
        ? await transaction.Connection!.ExecuteScalarAsync<long>("SELECT txid_current()", transaction: transaction)
        : transaction;
}
