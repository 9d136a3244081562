using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Storage;
using CrossProvince.Service.Verifying;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace CrossProvince.Service.Tests.Verifying;

[TestFixtureSource(typeof(EveryBackend), nameof(EveryBackend.All))]
public sealed class UsedShowingsTests(Backend backend) : StorageFixture(backend)
{
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RegionCode s_beijing = RegionCode.Parse("110000");
    private static readonly RegionCode s_tianjin = RegionCode.Parse("120000");

    private FakeTimeProvider _time = null!;

    [SetUp]
    public void ResetTime() => _time = new FakeTimeProvider(s_start);

    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task ClaimAsync_ByTwo_OnlyTheFirstGetsIt(UsedShowingsStore store)
    {
        var used = await CreateOldAsync(store);
        Assert.That(await ClaimAsync(used, Use("a", "v1")), Is.EqualTo(UseState.Unused));

        Assert.That(await ClaimAsync(used, Use("b", "v2")), Is.EqualTo(UseState.UsedByAnother));
        Assert.That(await ClaimAsync(used, Use("a", "v3")), Is.EqualTo(UseState.UsedByOwner));
        Assert.That(await LookAsync(used, Use("a", "v4")), Is.EqualTo(UseState.UsedByOwner));
        Assert.That(await LookAsync(used, Use("b", "v5")), Is.EqualTo(UseState.UsedByAnother));
    }

    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task LookAsync_SameNumberOfAnotherRegion_IsAnotherShowing(UsedShowingsStore store)
    {
        var used = await CreateOldAsync(store);
        await ClaimAsync(used, Use("a", "v1"));

        Assert.That(await LookAsync(used, Use("b", "v2", region: s_tianjin)), Is.EqualTo(UseState.Unused));
        Assert.That(await LookAsync(used, Use("b", "v3", showing: 2)), Is.EqualTo(UseState.Unused));
    }

    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task ClaimAsync_WithinAnotherRegion_CountsThereAlone(UsedShowingsStore store)
    {
        var used = await CreateOldAsync(store);
        var (tianjin, hebei) = (new RegionCode(120000), new RegionCode(130000));
        ShowingUse[] group = [Use("a", "v1"), Use("b", "v2") with { Within = tianjin }, Use("c", "v3") with { Within = hebei }];

        var states = await used.ClaimAsync(group);

        Assert.That(states, Is.All.EqualTo(UseState.Unused));
        Assert.That(await ClaimAsync(used, Use("d", "v4") with { Within = tianjin }), Is.EqualTo(UseState.UsedByAnother));
        Assert.That(await ClaimAsync(used, Use("b", "v5") with { Within = tianjin }), Is.EqualTo(UseState.UsedByOwner));
        Assert.That(await LookAsync(used, Use("b", "v6") with { Within = hebei }), Is.EqualTo(UseState.UsedByAnother));
        Assert.That(await LookAsync(used, Use("b", "v7")), Is.EqualTo(UseState.UsedByAnother));
    }

    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task IsUsedAsync_UsedByAnybody_IsTrue(UsedShowingsStore store)
    {
        var used = await CreateOldAsync(store);
        await ClaimAsync(used, Use("a", "v1"));

        Assert.That(await used.IsUsedAsync(s_beijing, new ShowingId(1)), Is.True);
        Assert.That(await used.IsUsedAsync(s_beijing, new ShowingId(2)), Is.False);
    }

    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task ForgetAsync_CodesLive_Remembers(UsedShowingsStore store)
    {
        var used = await CreateOldAsync(store);
        var use = Use("a", "v1");
        await ClaimAsync(used, use);

        await Commits.RunAsync(t => used.ForgetAsync(t, use.KeptUntil));

        Assert.That(await LookAsync(used, Use("b", "v2")), Is.EqualTo(UseState.UsedByAnother));
    }

    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task ForgetAsync_CodesHaveDied_Forgets(UsedShowingsStore store)
    {
        var used = await CreateOldAsync(store);
        var use = Use("a", "v1") with { KeptUntil = _time.GetUtcNow().ToUnixTimeSeconds() + 1 };
        await ClaimAsync(used, use);

        await Commits.RunAsync(t => used.ForgetAsync(t, use.KeptUntil + 1));

        // Redis forgets by itself, by its own clock.
        Assert.That(() => LookAsync(used, Use("b", "v2")), Is.EqualTo(UseState.Unused).After(60_000, 50));
    }

