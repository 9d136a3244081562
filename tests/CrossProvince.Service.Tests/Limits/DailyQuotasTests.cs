using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Limits;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Storage;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace CrossProvince.Service.Tests.Limits;

/// <summary>What partners may ask in a day, at several nodes on one database.</summary>
[TestFixtureSource(typeof(EveryBackend), nameof(EveryBackend.All))]
public sealed class DailyQuotasTests(Backend backend) : StorageFixture(backend)
{
    // 20:00 China Standard Time.
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 15, 12, 0, 0, TimeSpan.Zero));

    [Test]
    public async Task Take_UsedUpAtTwoNodes_IsRefusedAtBothUntilMidnight()
    {
        var (one, other) = (Node(), Node());
        one.Take(Organisation(100), 60);
        await one.SynchroniseAsync(CancellationToken.None);
        await other.SynchroniseAsync(CancellationToken.None);
        other.Take(Organisation(100), 30);

        var error = Refused(() => other.Take(Organisation(100), 11));
        Assert.That(error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason, Is.EqualTo("DAILY_QUOTA"));
        Assert.That(error.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan(), Is.EqualTo(TimeSpan.FromHours(4)));
        other.Take(Organisation(100), 10);
        await other.SynchroniseAsync(CancellationToken.None);
        await one.SynchroniseAsync(CancellationToken.None);
        Refused(() => one.Take(Organisation(100), 1));

        _time.Advance(TimeSpan.FromHours(4));
        one.Take(Organisation(100), 100);
        Refused(() => one.Take(Organisation(100), 1));
    }

    [Test]
    public async Task SynchroniseAsync_AgainAndAfterARestart_CountsEachCallOnce()
    {
        var node = Node();
        node.Take(Organisation(100), 7);
        await node.SynchroniseAsync(CancellationToken.None);
        await node.SynchroniseAsync(CancellationToken.None);
        node.Take(Organisation(100), 1);
        await node.SynchroniseAsync(CancellationToken.None);

        Assert.That(await ScalarAsync<long>("SELECT calls FROM partner_calls"), Is.EqualTo(8));
        var restarted = Node();
        await restarted.SynchroniseAsync(CancellationToken.None);
        Refused(() => restarted.Take(Organisation(10), 3));
        restarted.Take(Organisation(10), 2);
    }

    [Test]
    public void Take_OfARegionAndOfOthers_AreCountedEachByItself()
    {
        var node = Node();
        var region = new Caller { Role = CallerRole.Node, Region = new RegionCode(120_000), Uri = "urn:1", Limits = new PartnerLimits { PerDay = 5 } };
        node.Take(region, 5);
        Refused(() => node.Take(region with { Uri = "urn:2" }, 1));
        node.Take(region with { Region = new RegionCode(130_000) }, 5);
        node.Take(Organisation(5), 5);
        node.Take(new Caller { Role = CallerRole.Verifier, Organisation = "A" }, 1_000);
    }

    private static RpcException Refused(Action take) => Assert.Throws<RpcException>(() => take())!;

    private static Caller Organisation(long perDay) => new() { Role = CallerRole.Verifier, Organisation = "A", Limits = new PartnerLimits { PerDay = perDay } };

    private DailyQuotas Node() => new(Database, Commits, new TrustedClock(_time, NodeSettings.SkewSeconds), NullLogger<DailyQuotas>.Instance);
}
