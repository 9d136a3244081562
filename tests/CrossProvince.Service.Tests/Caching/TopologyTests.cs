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
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace CrossProvince.Service.Tests.Caching;

/// <summary>Redis as its users run it, with the user of the documentation: all that a node asks of it, and a master that dies.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class TopologyTests
{
    private const int PatienceMilliseconds = 20_000;
    private static readonly RegionCode s_region = RegionCode.Parse("110000");

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

        TestContext.Progress.WriteLine($"{topology}: {string.Join(' ', redis.Servers.SelectMany(RightsUsed).Distinct().Order())}");
        Assert.That(redis.Refused, Is.Empty, "What the documented user was refused.");
        if (topology == Topology.Standalone)
        {
            Assert.That(RightsUsed(redis.Servers[0]), Is.EquivalentTo(RedisUser.Rights.Where(right => right[0] == '+').Except(["+role"])), "The documented user may do no more than it does.");
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
        var stored = (await LicenceStore.FindAsync(connection, LicenceRecords.Make(catalogue, 1).Id.ToString()))!;
        var entry = (stored.List, stored.Index);

        Assert.That((await records.FindAsync([entry]))[entry].HolderName, Is.EqualTo(stored.Record.Holder.Name));
        Assert.That((await records.FindAsync([entry]))[entry].HolderName, Is.EqualTo(stored.Record.Holder.Name));
        Assert.That(await node.Services.GetRequiredService<SharedCache>().AskAsync(redis => redis.KeyExistsAsync(CacheKeys.Record(s_region, entry.List, entry.Index))), Is.True);
        await records.ForgetAsync([entry]);
    }

    private static async Task RemembersUsesAsync(SharedCache cache)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var used = new RedisUsedShowings(cache, s_region, new TrustedClock(time, 30));
        Assert.That(await ClaimAsync(used, time, "a", 1), Is.EqualTo(UseState.Unknown));
        time.Advance(TimeSpan.FromSeconds(ShowingUse.KeptSeconds));

        Assert.That(await ClaimAsync(used, time, "a", 1), Is.EqualTo(UseState.Unused));
        Assert.That(await ClaimAsync(used, time, "b", 1), Is.EqualTo(UseState.UsedByAnother));
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