    [Test]
    public async Task LookAsync_DatabaseAfterRestart_Remembers()
    {
        await ClaimAsync(Create(UsedShowingsStore.Database), Use("a", "v1"));

        Assert.That(await LookAsync(Create(UsedShowingsStore.Database), Use("b", "v2")), Is.EqualTo(UseState.UsedByAnother));
    }

    // Redis outlives the node, the node's own memory does not.
    [Test]
    public async Task ClaimAsync_CacheAfterRestartOfTheNode_RemembersOrCannotTell()
    {
        await ClaimAsync(await CreateOldAsync(UsedShowingsStore.Cache), Use("a", "v1"));

        Assert.That(
            await ClaimAsync(Create(UsedShowingsStore.Cache), Use("b", "v2")), Is.EqualTo(Backend.HasRedis() ? UseState.UsedByAnother : UseState.Unknown));
    }

    // The claim stands before the record does: whoever claimed and could not record may ask again, nobody else.
    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task ClaimAsync_SameVerificationAgain_IsStillTheFirst(UsedShowingsStore store)
    {
        var used = await CreateOldAsync(store);
        await ClaimAsync(used, Use("a", "v1"));

        Assert.That(await ClaimAsync(used, Use("a", "v1")), Is.EqualTo(UseState.Unused));
        Assert.That(await ClaimAsync(used, Use("a", "v2")), Is.EqualTo(UseState.UsedByOwner));
        Assert.That(await ClaimAsync(used, Use("b", "v1")), Is.EqualTo(UseState.UsedByAnother));
    }

