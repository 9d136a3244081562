using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Storage;
using CrossProvince.Service.Verifying;
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
    public async Task IsUsedAsync_UsedByAnybody_IsTrue(UsedShowingsStore store)
    {
        var used = await CreateOldAsync(store);
        await ClaimAsync(used, Use("a", "v1"));

        Assert.That(await used.IsUsedAsync(s_beijing, new ShowingId(1), CancellationToken.None), Is.True);
        Assert.That(await used.IsUsedAsync(s_beijing, new ShowingId(2), CancellationToken.None), Is.False);
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
        Assert.That(() => LookAsync(used, Use("b", "v2")), Is.EqualTo(UseState.Unused).After(5_000, 50));
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

    [Test]
    public async Task ClaimAsync_WorkFails_DatabaseKeepsNothing()
    {
        var used = Create(UsedShowingsStore.Database);
        Assert.That(
            async () => await Commits.RunAsync(async transaction =>
            {
                await used.ClaimAsync(transaction, Use("a", "v1"));
                throw new InvalidOperationException();
            }),
            Throws.InvalidOperationException);

        Assert.That(await LookAsync(used, Use("b", "v2")), Is.EqualTo(UseState.Unused));
    }

    // The claim stands before the record does: whoever claimed and could not record may ask again, nobody else.
    [Test]
    public async Task ClaimAsync_CacheSameVerificationAgain_IsStillTheFirst()
    {
        var used = await CreateOldAsync(UsedShowingsStore.Cache);
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

    [Test]
    public async Task ClaimAsync_ManyAtOnceInCache_OnlyOneGetsIt()
    {
        var used = await CreateOldAsync(UsedShowingsStore.Cache);

        var states = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => ClaimAsync(used, Use($"owner-{i}", $"v{i}")))));

        Assert.That(states.Count(s => s == UseState.Unused), Is.EqualTo(1));
        Assert.That(states.Count(s => s == UseState.UsedByAnother), Is.EqualTo(49));
    }

    [Test]
    public async Task ClaimAsync_OneRequestHasItTwice_TheSecondIsARepeat()
    {
        var used = await CreateOldAsync(UsedShowingsStore.Cache);

        var states = await used.ClaimAsync([Use("a", "v1"), Use("a", "v2"), Use("b", "v3")]);

        Assert.That(states, Is.EqualTo(new[] { UseState.Unused, UseState.UsedByOwner, UseState.UsedByAnother }));
    }

    private static ShowingUse Use(string owner, string verificationId, ulong showing = 1, RegionCode? region = null) => new(
        region ?? s_beijing, new ShowingId(showing), owner, s_start.ToUnixTimeMilliseconds(), s_start.ToUnixTimeSeconds() + 2_000 + ShowingUse.KeptSeconds, verificationId);

    private UsedShowings Create(UsedShowingsStore store) => UsedShowings.Create(store, Database, Cache, s_beijing, new TrustedClock(_time, 30));

    /// <summary>One whose epoch lies far enough back.</summary>
    private async Task<UsedShowings> CreateOldAsync(UsedShowingsStore store)
    {
        var used = Create(store);
        await LookAsync(used, Use("before", "v0", showing: 99));
        _time.Advance(TimeSpan.FromSeconds(ShowingUse.KeptSeconds));
        return used;
    }

    private async Task<UseState> LookAsync(UsedShowings used, ShowingUse use) => used is CachedUsedShowings cached
        ? await cached.LookAsync(use)
        : await Commits.RunAsync(transaction => used.LookAsync(transaction, use));

    private async Task<UseState> ClaimAsync(UsedShowings used, ShowingUse use) => used.DecidesAhead
        ? (await used.ClaimAsync([use]))[0]
        : await Commits.RunAsync(transaction => used.ClaimAsync(transaction, use));
}
