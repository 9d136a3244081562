using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Service.Federation.Reporting;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Storage;
using Google.Protobuf.WellKnownTypes;
using Wire = CrossProvince.Contracts.Verification.V1;

namespace CrossProvince.Service.Tests.Federation;

/// <summary>What other regions have reported, in the database.</summary>
[TestFixtureSource(typeof(EveryBackend), nameof(EveryBackend.All))]
public sealed class ReportedUseStoreTests(Backend backend) : StorageFixture(backend)
{
    private static readonly RegionCode s_beijing = new(110_000);
    private static readonly RegionCode s_tianjin = new(120_000);
    private static readonly RegionCode s_hebei = new(130_000);
    private static readonly DateTimeOffset s_now = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);

    private ReportedUseStore Store => new(Database, Commits, s_beijing);

    [Test]
    public async Task AddAsync_SameUsesAgain_ChangesNothing()
    {
        ReportedUse[] uses = [Use(1), Use(2)];
        Assert.That(await AddAsync(s_tianjin, uses), Is.EqualTo(2));

        Assert.That(await AddAsync(s_tianjin, [.. uses, Use(3)]), Is.EqualTo(1));
        Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM reported_uses"), Is.EqualTo(3));
    }

    /// <summary>No region can hide what another has reported by being first with its id.</summary>
    [Test]
    public async Task AddAsync_SameIdByAnotherRegion_IsAnotherUse()
    {
        await AddAsync(s_hebei, Use(1));

        Assert.That(await AddAsync(s_tianjin, Use(1)), Is.EqualTo(1));
    }

    /// <summary>What was verified while this region was away for long lies in a month that has no table yet.</summary>
    [Test]
    public async Task AddAsync_OfAMonthLongAgo_IsTaken()
    {
        await AddAsync(s_tianjin, Use(1, s_now.AddMonths(-30)), Use(2));

        Assert.That(await ScalarAsync<long>("SELECT MIN(time) FROM reported_uses"), Is.EqualTo(s_now.AddMonths(-30).ToUnixTimeMilliseconds()));
    }

    [Test]
    public async Task FindDoublesAsync_ConsumedInTwoRegions_FindsTheOther()
    {
        await AddAsync(s_hebei, Use(1, owner: "hebei"));
        var use = Use(2, owner: "tianjin");
        await AddAsync(s_tianjin, use);

        var found = (await Store.FindDoublesAsync([use], CancellationToken.None)).Single();

        Assert.That((found.VerificationId, found.OtherId, found.OtherRegion), Is.EqualTo((use.Report.VerificationId, Use(1).Report.VerificationId, 130_000)));
    }

    [Test]
    public async Task FindDoublesAsync_SameOwnerOtherShowingOrKeptApart_FindsNone()
    {
        await AddAsync(s_tianjin, Use(1, owner: "tianjin"));
        await AddAsync(s_hebei, Use(3, owner: "hebei", showing: 77), Use(4, owner: "hebei", fault: UseFault.ImpossibleTime), Use(5));
        var use = Use(2, owner: "tianjin");
        await AddAsync(s_tianjin, use);

        Assert.That(await Store.FindDoublesAsync([use], CancellationToken.None), Is.Empty);
    }

    private Task<int> AddAsync(RegionCode region, params ReportedUse[] uses) => Store.AddAsync(region, uses, s_now.ToUnixTimeMilliseconds(), CancellationToken.None);

    internal static ReportedUse Use(int n, DateTimeOffset? at = null, string owner = "", ulong showing = 5, UseFault fault = UseFault.None)
    {
        var time = at ?? s_now.AddSeconds(n);
        var report = new ReportedVerification
        {
            VerificationId = $"{n:x32}",
            Time = Timestamp.FromDateTimeOffset(time),
            ShowingId = new ShowingId(showing).ToString(),
            Scenario = "enterprise-registration",
            Presenter = Contracts.Presentation.V1.Presenter.Agent,
            Verdict = Wire.Verdict.Valid,
            Verifier = "operator:A",
            TerminalId = "desk",
            List = 3,
            Index = 4,
        };
        return new ReportedUse(report, 4, time.ToUnixTimeMilliseconds(), fault, owner, 0);
    }
}