    // docs/payload.md, "Single use": what was used before the epoch is forgotten, so nothing is answered until those codes have died.
    [Test]
    public async Task ClaimAsync_CacheYoungerThanItsEpochRule_CannotTell()
    {
        var used = Create(UsedShowingsStore.Cache);
        Assert.That(await LookAsync(used, Use("a", "v1")), Is.EqualTo(UseState.Unknown));
        Assert.That(await ClaimAsync(used, Use("a", "v1")), Is.EqualTo(UseState.Unknown));

        _time.Advance(TimeSpan.FromSeconds(ShowingUse.KeptSeconds - 1));
        Assert.That(await ClaimAsync(used, Use("a", "v1")), Is.EqualTo(UseState.Unknown));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await LookAsync(used, Use("b", "v2")), Is.EqualTo(UseState.Unused));
        Assert.That(await ClaimAsync(used, Use("b", "v2")), Is.EqualTo(UseState.Unused));
    }

    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task ClaimAsync_ManyAtOnce_OnlyOneGetsIt(UsedShowingsStore store)
    {
        var used = await CreateOldAsync(store);

        var states = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => ClaimAsync(used, Use($"owner-{i}", $"v{i}")))));

        Assert.That(states.Count(s => s == UseState.Unused), Is.EqualTo(1));
        Assert.That(states.Count(s => s == UseState.UsedByAnother), Is.EqualTo(49));
    }

    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task ClaimAsync_OneGroupHasItSeveralTimes_TheFirstGetsIt(UsedShowingsStore store)
    {
        var used = await CreateOldAsync(store);

        var states = await used.ClaimAsync([Use("b", "v0", showing: 7), Use("a", "v1"), Use("a", "v2"), Use("b", "v3"), Use("b", "v4", showing: 3)]);

        Assert.That(states, Is.EqualTo(new[] { UseState.Unused, UseState.Unused, UseState.UsedByOwner, UseState.UsedByAnother, UseState.Unused }));
    }

    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task ClaimAsync_SomeOfAGroupUsedBefore_OthersAreGot(UsedShowingsStore store)
    {
        var used = await CreateOldAsync(store);
        await used.ClaimAsync([Use("a", "v1", showing: 5), Use("b", "v2", showing: 6)]);

        var states = await used.ClaimAsync([Use("a", "v3", showing: 6), Use("a", "v4", showing: 4), Use("a", "v5", showing: 5), Use("a", "v6", showing: 5, region: s_tianjin)]);

        Assert.That(states, Is.EqualTo(new[] { UseState.UsedByAnother, UseState.Unused, UseState.UsedByOwner, UseState.Unused }));
    }

    // Every group's keys stand in another order; nodes that locked them so would wait for one another.
    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task ClaimAsync_GroupsOfTwoNodesCross_EachShowingIsGotOnce(UsedShowingsStore store)
    {
        await using var otherDatabase = new Database(ConnectionString);
        await using var otherCommits = new GroupCommit(otherDatabase, NullLogger<GroupCommit>.Instance);
        var clock = new TrustedClock(_time, 30);
        var first = await CreateOldAsync(store);
        var second = store == UsedShowingsStore.Cache && !Backend.HasRedis() ? first : UsedShowings.Create(store, otherDatabase, otherCommits, Cache, s_beijing, clock);
        var showings = Enumerable.Range(10, 60).Select(n => (ulong)n).ToArray();
        var groups = Enumerable.Range(0, 8).Select(n =>
        {
            var order = showings.OrderBy(_ => Random.Shared.Next()).Select(showing => Use($"owner-{n}", $"v-{n}-{showing}", showing)).ToList();
            return Task.Run(() => (n % 2 == 0 ? first : second).ClaimAsync(order));
        });

        var states = (await Task.WhenAll(groups)).SelectMany(s => s).ToList();

        Assert.That(states.Count(s => s == UseState.Unused), Is.EqualTo(showings.Length));
        Assert.That(states.Count(s => s == UseState.UsedByAnother), Is.EqualTo(7 * showings.Length));
    }

    [Test]
    public async Task ClaimAsync_DatabaseAway_CannotTell()
    {
        await using var nowhere = new Database(Backend.IsPostgres() ? "Host=127.0.0.1;Port=1;Database=none;Username=none" : $"Data Source={Path.Combine(Path.GetTempPath(), "none", "none.db")}");
        await using var commits = new GroupCommit(nowhere, NullLogger<GroupCommit>.Instance);
        var used = UsedShowings.Create(UsedShowingsStore.Database, nowhere, commits, Cache, s_beijing, new TrustedClock(_time, 30));

        Assert.That(await used.ClaimAsync([Use("a", "v1"), Use("a", "v2", showing: 2)]), Is.All.EqualTo(UseState.Unknown));
        Assert.That(await used.LookAsync([Use("a", "v1"), Use("a", "v2", showing: 2)]), Is.All.EqualTo(UseState.Unknown));
    }

    private static ShowingUse Use(string owner, string verificationId, ulong showing = 1, RegionCode? region = null) => new(
        region ?? s_beijing, new ShowingId(showing), owner, s_start.ToUnixTimeMilliseconds(), s_start.ToUnixTimeSeconds() + 2_000 + ShowingUse.KeptSeconds, verificationId);

    private UsedShowings Create(UsedShowingsStore store) => UsedShowings.Create(store, Database, Commits, Cache, s_beijing, new TrustedClock(_time, 30));

    /// <summary>One whose epoch lies far enough back.</summary>
    private async Task<UsedShowings> CreateOldAsync(UsedShowingsStore store)
    {
        var used = Create(store);
        await LookAsync(used, Use("before", "v0", showing: 99));
        _time.Advance(TimeSpan.FromSeconds(ShowingUse.KeptSeconds));
        return used;
    }

    private static async Task<UseState> LookAsync(UsedShowings used, ShowingUse use) => (await used.LookAsync([use]))[0];

    private static async Task<UseState> ClaimAsync(UsedShowings used, ShowingUse use) => (await used.ClaimAsync([use]))[0];
}
