using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using Grpc.Core;
using static CrossProvince.Integration.Tests.Nodes.Refusal;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>Codes of Beijing's that may be used once everywhere, shown in three regions.</summary>
public sealed class RedeemTests : FederationFixture
{
    private const string Scenario = "enterprise-registration";

    private readonly Queue<StoredLicence> _companies = new();
    private int _organisations = 20;
    private int _requests;

    internal override FederationPlan Plan { get; } = new()
    {
        Running = TestFederation.Regions,
        Services = Tampering.Install,
        Settings = new Dictionary<string, string> { ["Federation:AskDeadline"] = "00:00:05", ["Federation:Breaker:Calls"] = "1000" },
    };

    private TestNode Hebei => Federation[TestFederation.Hebei];

    private Tampering Issuer => Tampering.Of(Beijing);

    [TearDown]
    public void MendIssuer() => Issuer.Reset();

    [Test]
    public async Task Verify_UsedInOneRegion_IsReplayedInAllOthers()
    {
        var code = await ShowAsync();

        var first = await VerifyAsync(Tianjin, code);

        Assert.That((first.Verdict, first.Mode, first.Repeated, first.Disclosed["holder.name"]), Is.EqualTo((Verdict.Valid, VerificationMode.Issuer, false, "样本贸易有限公司")));
        Assert.That((await VerifyAsync(Hebei, code)).Verdict, Is.EqualTo(Verdict.Replayed));
        Assert.That((await VerifyAsync(Beijing, code)).Verdict, Is.EqualTo(Verdict.Replayed));
        Assert.That((await VerifyAsync(Tianjin, code, "desk-2")).Verdict, Is.EqualTo(Verdict.Replayed));
    }

    [Test]
    public async Task Verify_UsedAtHome_IsReplayedElsewhere()
    {
        var code = await ShowAsync();
        await VerifyAsync(Beijing, code);

        var answer = await VerifyAsync(Tianjin, code);

        Assert.That((answer.Verdict, answer.Mode, answer.Disclosed.Count), Is.EqualTo((Verdict.Replayed, VerificationMode.Issuer, 0)));
    }

    [Test]
    public async Task Verify_AgainAtTheSameDesk_IsValidAndRepeated()
    {
        var code = await ShowAsync();
        await VerifyAsync(Tianjin, code);

        var again = await VerifyAsync(Tianjin, code);

        Assert.That((again.Verdict, again.Repeated, again.Disclosed.Count > 0), Is.EqualTo((Verdict.Valid, true, true)));
    }

    [Test]
    public async Task Verify_AtOnceInThreeRegions_ExactlyOneIsValid()
    {
        for (var i = 0; i < 8; i++)
        {
            var code = await ShowAsync();

            var answers = await Task.WhenAll(new[] { Tianjin, Hebei, Beijing, Tianjin, Hebei }.Select((node, desk) => VerifyAsync(node, code, $"desk-{desk}")));

            Assert.That(answers.Select(a => a.Verdict).Order(), Is.EqualTo(new[] { Verdict.Valid, Verdict.Replayed, Verdict.Replayed, Verdict.Replayed, Verdict.Replayed }));
        }
    }

