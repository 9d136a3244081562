using System.Globalization;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Recording;
using Dapper;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace CrossProvince.Service.Tests.Storage;

/// <summary>A server that is read-only, full, locked, hanging or replaced.</summary>
public sealed class PostgresFaultTests() : StorageFixture(Backend.Postgres)
{
    [Test]
    public async Task RunAsync_DatabaseReadOnly_SaysSoAndGoesOnByItself()
    {
        await WriteStateAsync("a", 1);
        await SetReadOnlyAsync("on");

        // The pool's connections were opened before: they broke, and new ones are read-only.
        var failure = Assert.CatchAsync<StorageException>(() => WriteStateAsync("a", 2))!;
        Assert.That(ReasonOf(failure), Is.EqualTo("DATABASE_READ_ONLY"));
        Assert.That(await ReadStateAsync("a"), Is.EqualTo(1), "reading goes on");
        Assert.That(Database.IsAway, Is.False);

        await SetReadOnlyAsync("off");
        await WriteStateAsync("a", 3);
        Assert.That(await ReadStateAsync("a"), Is.EqualTo(3));
    }

    [Test]
    public async Task RunAsync_DiskFull_SaysSoToAllAndNothingIsHalfWritten()
    {
        await ExecuteAsync("""
            CREATE FUNCTION full_disk() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.name = 'large' THEN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER full_disk BEFORE INSERT ON node_state FOR EACH ROW EXECUTE FUNCTION full_disk();
            """);
        Task small, large;
        await using (await HoldWriterAsync())
        {
            small = WriteStateAsync("small", 1);
            large = Commits.RunAsync(async transaction =>
            {
                await NodeState.WriteAsync(transaction, "half", 1);
                await NodeState.WriteAsync(transaction, "large", 1);
            });
        }

        // The driver closes a connection over it: nothing of the group is made, and all of it is told.
        Assert.That(ReasonOf(Assert.CatchAsync<StorageException>(() => large)!), Is.EqualTo("DATABASE_FULL"));
        Assert.That(ReasonOf(Assert.CatchAsync<StorageException>(() => small)!), Is.EqualTo("DATABASE_FULL"));
        Assert.That((await ReadStateAsync("small"), await ReadStateAsync("half")), Is.EqualTo((0, 0)), "nothing half-written");

        await WriteStateAsync("small", 2);
        Assert.That(await ReadStateAsync("small"), Is.EqualTo(2));
    }

    // Somebody holds a row for longer than anybody may wait for it: the server says so, to all of the group at once.
    [Test]
    public async Task RunAsync_RowLockedForLong_FailsInTimeAndOnce()
    {
        await WriteStateAsync("a", 1);
        await using var database = new Database($"{ConnectionString};Command Timeout=1");
        await using var commits = new GroupCommit(database, NullLogger<GroupCommit>.Instance);
        await using var holder = await Database.OpenAsync(CancellationToken.None);
        await using (var held = await holder.BeginTransactionAsync())
        {
            await holder.ExecuteAsync("UPDATE node_state SET value = 9 WHERE name = 'a'", transaction: held);
            var runs = 0;
            var locked = commits.RunAsync(transaction =>
            {
                runs++;
                return NodeState.WriteAsync(transaction, "a", 2);
            });

            var failure = Assert.CatchAsync<StorageException>(() => locked.WaitAsync(TimeSpan.FromSeconds(60)))!;
            Assert.That(((PostgresException)failure.InnerException!).SqlState, Is.EqualTo(PostgresErrorCodes.LockNotAvailable));
            Assert.That(runs, Is.EqualTo(1));
        }

        await commits.RunAsync(transaction => NodeState.WriteAsync(transaction, "a", 3));
        Assert.That(await ReadStateAsync("a"), Is.EqualTo(3));
    }

    [Test]
    public async Task OpenAsync_Sessions_HaveTheServersLimits()
    {
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        Assert.That(
            (await connection.ExecuteScalarAsync<string>("SHOW statement_timeout"), await connection.ExecuteScalarAsync<string>("SHOW lock_timeout"), await connection.ExecuteScalarAsync<string>("SHOW idle_in_transaction_session_timeout")),
            Is.EqualTo(("10s", "7s", "5s")));
    }

