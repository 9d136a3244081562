using System.Diagnostics;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.StatusIndex.Auditing;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Licences;
using CrossProvince.Service.Tests.Nodes;
using CrossProvince.Service.Verifying;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace CrossProvince.Service.Tests.Caching;

/// <summary>Redis as its users run it, with the user of the documentation: all that a node asks of it, and a master that dies.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class TopologyTests
{
    private const int PatienceMilliseconds = 60_000;

    private static readonly RegionCode s_region = RegionCode.Parse("110000");
    private static readonly RegionCode[] s_regions = [.. new[] { "110000", "120000", "130000", "140000", "310000", "320000", "330000", "340000", "440000", "510000" }.Select(RegionCode.Parse)];

    [TestCase(Topology.Standalone)]
    [TestCase(Topology.Sentinel)]
    [TestCase(Topology.Cluster)]
    [TestCase(Topology.Tls)]
    public async Task Node_OnRedisRunThisWay_GetsAllItAsksFor(Topology topology)
    {
        using var redis = RedisTopology.StartNew(topology);
        await using var node = BuiltNode.Build(redis.Settings);

        await WritesAndReadsItsIndexAsync(node);
        await KeepsRecordsAsync(node);
        await RemembersUsesAsync(node.Services.GetRequiredService<SharedCache>());
        await TellsOthersAsync(node, redis);

        Assert.That(redis.Refused, Is.Empty, "What the documented user was refused.");
        if (topology == Topology.Standalone)
        {
            Assert.That(RightsUsed(redis.Servers[0]), Is.EquivalentTo(RedisUser.Rights.Where(right => right[0] == '+').Except(["+role"])), "The documented user may do no more than it does.");
        }
    }

    [Test]
    public async Task Node_MasterKilled_GoesOnWithItsReplicaAndCallsNothingUnused()
    {
        using var redis = (RedisSentinel)RedisTopology.StartNew(Topology.Sentinel);
        await using var node = BuiltNode.Build(["--ConnectionStrings:Redis", redis.ConnectionString(1_000)]);
        await WritesAndReadsItsIndexAsync(node);
        var cache = node.Services.GetRequiredService<SharedCache>();
        var (used, time) = await RemembersUsesAsync(cache);
        var heard = 0L;
        cache.Listen(CacheKeys.Changed(s_region), seq => Interlocked.Exchange(ref heard, (long)seq));

        var killed = Stopwatch.StartNew();
        redis.Servers[0].Kill();
        var states = new List<UseState>();
        while (!redis.Servers[1].Info("replication").Contains("role:master", StringComparison.Ordinal) || !await IsAnsweredAsync(cache))
        {
            states.Add(await ClaimAsync(used, time, "c", 2));
            Assert.That(killed.ElapsedMilliseconds, Is.LessThan(PatienceMilliseconds));
            await Task.Delay(20);
        }

        TestContext.Progress.WriteLine($"The replica answered as master {killed.ElapsedMilliseconds} ms after the master was killed.");
        states.Add(await ClaimAsync(used, time, "c", 2));
        time.Advance(TimeSpan.FromSeconds(ShowingUse.KeptSeconds - 1));
        states.Add(await ClaimAsync(used, time, "c", 2));
        Assert.That(states, Is.All.EqualTo(UseState.Unknown), "What the replica may lack is not called unused.");
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(() => ClaimAsync(used, time, "c", 3), Is.EqualTo(UseState.Unused).After(PatienceMilliseconds, 20));

        // Messages arrive there, and a node that starts now writes the index there once the lease of the other is over.
        Assert.That(
            () =>
            {
                cache.Tell(CacheKeys.Changed(s_region), 9);
                return Interlocked.Read(ref heard);
            },
            Is.EqualTo(9).After(PatienceMilliseconds, 20));
        await redis.Servers[1].Database.KeyDeleteAsync(CacheKeys.Writer(s_region));
        await using var other = BuiltNode.Build([.. redis.Settings, "--ConnectionStrings:Database", node.DatabaseConnection]);
        await other.StartIndexAsync();
        await other.Services.GetRequiredService<LicenceRegister>().ImportAsync([LicenceRecords.Make(other.Services.GetRequiredService<NodeSettings>().Catalogue, 3)]);
        var writer = other.Services.GetServices<IHostedService>().OfType<SharedIndexWriter>().Single();
        Assert.That(
            async () =>
            {
                await writer.WriteAsync(s_region);
                return (await node.Services.GetRequiredService<SharedIndexReader>().ReadAsync(s_region))?.Head.Seq;
            },
            Is.EqualTo(4).After(PatienceMilliseconds, 50));
    }

    // Nodes may start in any order after a power cut.
    [Test]
    public async Task Node_SentinelAwayAtItsStart_UsesRedisOnceItIsThere()
    {
        using var redis = (RedisSentinel)RedisTopology.StartNew(Topology.Sentinel);
        redis.Signal("STOP");
        await using var cache = new SharedCache(redis.ConnectionString(1_000).Replace("connectTimeout=5000", "connectTimeout=300", StringComparison.Ordinal), s_region, NullLogger<SharedCache>.Instance);
        cache.Prepare();
        var heard = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        cache.Listen(CacheKeys.Changed(s_region), seq => heard.TrySetResult((long)seq));
        Assert.That((cache.IsAway, await IsAnsweredAsync(cache)), Is.EqualTo((true, false)));

        redis.Signal("CONT");

        Assert.That(() => IsAnsweredAsync(cache), Is.True.After(PatienceMilliseconds, 20));
        Assert.That(
            () =>
            {
                cache.Tell(CacheKeys.Changed(s_region), 7);
                return heard.Task.IsCompleted;
            },
            Is.True.After(PatienceMilliseconds, 20));
    }

    // While one server is away, the regions that are on others don't notice. A slot that moves is followed, and what it remembers begins anew.
    [Test]
    public async Task Node_ClusterLosesAServerAndMovesASlot_OnlyTheKeysThereAreConcerned()
    {
        using var redis = (RedisCluster)RedisTopology.StartNew(Topology.Cluster);
        await using var cache = new SharedCache(redis.ConnectionString(1_000), s_region, NullLogger<SharedCache>.Instance);
        cache.Prepare();
        var (used, time) = await RemembersUsesAsync(cache);
        var slot = (int)redis.Servers[0].Execute("CLUSTER", "KEYSLOT", CacheKeys.Epoch(s_region).ToString());
        var (from, to) = (redis.ServerOf(slot), redis.Servers.First(server => server != redis.ServerOf(slot)));

        redis.Move(slot, from, to);
        Assert.That(() => ClaimAsync(used, time, "b", 1), Is.EqualTo(UseState.UsedByAnother).After(PatienceMilliseconds, 20), "It came along.");
        Assert.That(await ClaimAsync(used, time, "b", 2), Is.EqualTo(UseState.Unknown), "Another server has another epoch.");

        var there = s_regions.First(region => redis.ServerOf((int)from.Execute("CLUSTER", "KEYSLOT", CacheKeys.Head(region).ToString())) == from && region != s_region);
        from.Freeze();
        Assert.That(() => cache.AskAsync(there, database => database.StringGetAsync(CacheKeys.Head(there))), Throws.TypeOf<CacheAwayException>());
        var asked = Stopwatch.StartNew();
        var answered = 0;
        for (var i = 0; i < 20; i++)
        {
            answered += await IsAnsweredAsync(cache) ? 1 : 0;
        }

        from.Resume();
        Assert.That(answered, Is.EqualTo(20));
        Assert.That(asked.ElapsedMilliseconds, Is.LessThan(10_000), "Each would wait a second for the server that hangs.");
    }

    private static async Task<bool> IsAnsweredAsync(SharedCache cache)
    {
        try
        {
            await cache.AskAsync(redis => redis.StringSetAsync(CacheKeys.Record(s_region, 9, 9), "x", TimeSpan.FromSeconds(1)));
            return true;
        }
        catch (CacheAwayException)
        {
            return false;
        }
    }

    private static async Task WritesAndReadsItsIndexAsync(BuiltNode node)
    {
        await node.StartIndexAsync();
        var catalogue = node.Services.GetRequiredService<NodeSettings>().Catalogue;
        var register = node.Services.GetRequiredService<LicenceRegister>();
        var published = node.Services.GetRequiredService<PublishedIndexes>();
        var writer = node.Services.GetServices<IHostedService>().OfType<SharedIndexWriter>().Single();
        writer.CheckInterval = TimeSpan.Zero;
        for (var n = 1; n <= 2; n++)
        {
            await register.ImportAsync([LicenceRecords.Make(catalogue, n)]);
            Assert.That(() => published.FindNewest(s_region)?.Snapshot.Head.Seq, Is.EqualTo(n).After(PatienceMilliseconds, 20));
            await writer.WriteAsync(s_region);
        }

        await register.ChangeStatusesAsync([new StatusOrder(LicenceRecords.Make(catalogue, 2).Id, NormalisedStatus.Revoked, "test")], _ => true, CancellationToken.None);
        Assert.That(() => published.FindNewest(s_region)?.Snapshot.Head.Seq, Is.EqualTo(3).After(PatienceMilliseconds, 20));
        await node.Services.GetRequiredService<OwnIndex>().StopAsync(CancellationToken.None);
        await writer.WriteAsync(s_region);

        Assert.That((await node.Services.GetRequiredService<SharedIndexReader>().ReadAsync(s_region))!.Head.Seq, Is.EqualTo(3));
        var report = await StatusAudit.RunAsync(node.Arguments, [], CancellationToken.None);
        Assert.That((report.CacheAway, report.Difference, report.CacheChunksMoved), Is.EqualTo((false, (StatusDifference?)null, 0)));
        Assert.That(report.CacheChunks, Is.Positive);
    }

    private static async Task KeepsRecordsAsync(BuiltNode node)
    {
        var records = node.Services.GetRequiredService<RecordCache>();
        var catalogue = node.Services.GetRequiredService<NodeSettings>().Catalogue;
        await using var connection = await node.Services.GetRequiredService<Service.Storage.Database>().OpenAsync(CancellationToken.None);
        var stored = (await node.Services.GetRequiredService<LicenceStore>().FindAsync(connection, LicenceRecords.Make(catalogue, 1).Id.ToString()))!;
        var entry = (stored.List, stored.Index);

        Assert.That((await records.FindAsync([entry]))[entry].HolderName, Is.EqualTo(stored.Record.Holder.Name));
        Assert.That((await records.FindAsync([entry]))[entry].HolderName, Is.EqualTo(stored.Record.Holder.Name));
        Assert.That(await node.Services.GetRequiredService<SharedCache>().AskAsync(redis => redis.KeyExistsAsync(CacheKeys.Record(s_region, entry.List, entry.Index))), Is.True);
        await records.ForgetAsync([entry]);
    }

    private static async Task<(RedisUsedShowings Used, FakeTimeProvider Time)> RemembersUsesAsync(SharedCache cache)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var used = new RedisUsedShowings(cache, s_region, new TrustedClock(time, 30));
        Assert.That(await ClaimAsync(used, time, "a", 1), Is.EqualTo(UseState.Unknown));
        time.Advance(TimeSpan.FromSeconds(ShowingUse.KeptSeconds));

        Assert.That(await ClaimAsync(used, time, "a", 1), Is.EqualTo(UseState.Unused));
        Assert.That(await ClaimAsync(used, time, "b", 1), Is.EqualTo(UseState.UsedByAnother));
        return (used, time);
    }

    private static async Task TellsOthersAsync(BuiltNode node, RedisTopology redis)
    {
        await using var other = BuiltNode.Build(redis.Settings);
        var heard = new TaskCompletionSource<long>();
        other.Services.GetRequiredService<SharedCache>().Listen(CacheKeys.Changed(s_region), seq => heard.TrySetResult((long)seq));
        for (var waited = Stopwatch.StartNew(); !heard.Task.IsCompleted && waited.ElapsedMilliseconds < PatienceMilliseconds; await Task.Delay(20))
        {
            node.Services.GetRequiredService<SharedCache>().Tell(CacheKeys.Changed(s_region), 7);
        }

        Assert.That(heard.Task.IsCompletedSuccessfully, Is.True, "Nothing was heard.");
        Assert.That(await heard.Task, Is.EqualTo(7));
    }

    /// <summary>Commands that anybody but the test called, as rights.</summary>
    private static IEnumerable<string> RightsUsed(RedisServer server) => server.Info("commandstats").Split("\r\n").Where(line => line.StartsWith("cmdstat_", StringComparison.Ordinal))
        .Select(line => $"+{line["cmdstat_".Length..line.IndexOf(':', StringComparison.Ordinal)]}").Except(["+acl|log", "+auth", "+config|get", "+hello", "+quit"]);

    private static async Task<UseState> ClaimAsync(RedisUsedShowings used, FakeTimeProvider time, string owner, ulong showing)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        return (await used.ClaimAsync([new ShowingUse(s_region, new ShowingId(showing), owner, now * 1_000, now + ShowingUse.KeptSeconds, Guid.NewGuid().ToString("N"))]))[0];
    }
}
