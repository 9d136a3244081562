using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Integration.Tests.Verifying;

namespace CrossProvince.Integration.Tests.Hosting;

/// <summary>An expired trust list, and what happens when its file changes under a running node.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class TrustListTests
{
    [Test]
    public async Task Start_TrustListExpiredYesterday_AnswersAndMarksItStale()
    {
        var federation = await TestFederation.StartAsync(new()
        {
            Running = [TestFederation.Beijing],
            Trust = (_, list) => list with { Exp = TimeProvider.System.GetUtcNow().AddDays(-1) },
            Errors = ["answers are marked stale"],
        });
        await using var owned = federation;
        var beijing = federation[TestFederation.Beijing];
        var card = await beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        await federation.LetStandAsync();
        var made = await beijing.PresentAsync(card, "counter-check");

        var answer = await Scan.Of(beijing.Verifications, made.Code).VerifyAsync();

        Assert.That((answer.Verdict, answer.TrustStale), Is.EqualTo((Verdict.Valid, true)));
    }

    [Test]
    public async Task Refresh_NewerVersion_IsUsed()
    {
        var federation = await TestFederation.StartAsync(new() { Running = [TestFederation.Beijing] });
        await using var owned = federation;
        federation.PublishTrust(federation.TrustFile with { Version = 7 });

        await Eventually.HoldsAsync(async () => await VersionAsync(federation) == 7, "version 7 is used");
    }

    [Test]
    public async Task Refresh_OlderVersion_IsIgnored()
    {
        var federation = await TestFederation.StartAsync(new() { Running = [TestFederation.Beijing], Trust = (_, list) => list with { Version = 3 }, Errors = ["older than version 3"] });
        await using var owned = federation;
        federation.PublishTrust(federation.TrustFile with { Version = 2 });
        await Eventually.HoldsAsync(() => federation.Logs.Has("older than version 3"), "the older list is refused");

        Assert.That(await VersionAsync(federation), Is.EqualTo(3));
    }

    [Test]
    public async Task Refresh_Garbage_KeepsTheLastGoodOne()
    {
        var federation = await TestFederation.StartAsync(new() { Running = [TestFederation.Beijing], Errors = ["the last good one stays in use"] });
        await using var owned = federation;
        await File.WriteAllTextAsync(federation.PathOf("trust-list.cose"), "garbage");
        await Eventually.HoldsAsync(() => federation.Logs.Has("the last good one stays in use"), "the garbage is refused");

        Assert.That(await VersionAsync(federation), Is.EqualTo(1));
    }

    private static async Task<long> VersionAsync(TestFederation federation) =>
        (await Scan.Of(federation[TestFederation.Beijing].Verifications, "x").VerifyAsync()).TrustListVersion;
}
