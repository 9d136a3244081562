using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using Dapper;
using Grpc.Core;

namespace CrossProvince.Service.Tests.Storage;

/// <summary>A full or read-only disk under the embedded database.</summary>
public sealed class SqliteFaultTests() : StorageFixture(Backend.Sqlite)
{
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
        Assert.That(CallInterceptor.TryTranslate(full), Has.Property(nameof(RpcException.StatusCode)).EqualTo(StatusCode.Unavailable));

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
        Assert.That(CallInterceptor.TryTranslate(refused), Has.Property(nameof(RpcException.StatusCode)).EqualTo(StatusCode.Unavailable));
        Assert.That(await ReadStateAsync("a"), Is.Zero);

        await ExecuteAsync("PRAGMA query_only = 0");
        await WriteStateAsync("a", 1);
        Assert.That(await ReadStateAsync("a"), Is.EqualTo(1));
    }
}
