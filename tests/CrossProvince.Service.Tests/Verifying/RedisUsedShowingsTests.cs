using System.Diagnostics;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Verifying;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace CrossProvince.Service.Tests.Verifying;

/// <summary>A Redis that forgets or is away while the node runs: then nothing is called unused until old codes have died.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class RedisUsedShowingsTests
{
    private const int PatienceMilliseconds = 60_000;
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RegionCode s_region = RegionCode.Parse("110000");

    private FakeTimeProvider _time = null!;
    private RedisServer _redis = null!;
    private SharedCache _cache = null!;
    private RedisUsedShowings _used = null!;
    private RedisValue _epoch;

    [SetUp]
    public async Task StartAsync()
    {
        _time = new FakeTimeProvider(s_start);
        _redis = RedisServer.StartNew();
        _cache = new SharedCache(_redis.Patient(2_000), s_region, NullLogger<SharedCache>.Instance);
        _cache.Prepare();
        _used = new RedisUsedShowings(_cache, s_region, new TrustedClock(_time, 30));
        await ClaimAsync("before", 99);
        _time.Advance(TimeSpan.FromSeconds(ShowingUse.KeptSeconds));
        Assert.That(await ClaimAsync("a", 1), Is.EqualTo(UseState.Unused));
        _epoch = await _redis.Database.StringGetAsync(CacheKeys.Epoch(s_region));
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _cache.DisposeAsync();
        _redis.Dispose();
    }

    [Test]
    public async Task ClaimAsync_Flushed_CannotTellUntilOldCodesHaveDied()
    {
        _redis.Flush();

        await CannotTellUntilOldCodesHaveDiedAsync();
    }

    [Test]
    public async Task ClaimAsync_ServerRestarted_CannotTellUntilOldCodesHaveDied()
    {
        _redis.Kill();
        _redis.Start();

        await CannotTellUntilOldCodesHaveDiedAsync();
    }

    [Test]
    public async Task ClaimAsync_KeysEvicted_CannotTellUntilOldCodesHaveDied()
    {
        // Of all keys only the use may expire, so that it is the one thrown out; then nothing is left to throw out.
        await _redis.Database.ExecuteAsync("CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "volatile-ttl");
        Assert.That(async () => await _redis.Database.StringSetAsync("ballast", "1"), Throws.InstanceOf<RedisServerException>());
        await _redis.Database.ExecuteAsync("CONFIG", "SET", "maxmemory", "0");

        await CannotTellUntilOldCodesHaveDiedAsync();
    }

    // A replica that took over has the epoch, and may lack the newest uses: it is another process.
    [Test]
    public async Task ClaimAsync_AnotherProcessWithTheSameKeys_CannotTellUntilOldCodesHaveDied()
    {
        _redis.Kill();
        _redis.Start();
        await _redis.Database.StringSetAsync(CacheKeys.Epoch(s_region), _epoch);

        await CannotTellUntilOldCodesHaveDiedAsync();
    }

    // It was master, lost what its replica did not have when that took over, and is master again: the same process, with the same keys.
    [Test]
    public async Task ClaimAsync_MasterOnceMore_CannotTellUntilOldCodesHaveDied()
    {
        using var replica = RedisServer.StartNew();
        Follow(replica, _redis);
        await ClaimAsync("before", 98);
        _time.Advance(TimeSpan.FromSeconds(ShowingUse.KeptSeconds));
        Assert.That(await ClaimAsync("before", 97), Is.EqualTo(UseState.Unused));
        replica.Wait(() => replica.Database.KeyExists(CacheKeys.Used(s_region, s_region, new ShowingId(97))), "hear of it");
        _epoch = await _redis.Database.StringGetAsync(CacheKeys.Epoch(s_region));
        replica.Database.Execute("REPLICAOF", "NO", "ONE");
        Assert.That(await ClaimAsync("a", 4), Is.EqualTo(UseState.Unused), "The replica never hears of it.");
        Follow(_redis, replica);
        _redis.Database.Execute("REPLICAOF", "NO", "ONE");
        Assert.That((bool)await _redis.Database.KeyExistsAsync(CacheKeys.Used(s_region, s_region, new ShowingId(4))), Is.False);

        Assert.That(() => ClaimAsync("b", 4), Is.EqualTo(UseState.Unknown));
        _time.Advance(TimeSpan.FromSeconds(ShowingUse.KeptSeconds - 1));
        Assert.That(await ClaimAsync("b", 4), Is.EqualTo(UseState.Unknown));

        static void Follow(RedisServer server, RedisServer master)
        {
            server.Database.Execute("CONFIG", "SET", "repl-diskless-sync-delay", "0");
            master.Database.Execute("CONFIG", "SET", "repl-diskless-sync-delay", "0");
            server.Database.Execute("REPLICAOF", "127.0.0.1", master.Port);
            server.Wait(() => server.Info("replication").Contains("master_link_status:up", StringComparison.Ordinal), "follow its master");
        }
    }

    [Test]
    public async Task ClaimAsync_EpochLost_KnowsWhatIsKeptAndNothingElse()
    {
        await _redis.Database.KeyDeleteAsync(CacheKeys.Epoch(s_region));

        Assert.That(await ClaimAsync("b", 1), Is.EqualTo(UseState.UsedByAnother));
        Assert.That(await ClaimAsync("b", 2), Is.EqualTo(UseState.Unknown));
    }

    [TestCase("garbage")]
    [TestCase("")]
    [TestCase("1772323200 ")]
    public async Task ClaimAsync_EpochTamperedWith_CannotTell(string epoch)
    {
        await _redis.Database.StringSetAsync(CacheKeys.Epoch(s_region), epoch);

        Assert.That(await ClaimAsync("b", 2), Is.EqualTo(UseState.Unknown));
    }

    [Test]
    public async Task ClaimAsync_UseTamperedWith_IsUsed()
    {
        await _redis.Database.StringSetAsync(CacheKeys.Used(s_region, s_region, new ShowingId(1)), "garbage");

        Assert.That(await ClaimAsync("a", 1), Is.EqualTo(UseState.UsedByAnother));
    }

    [Test]
    public async Task ClaimAsync_WrongTypeOfKey_CannotTell()
    {
        var key = CacheKeys.Used(s_region, s_region, new ShowingId(2));
        await _redis.Database.HashSetAsync(key, "a", "b");

        Assert.That(await _used.ClaimAsync([Use("b", 2), Use("b", 3)]), Is.EqualTo(new[] { UseState.Unknown, UseState.Unused }), "The others of the group are not concerned.");
    }

    [Test]
    public async Task ClaimAsync_ServerGone_CannotTellAndIsQuickAboutIt()
    {
        _redis.Kill();
        var states = new List<UseState>();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < 20; i++)
        {
            states.Add(await ClaimAsync("b", 2));
        }

        _redis.Start();
        Assert.That(states, Is.All.EqualTo(UseState.Unknown));
        Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(10)));
        _time.Advance(TimeSpan.FromSeconds(ShowingUse.KeptSeconds));
        Assert.That(() => LookAsync("b", 2), Is.EqualTo(UseState.Unknown).After(PatienceMilliseconds, 50));
    }

    [Test]
    public async Task ClaimAsync_ServerHangs_CannotTellWithinItsTimeAndGoesOnAfter()
    {
        _redis.Freeze();
        var start = Stopwatch.GetTimestamp();
        var states = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => ClaimAsync("b", (ulong)(10 + i))));
        var took = Stopwatch.GetElapsedTime(start);
        _redis.Resume();

        Assert.That(states, Is.All.EqualTo(UseState.Unknown));
        Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(8)));

        // Nothing was lost: it goes on where it stood, and knows what it was told before.
        Assert.That(() => LookAsync("b", 1), Is.EqualTo(UseState.UsedByAnother).After(PatienceMilliseconds, 50));
        Assert.That(() => ClaimAsync("b", 500), Is.EqualTo(UseState.Unused).After(PatienceMilliseconds, 50));
    }

    [Test]
    public async Task ClaimAsync_ScriptForgotten_GoesOn()
    {
        await _redis.Database.ExecuteAsync("SCRIPT", "FLUSH");

        Assert.That(await ClaimAsync("b", 2), Is.EqualTo(UseState.Unused));
    }

    [Test]
    public async Task ClaimAsync_Kept_HoldsNoOwnerAndDiesByItself()
    {
        var key = CacheKeys.Used(s_region, s_region, new ShowingId(1));

        Assert.That((await _redis.Database.StringGetAsync(key)).Length(), Is.EqualTo(32));
        Assert.That(
            (await _redis.Database.KeyTimeToLiveAsync(key))!.Value.TotalSeconds, Is.EqualTo(KeptUntil() - _time.GetUtcNow().ToUnixTimeSeconds()).Within(5));
    }

    private async Task CannotTellUntilOldCodesHaveDiedAsync()
    {
        // The first questions may meet a connection that is gone: the new epoch begins when one arrives.
        for (var waited = Stopwatch.StartNew(); await _redis.Database.StringGetAsync(CacheKeys.Epoch(s_region)) is var epoch && (epoch.IsNull || epoch == _epoch);)
        {
            Assert.That(await ClaimAsync("b", 1), Is.EqualTo(UseState.Unknown));
            Assert.That(waited.ElapsedMilliseconds, Is.LessThan(PatienceMilliseconds));
            await Task.Delay(20);
        }

        Assert.That(await ClaimAsync("b", 1), Is.EqualTo(UseState.Unknown));
        _time.Advance(TimeSpan.FromSeconds(ShowingUse.KeptSeconds - 1));
        Assert.That(await ClaimAsync("b", 1), Is.EqualTo(UseState.Unknown));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(() => ClaimAsync("c", 3), Is.EqualTo(UseState.Unused).After(PatienceMilliseconds, 50));
    }

    private static long KeptUntil() => s_start.ToUnixTimeSeconds() + 3_000 + ShowingUse.KeptSeconds;

    private static ShowingUse Use(string owner, ulong showing) =>
        new(s_region, new ShowingId(showing), owner, s_start.ToUnixTimeMilliseconds(), KeptUntil(), Guid.NewGuid().ToString("N"));

    private async Task<UseState> LookAsync(string owner, ulong showing) => (await _used.LookAsync([Use(owner, showing)]))[0];

    private async Task<UseState> ClaimAsync(string owner, ulong showing) => (await _used.ClaimAsync([Use(owner, showing)]))[0];
}
