using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Presentation;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Verifying;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Verdict = CrossProvince.Contracts.Verification.V1.Verdict;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>What may be used once everywhere, used in regions that cannot ask Beijing, where their own memory is enough: what Beijing learns of it afterwards.</summary>
public sealed class LocalUseTests : FederationFixture
{
    private const string Scenario = "enterprise-registration";

    /// <summary>How it goes on depends on whether the record of the other use has come out of a spool by then.</summary>
    private const string Alarm = "ALARM: a showing that may be used once everywhere was used";

    private readonly Queue<StoredLicence> _companies = new();

    internal override FederationPlan Plan { get; } = new()
    {
        Running = TestFederation.Regions,
        Services = Tampering.Install,
        Scenarios = text => text.Replace("\"offlineUse\": \"none\"", "\"offlineUse\": \"local\"", StringComparison.Ordinal),
        Settings = new Dictionary<string, string> { ["Federation:ReportInterval"] = "00:00:00.1", ["Federation:Breaker:Calls"] = "1000" },
    };

    private TestNode Hebei => Federation[TestFederation.Hebei];

    [TearDown]
    public void MendIssuer() => Tampering.Of(Beijing).Reset();

    [Test]
    public async Task Verify_UsedInTwoRegionsWhileTheIssuerWasAway_RaisesTheAlarmThere()
    {
        Federation.Logs.Declare(Alarm);
        var made = await ShowAsync();
        CutOff();
        var answers = new[] { await VerifyAsync(Tianjin, made), await VerifyAsync(Hebei, made) };
        Assert.That(answers.Select(answer => (answer.Verdict, answer.Mode)), Is.All.EqualTo((Verdict.Valid, VerificationMode.Local)), "Neither can know of the other.");
        Assert.That(Federation.Logs.Has(Alarm), Is.False);

        Tampering.Of(Beijing).Reset();

        await Eventually.HoldsAsync(() => Federation.Logs.Has(Alarm), "Beijing raises the alarm");
    }

    [Test]
    public async Task Verify_UsedAtHomeAndInAnotherRegionMeanwhile_RaisesTheAlarmThere()
    {
        Federation.Logs.Declare(Alarm);
        var made = await ShowAsync();
        CutOff();
        await VerifyAsync(Tianjin, made);
        Tampering.Of(Beijing).Before = null;
        Assert.That((await VerifyAsync(Beijing, made)).Verdict, Is.EqualTo(Verdict.Valid), "Beijing has not heard of the other use.");

        Tampering.Of(Beijing).Reset();

        await Eventually.HoldsAsync(() => Federation.Logs.Has(Alarm), "Beijing raises the alarm");
    }

    [Test]
    public async Task Verify_UsedInOneRegionWhileTheIssuerWasAway_IsReplayedEverywhereElseAfterwards()
    {
        var made = await ShowAsync();
        CutOff();
        await VerifyAsync(Tianjin, made);
        Tampering.Of(Beijing).Reset();

        // As long as Beijing has not heard of it, it would give the showing to Hebei: nobody asks before.
        var showing = ShowingId.TryParse(made.ShowingId, out var id) ? id : default;
        await Eventually.HoldsAsync(() => Beijing.Services.GetRequiredService<UsedShowings>().IsUsedAsync(TestFederation.Beijing, showing), "Beijing has heard of it");

        Assert.That((await VerifyAsync(Hebei, made)).Verdict, Is.EqualTo(Verdict.Replayed));
        Assert.That((await VerifyAsync(Beijing, made)).Verdict, Is.EqualTo(Verdict.Replayed));
        var again = await VerifyAsync(Tianjin, made);
        Assert.That((again.Verdict, again.Repeated), Is.EqualTo((Verdict.Valid, true)), "It is still that desk's.");
    }

    protected override async Task PrepareAsync()
    {
        var lines = Enumerable.Range(1, 3).Select(n => TestLicences.BusinessLicence(TestFederation.Beijing, n)).ToList();
        await Beijing.ImportAsync(lines);
        foreach (var line in lines)
        {
            _companies.Enqueue(await Beijing.FindAsync(TestLicences.IdOf(line)));
        }

        await Federation.LetStandAsync();
    }

    private static async Task<Verification> VerifyAsync(TestNode node, CreatePresentationResponse made) =>
        (await node.Verifications.VerifyAsync(new VerifyRequest { Code = made.Code, TerminalId = "desk-1", MatterCode = "000-1" })).Verification;

    /// <summary>Nobody can ask Beijing or tell it anything.</summary>
    private void CutOff()
    {
        Tampering.Of(Beijing).Before = _ => throw new RpcException(new Status(StatusCode.Unavailable, "away"));
        Tampering.Of(Beijing).BeforeReport = () => throw new RpcException(new Status(StatusCode.Unavailable, "away"));
    }

    private async Task<CreatePresentationResponse> ShowAsync()
    {
        var company = _companies.Dequeue();
        return await Beijing.PresentAsync(company, Scenario, company.Record.Agents[0].Code);
    }
}
