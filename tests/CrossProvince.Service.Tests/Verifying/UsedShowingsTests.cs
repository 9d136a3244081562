using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Tests.Storage;
using CrossProvince.Service.Verifying;
using Microsoft.Extensions.Time.Testing;

namespace CrossProvince.Service.Tests.Verifying;

[TestFixture(Backend.Sqlite)]
[TestFixture(Backend.Postgres)]
public sealed class UsedShowingsTests(Backend backend) : StorageFixture(backend)
{
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RegionCode s_beijing = RegionCode.Parse("110000");
    private static readonly RegionCode s_tianjin = RegionCode.Parse("120000");

    private readonly FakeTimeProvider _time = new(s_start);

    [SetUp]
    public void ResetTime() => _time.AdjustTime(s_start);

    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task ClaimAsync_ByTwo_OnlyTheFirstGetsIt(UsedShowingsStore store)
    {
        var used = CreateOld(store);
        Assert.That(await LookAsync(used, Use("a")), Is.EqualTo(UseState.Unused));
        Assert.That(await ClaimAsync(used, Use("a")), Is.EqualTo(UseState.Unused));

        Assert.That(await ClaimAsync(used, Use("b")), Is.EqualTo(UseState.UsedByAnother));
        Assert.That(await ClaimAsync(used, Use("a")), Is.EqualTo(UseState.UsedByOwner));
        Assert.That(await LookAsync(used, Use("a")), Is.EqualTo(UseState.UsedByOwner));
        Assert.That(await LookAsync(used, Use("b")), Is.EqualTo(UseState.UsedByAnother));
    }

    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task LookAsync_SameNumberOfAnotherRegion_IsAnotherShowing(UsedShowingsStore store)
    {
        var used = CreateOld(store);
        await ClaimAsync(used, Use("a"));

        Assert.That(await LookAsync(used, Use("b", region: s_tianjin)), Is.EqualTo(UseState.Unused));
        Assert.That(await LookAsync(used, Use("b", showing: 2)), Is.EqualTo(UseState.Unused));
    }

    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task IsUsedAsync_UsedByAnybody_IsTrue(UsedShowingsStore store)
    {
        var used = CreateOld(store);
        await ClaimAsync(used, Use("a"));

        Assert.That(await Commits.RunAsync(t => used.IsUsedAsync(t, s_beijing, new ShowingId(1))), Is.True);
        Assert.That(await Commits.RunAsync(t => used.IsUsedAsync(t, s_beijing, new ShowingId(2))), Is.False);
    }

    [TestCase(UsedShowingsStore.Database)]
    [TestCase(UsedShowingsStore.Cache)]
    public async Task ForgetAsync_CodesHaveDied_Forgets(UsedShowingsStore store)
    {
        var used = CreateOld(store);
        var use = Use("a");
        await ClaimAsync(used, use);

        await Commits.RunAsync(t => used.ForgetAsync(t, use.KeptUntil));
        Assert.That(await LookAsync(used, Use("b")), Is.EqualTo(UseState.UsedByAnother));

        await Commits.RunAsync(t => used.ForgetAsync(t, use.KeptUntil + 1));
        Assert.That(await LookAsync(used, Use("b")), Is.EqualTo(UseState.Unused));
    }

    [Test]
    public async Task LookAsync_DatabaseAfterRestart_Remembers()
    {
        await ClaimAsync(Create(UsedShowingsStore.Database), Use("a"));

        Assert.That(await LookAsync(Create(UsedShowingsStore.Database), Use("b")), Is.EqualTo(UseState.UsedByAnother));
    }

    [Test]
    public async Task ClaimAsync_WorkFails_DatabaseKeepsNothing()
    {
        var used = Create(UsedShowingsStore.Database);
        Assert.That(
            async () => await Commits.RunAsync(async transaction =>
            {
                await used.ClaimAsync(transaction, Use("a"));
                throw new InvalidOperationException();
            }),
            Throws.InvalidOperationException);

        Assert.That(await LookAsync(used, Use("b")), Is.EqualTo(UseState.Unused));
    }

    // docs/payload.md, "Single use": what was used before the epoch is forgotten, so nothing is answered until those codes have died.
    [Test]
    public async Task LookAsync_CacheYoungerThanItsEpochRule_CannotTell()
    {
        var used = Create(UsedShowingsStore.Cache);
        Assert.That(await LookAsync(used, Use("a")), Is.EqualTo(UseState.Unknown));
        Assert.That(await ClaimAsync(used, Use("a")), Is.EqualTo(UseState.Unknown));

        _time.Advance(TimeSpan.FromSeconds(ShowingUse.KeptSeconds - 1));
        Assert.That(await ClaimAsync(used, Use("a")), Is.EqualTo(UseState.Unknown));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await LookAsync(used, Use("b")), Is.EqualTo(UseState.Unused));
        Assert.That(await ClaimAsync(used, Use("b")), Is.EqualTo(UseState.Unused));
    }

    [Test]
    public async Task ClaimAsync_TwoAtOnceInCache_OnlyOneGetsIt()
    {
        var used = CreateOld(UsedShowingsStore.Cache);

        var states = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => used.ClaimAsync(null!, Use($"owner-{i}")))));

        Assert.That(states.Count(s => s == UseState.Unused), Is.EqualTo(1));
        Assert.That(states.Count(s => s == UseState.UsedByAnother), Is.EqualTo(49));
    }

    private static ShowingUse Use(string owner, ulong showing = 1, RegionCode? region = null) =>
        new(region ?? s_beijing, new ShowingId(showing), owner, s_start.ToUnixTimeMilliseconds(), s_start.ToUnixTimeSeconds() + 90 + ShowingUse.KeptSeconds, "v");

    private UsedShowings Create(UsedShowingsStore store) => UsedShowings.Create(store, new TrustedClock(_time, 30));

    /// <summary>One whose epoch lies far enough back.</summary>
    private UsedShowings CreateOld(UsedShowingsStore store)
    {
        var used = Create(store);
        _time.Advance(TimeSpan.FromSeconds(ShowingUse.KeptSeconds));
        return used;
    }

    private Task<UseState> LookAsync(UsedShowings used, ShowingUse use) => Commits.RunAsync(transaction => used.LookAsync(transaction, use));

    private Task<UseState> ClaimAsync(UsedShowings used, ShowingUse use) => Commits.RunAsync(transaction => used.ClaimAsync(transaction, use));
}