    [Test]
    public async Task Verify_SameRequestIdAtOnce_IsAskedOnce()
    {
        var code = await ShowAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => VerifyAsync(Tianjin, code, change: r => r.RequestId = "at-once")));

        Assert.That(answers.Select(a => (a.VerificationId, a.Verdict)).Distinct().Count(), Is.EqualTo(1));
        Assert.That(Issuer.Asked, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Redeem_FromTwoRegionsAtOnce_ExactlyOneIsValid()
    {
        for (var i = 0; i < 5; i++)
        {
            var code = await ShowAsync();

            var answers = await Task.WhenAll(RedeemAsync(TestFederation.Tianjin, code), RedeemAsync(TestFederation.Hebei, code), RedeemAsync(TestFederation.Tianjin, code, s => s.TerminalId = "desk-9"));

            Assert.That(answers.Select(a => a.Verdict).Order(), Is.EqualTo(new[] { Verdict.Valid, Verdict.Replayed, Verdict.Replayed }));
            Assert.That(answers.Sum(a => a.Disclosed.Count), Is.Zero);
        }
    }

    [Test]
    public async Task Redeem_SameRequestIdAgain_IsTheRecordedVerdict()
    {
        var code = await ShowAsync();
        var first = await RedeemAsync(TestFederation.Tianjin, code, s => s.RequestId = "once");

        var again = await RedeemAsync(TestFederation.Tianjin, code, s => s.RequestId = "once");

        Assert.That((again.VerificationId, again.Verdict, again.Repeated), Is.EqualTo((first.VerificationId, Verdict.Valid, false)));
    }

    [Test]
    public async Task Redeem_SameRequestIdForAnotherCode_IsInvalid()
    {
        await RedeemAsync(TestFederation.Tianjin, await ShowAsync(), s => s.RequestId = "taken");
        var other = await ShowAsync();

        IsRefused(() => RedeemAsync(TestFederation.Tianjin, other, s => s.RequestId = "taken"), StatusCode.InvalidArgument, "showing.request_id");
    }

    [Test]
    public async Task Redeem_CodeNeverIssued_IsNotConsumed()
    {
        Federation.Logs.Declare("was never issued here");
        var company = _companies.Dequeue();
        var forged = TestCodes.Sign(TestCodes.Claims(Federation, TestFederation.Beijing, company, Scenario), company.Record.Display, Federation.CodeKey(TestFederation.Beijing));

        Assert.That((await RedeemAsync(TestFederation.Tianjin, forged)).Verdict, Is.EqualTo(Verdict.CodeNotIssued));
        Assert.That((await RedeemAsync(TestFederation.Hebei, forged)).Verdict, Is.EqualTo(Verdict.CodeNotIssued));
    }

    [Test]
    public async Task Redeem_ScenarioNotConsumedAtTheIssuer_IsInvalid()
    {
        var code = await ShowAsync();

        IsRefused(() => RedeemAsync(TestFederation.Tianjin, code, s => s.Scenario = "counter-check"), StatusCode.InvalidArgument, "showing.scenario");
    }

    [Test]
    public async Task Redeem_ByAVerifier_IsDenied()
    {
        var request = new RedeemRequest { Showing = Showing(await ShowAsync(), TestFederation.Beijing) };

        Beijing.Connect("verifier").Federation.RedeemAsync(request).IsRefused(StatusCode.PermissionDenied, "not open to role verifier");
    }

    [Test]
    public async Task Verify_IssuerAway_CannotTellTheUseAndTakesNothing()
    {
        var code = await ShowAsync();
        Issuer.Before = _ => throw new RpcException(new Status(StatusCode.Unavailable, "away"));
        var away = await VerifyAsync(Tianjin, code);
        Issuer.Reset();

        var other = await VerifyAsync(Tianjin, code, "desk-2");

        Assert.That((away.Verdict, away.Reason, away.Mode, away.Disclosed.Count), Is.EqualTo((Verdict.Undetermined, UndeterminedReason.UseNotChecked, VerificationMode.Local, 0)));
        Assert.That(other.Verdict, Is.EqualTo(Verdict.Valid), "Nobody had it.");
    }

    /// <summary>The showing is consumed, and nobody hears of it: it is still that desk's.</summary>
    [Test]
    public async Task Verify_AnswerLostOnItsWay_SameDeskGetsItAndNoOther()
    {
        var code = await ShowAsync();
        Issuer.After = context => throw new RpcException(new Status(StatusCode.Unavailable, "broken off"));
        var lost = await VerifyAsync(Tianjin, code);
        Issuer.Reset();

        var other = await VerifyAsync(Hebei, code);
        var again = await VerifyAsync(Tianjin, code);

        Assert.That((lost.Reason, other.Verdict, again.Verdict, again.Repeated), Is.EqualTo((UndeterminedReason.UseNotChecked, Verdict.Replayed, Verdict.Valid, true)));
    }

    /// <summary>Organisations whose code does not say that they are Tianjin's: Beijing is not told who they are, and gives no fields; each is an owner of its own.</summary>
    [Test]
    public async Task Verify_OrganisationsThatBeijingCannotTell_AreConsumedForEachByItself()
    {
        var (one, other) = (await StrangerAsync(), await StrangerAsync());
        var code = await ShowAsync();

        var first = await VerifyAsync(Tianjin, code, client: Tianjin.Connect(one).Verifications);
        var second = await VerifyAsync(Tianjin, code, client: Tianjin.Connect(other).Verifications);
        var again = await VerifyAsync(Tianjin, code, client: Tianjin.Connect(one).Verifications);

        Assert.That((first.Verdict, first.Mode, first.Disclosed.Count), Is.EqualTo((Verdict.Valid, VerificationMode.Issuer, 0)));
        Assert.That(first.DisclosureNote.En, Does.Contain("the verdict stands, with masked fields"));
        Assert.That((second.Verdict, again.Verdict, again.Repeated), Is.EqualTo((Verdict.Replayed, Verdict.Valid, true)));
        var asked = Issuer.Asked.Cast<RedeemRequest>().Select(r => r.Showing).ToList();
        Assert.That(asked.Select(s => s.OnBehalfOf), Is.All.Empty);
        Assert.That(asked.Select(s => s.TerminalId).Distinct().Count(), Is.EqualTo(2));
    }

    /// <summary>A catalogue where this region's own memory is enough while the issuer cannot be asked.</summary>
    [Test]
    public async Task Verify_IssuerAwayAndLocalUseIsEnough_IsConsumedHereAndStaysSo()
    {
        await using var federation = await TestFederation.StartAsync(new()
        {
            Services = Tampering.Install,
            Scenarios = text => text.Replace("\"offlineUse\": \"none\"", "\"offlineUse\": \"local\"", StringComparison.Ordinal),
        });
        var (issuer, counter) = (federation[TestFederation.Beijing], federation[TestFederation.Tianjin]);
        var company = await issuer.TakeAsync(TestLicences.BusinessLicence(TestFederation.Beijing, 1));
        await federation.LetStandAsync();
        var code = (await issuer.PresentAsync(company, Scenario, company.Record.Agents[0].Code)).Code;
        Tampering.Of(issuer).Before = _ => throw new RpcException(new Status(StatusCode.Unavailable, "away"));

        var first = await VerifyAsync(counter, code);
        var other = await VerifyAsync(counter, code, "desk-2");
        var asked = Tampering.Of(issuer).Asked.Count;
        Tampering.Of(issuer).Reset();
        var otherLater = await VerifyAsync(counter, code, "desk-2");
        var later = await VerifyAsync(counter, code);

        Assert.That((first.Verdict, first.Mode, first.DisclosureNote is null), Is.EqualTo((Verdict.Valid, VerificationMode.Local, false)));
        Assert.That((other.Verdict, otherLater.Verdict, asked), Is.EqualTo((Verdict.Replayed, Verdict.Replayed, 1)), "Its own memory says so, and Beijing need not be asked.");
        Assert.That((later.Verdict, later.Mode, later.Repeated), Is.EqualTo((Verdict.Valid, VerificationMode.Issuer, true)));
    }

    protected override async Task PrepareAsync()
    {
        var lines = Enumerable.Range(1, 40).Select(n => TestLicences.BusinessLicence(TestFederation.Beijing, n)).ToList();
        await Beijing.ImportAsync(lines);
        foreach (var line in lines)
        {
            _companies.Enqueue(await Beijing.FindAsync(TestLicences.IdOf(line)));
        }

        await Federation.LetStandAsync();
    }

    private static async Task<Verification> VerifyAsync(
        TestNode node, string code, string terminal = "desk-1", VerificationService.VerificationServiceClient? client = null, Action<VerifyRequest>? change = null)
    {
        var request = new VerifyRequest { Code = code, TerminalId = terminal, MatterCode = "000-1" };
        change?.Invoke(request);
        return (await (client ?? node.Verifications).VerifyAsync(request)).Verification;
    }

    private async Task<string> ShowAsync()
    {
        var company = _companies.Dequeue();
        return (await Beijing.PresentAsync(company, Scenario, company.Record.Agents[0].Code)).Code;
    }

    private Showing Showing(string code, RegionCode by) => new()
    {
        Code = code,
        Scenario = Scenario,
        OnBehalfOf = SampleOrganisations.Code(by, IdentityRole.Verifier),
        TerminalId = "desk-1",
        MatterCode = "000-1",
        RequestId = $"request-{_requests++}",
    };

    private async Task<Verification> RedeemAsync(RegionCode by, string code, Action<Showing>? change = null)
    {
        var showing = Showing(code, by);
        change?.Invoke(showing);
        return (await Beijing.Connect($"../{by}/node").Federation.RedeemAsync(new RedeemRequest { Showing = showing })).Verification;
    }

    /// <summary>An identity of an organisation that Tianjin has admitted, and that is registered in Hebei.</summary>
    private async Task<string> StrangerAsync()
    {
        var organisation = SampleOrganisations.Code(TestFederation.Hebei, (IdentityRole)_organisations++);
        await Tianjin.ChangePartnersAsync(o => o.Add(new JsonObject { ["organisation"] = organisation, ["role"] = "verifier", ["scenarios"] = new JsonArray(Scenario) }));
        return Tianjin.MakeIdentity(IdentityRole.Verifier, organisation);
    }
}