    // The network is gone in the middle of a batch: the batch is given up in time, nothing of it is there, and it is written again whole.
    [Test]
    public async Task WriteAsync_ServerHangsInTheMiddleOfACopy_IsAllOrNothing()
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString);
        using var proxy = new StallingProxy(settings.Port);
        (settings.Port, settings.CommandTimeout, settings.Timeout) = (proxy.Port, 1, 1);
        await using var database = new Database(settings.ConnectionString);
        var table = new CopyingTable(database, TestRecords.Region, new RecordedRequests(database, TimeProvider.System));
        await table.WriteAsync(BatchOf(0, 1), CancellationToken.None);

        proxy.StallAfter(100_000);
        Assert.That(async () => await table.WriteAsync(BatchOf(1, 2_000), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60)), Throws.InstanceOf<Exception>().And.Not.TypeOf<RecordsRefusedException>());
        Assert.That(proxy.IsStalled, Is.True);
        Assert.That(await CountAsync(), Is.EqualTo(1));

        proxy.Resume();
        await table.WriteAsync(BatchOf(1, 2_000), CancellationToken.None);
        await table.WriteAsync(BatchOf(1, 2_000), CancellationToken.None);
        Assert.That(await CountAsync(), Is.EqualTo(2_001));
    }

    // A real standby takes over from a primary that dies; the node has both in its connection string.
    [Test]
    public async Task RunAsync_PrimaryDiesAndStandbyIsPromoted_GoesOnThere()
    {
        using var primary = PostgresServer.StartNew();
        using var standby = primary.StartStandby();
        var settings = new NpgsqlConnectionStringBuilder(primary.NewDatabase());
        (settings.Host, settings.Timeout) = ($"127.0.0.1:{primary.Port},127.0.0.1:{standby.Port}", 1);
        await using var database = new Database(settings.ConnectionString);
        database.Prepare();
        await using var commits = new GroupCommit(database, NullLogger<GroupCommit>.Instance);
        await commits.RunAsync(transaction => NodeState.WriteAsync(transaction, "before", 1));
        await FollowedAsync(primary, standby);

        primary.Kill();
        Assert.That(async () => await commits.RunAsync(transaction => NodeState.WriteAsync(transaction, "between", 1)), Throws.InstanceOf<StorageException>());
        standby.Promote();
        while (!await database.ProbeAsync())
        {
            await Task.Delay(50);
        }

        await commits.RunAsync(transaction => NodeState.WriteAsync(transaction, "after", 1));
        await using var connection = await database.OpenAsync(CancellationToken.None);
        Assert.That((await NodeState.ReadAsync(connection, "before"), await NodeState.ReadAsync(connection, "between"), await NodeState.ReadAsync(connection, "after")), Is.EqualTo((1, 0, 1)));
    }

    private static async Task FollowedAsync(PostgresServer primary, PostgresServer standby)
    {
        await using var from = new NpgsqlConnection($"Host=127.0.0.1;Port={primary.Port};Username=postgres;Database=postgres;Pooling=false");
        await using var to = new NpgsqlConnection($"Host=127.0.0.1;Port={standby.Port};Username=postgres;Database=postgres;Pooling=false");
        await from.OpenAsync();
        await to.OpenAsync();
        var written = await from.ExecuteScalarAsync<string>("SELECT pg_current_wal_flush_lsn()::TEXT");
        while (!await to.ExecuteScalarAsync<bool>($"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn"))
        {
            await Task.Delay(20);
        }
    }

    private static RecordBatch BatchOf(int from, int count)
    {
        var builder = new RecordBatch.Builder(count);
        var bytes = new byte[8_192];
        foreach (var record in TestRecords.Make(from, count))
        {
            builder.Add(bytes.AsSpan(0, RecordFormat.Write(bytes, record)));
        }

        return builder.Build();
    }

    private Task<long> CountAsync() => ScalarAsync<long>("SELECT COUNT(*) FROM verifications");

    private static string? ReasonOf(Exception failure) => CallInterceptor.TryTranslate(failure)!.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason;

    private async Task SetReadOnlyAsync(string value)
    {
        var name = new NpgsqlConnectionStringBuilder(ConnectionString).Database;
        await using var server = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Database = "postgres", Pooling = false }.ConnectionString);
        await server.OpenAsync();
        await server.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"ALTER DATABASE {name} SET default_transaction_read_only = {value}"));
        await server.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    }
}
