using CrossProvince.Contracts.Operations.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Operations;

namespace CrossProvince.Service.Tests.Operations;

/// <summary>What is wrong is found and named, and nothing else is.</summary>
public sealed class ProblemsTests
{
    private static readonly TrustedTime s_now = new(1_795_000_000_000, ClockBehind: false);
    private static readonly TrustFreshness s_good = new(Expired: false, TooOld: false, ReReadOverdue: false);

    [Test]
    public void Find_AllIsWell_FindsNothing() => Assert.That(Find(), Is.Empty);

    [Test]
    public void Find_Clock_IsCritical() => Expect(Problems.Find(State(), s_now with { ClockBehind = true }, s_good, null), Severity.Critical, "clock", "时钟", "clock");

    [TestCase(false, true, 100, Severity.Critical, "超过七天")]
    [TestCase(true, false, -3, Severity.Critical, "已过期")]
    [TestCase(false, false, 29, Severity.Warning, "还有 29 天")]
    public void Find_TrustListEnds_SaysHowBadItIs(bool expired, bool tooOld, int daysLeft, Severity severity, string zh) => Expect(
        Problems.Find(State(s => s.TrustList.DaysLeft = daysLeft), s_now, s_good with { Expired = expired, TooOld = tooOld }, null), severity, "trust-list", zh, "trust list");

    [TestCase(Freshness.Missing, 0L, "", Severity.Critical, "还没有天津市（120000）")]
    [TestCase(Freshness.TooOld, 700_000L, "refused", Severity.Critical, "已 11 分钟没有更新，超过硬上限")]
    [TestCase(Freshness.Stale, 130_000L, "", Severity.Warning, "已 2 分钟没有更新")]
    [TestCase(Freshness.Fresh, 5_000L, "refused", Severity.Warning, "失败")]
    public void Find_FeedOfARegion_SaysWhichAndWhy(Freshness freshness, long age, string error, Severity severity, string zh)
    {
        var found = Find(s =>
        {
            s.Feeds[1].Freshness = freshness;
            s.Feeds[1].AgeMilliseconds = age;
            s.Feeds[1].LastError = error;
        });

        Expect(found, severity, "120000", zh, "Tianjin (120000)");
        Assert.That((found[0].Text.Zh.Contains("refused", StringComparison.Ordinal), found[0].Text.En.Contains("refused", StringComparison.Ordinal)), Is.EqualTo((error.Length > 0, error.Length > 0)));
    }

    // Nothing fails and the copy is fresh for a while: that is not what counts.
    [Test]
    public void Find_RegionThatSignedTwoHistories_IsCriticalAndSaysHowToGoOn()
    {
        Expect(Find(s => s.Feeds[1].ForkedSeq = 17), Severity.Critical, "120000", "天津市（120000）对第 17 项变更签署了两份不同的历史", "two histories of change 17");
        Assert.That(Find(s => s.Feeds[1].ForkedSeq = 17)[0].Text.En, Does.Contain("status settle --partner 120000"));
    }

    [TestCase(ExpiryKind.Certificate, "110000", true, 12, Severity.Warning, "certificate", "还有 12 天到期")]
    [TestCase(ExpiryKind.Certificate, "110000", true, -1, Severity.Critical, "certificate", "已到期")]
    [TestCase(ExpiryKind.CodeKey, "110000", false, -1, Severity.Warning, "key", "已到期")]
    [TestCase(ExpiryKind.IndexKey, "120000", false, -1, Severity.Warning, "key", "地区 120000 的索引密钥")]
    public void Find_SomethingEnds_SaysWhat(ExpiryKind kind, string region, bool inUse, int daysLeft, Severity severity, string subject, string zh) => Expect(
        Find(s => s.Expiries.Add(new Expiry { Kind = kind, Region = region, Subject = "S", InUseHere = inUse, DaysLeft = daysLeft })), severity, subject, zh, ", S,");

    // Theirs to renew, and to know.
    [Test]
    public void Find_AnotherRegionsKeyEndsSoon_IsNotTold() =>
        Assert.That(Find(s => s.Expiries.Add(new Expiry { Kind = ExpiryKind.CodeKey, Region = "120000", Subject = "S", DaysLeft = 3 })), Is.Empty);

    [TestCase(ComponentState.Down, Severity.Critical)]
    [TestCase(ComponentState.Degraded, Severity.Warning)]
    public void Find_PartThatDoesNotWork_IsTold(ComponentState state, Severity severity) => Expect(Find(s => s.Components[0].State = state), severity, "database", "数据库出错。", "database: It fails.");

    [Test]
    public void Find_PartThatIsNotConfigured_IsNotTold() => Assert.That(Find(s => s.Components[0].State = ComponentState.NotConfigured), Is.Empty);

    private static void Expect(IEnumerable<Problem> problems, Severity severity, string subject, string zh, string en)
    {
        var found = problems.ToList();
        Assert.That(found.Select(p => (p.Severity, p.Subject)), Is.EqualTo(new[] { (severity, subject) }));
        Assert.That(found[0].Text.Zh, Does.Contain(zh));
        Assert.That(found[0].Text.En, Does.Contain(en));
    }

    private static List<Problem> Find(Action<GetStateResponse>? change = null) => [.. Problems.Find(State(change), s_now, s_good, null)];

    private static GetStateResponse State(Action<GetStateResponse>? change = null)
    {
        var state = new GetStateResponse
        {
            Region = "110000",
            TrustList = new TrustListState { DaysLeft = Problems.WarnedDays },
            Feeds =
            {
                new Feed { Region = "110000", Own = true, Name = new Message { Zh = "北京市", En = "Beijing" }, Freshness = Freshness.Fresh },
                new Feed { Region = "120000", Name = new Message { Zh = "天津市", En = "Tianjin" }, Freshness = Freshness.Fresh },
            },
            Components = { new Component { Name = "database", State = ComponentState.Ok, Text = new Message { Zh = "出错。", En = "It fails." } } },
            Expiries = { new Expiry { Kind = ExpiryKind.Certificate, Region = "110000", Subject = "S", InUseHere = true, DaysLeft = Problems.WarnedDays } },
        };
        change?.Invoke(state);
        return state;
    }
}
