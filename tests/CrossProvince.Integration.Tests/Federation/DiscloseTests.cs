using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Identity;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using Grpc.Core;
using static CrossProvince.Integration.Tests.Nodes.Refusal;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>What Beijing gives to whom, asked by whatever certificate and with whatever request.</summary>
public sealed class DiscloseTests : FederationFixture
{
    private static readonly string s_hotel = SampleOrganisations.Code(TestFederation.Tianjin, IdentityRole.Verifier);

    private readonly Queue<StoredLicence> _cards = new();
    private StoredLicence _business = null!;
    private int _requests;

    private FederationService.FederationServiceClient NodeOfTianjin => Beijing.Connect("../120000/node").Federation;

    [Test]
    public async Task Disclose_ForAnOrganisationOfTheCallersRegion_GivesWhatTheScenarioGrants()
    {
        var card = _cards.Dequeue();

        var answer = await DiscloseAsync(await ShowAsync(card));

        Assert.That((answer.Verdict, answer.Mode, answer.Display.Number), Is.EqualTo((Verdict.Valid, VerificationMode.Local, card.Record.Display.Number)));
        Assert.That(answer.Disclosed, Is.EquivalentTo(new Dictionary<string, string> { ["holder.name"] = card.Record.Holder.Name, ["number"] = card.Record.Number }));
    }

    [Test]
    public async Task Disclose_Given_IsSeenByTheHolder()
    {
        var card = _cards.Dequeue();
        var answer = await DiscloseAsync(await ShowAsync(card));

        var use = (await Beijing.Presentations(card.Record.Holder.Code).ListUsesAsync(new ListUsesRequest())).Uses.Single(u => u.VerificationId == answer.VerificationId);

        Assert.That((use.Verifier, use.VerifierRegion, use.TerminalId, use.Scenario), Is.EqualTo((s_hotel, "120000", "desk-1", "hotel-checkin")));
        Assert.That(use.DisclosedFields, Is.EquivalentTo(new[] { "holder.name", "number" }));
    }

    [Test]
    public async Task Disclose_CodeNeverIssued_GivesNothingAndRaisesTheAlarm()
    {
        Federation.Logs.Declare("was never issued here");
        var card = _cards.Dequeue();
        var forged = TestCodes.Sign(TestCodes.Claims(Federation, TestFederation.Beijing, card, "hotel-checkin"), card.Record.Display, Federation.CodeKey(TestFederation.Beijing));

        Refuses(await DiscloseAsync(forged), Verdict.CodeNotIssued);
    }

    [Test]
    public async Task Disclose_CodeWithdrawn_GivesNothing()
    {
        var card = _cards.Dequeue();
        var made = await Beijing.PresentAsync(card, "hotel-checkin");
        await Beijing.Presentations(card.Record.Holder.Code).CancelPresentationAsync(new CancelPresentationRequest { ShowingId = made.ShowingId });

        Refuses(await DiscloseAsync(made.Code), Verdict.CodeWithdrawn);
    }

    [Test]
    public async Task Disclose_LicenceRevokedSince_GivesNothing()
    {
        var card = _cards.Dequeue();
        var code = await ShowAsync(card);
        await Beijing.ChangeStatusAsync(card.Record.Id.ToString(), LicenceStatus.Revoked);
        await Federation.CatchUpAsync();

        Refuses(await DiscloseAsync(code), Verdict.Revoked);
    }

    [Test]
    public async Task Disclose_CodeMadeForAnotherScenario_GivesNothing() =>
        Refuses(await DiscloseAsync((await Beijing.PresentAsync(_cards.Dequeue(), "counter-check")).Code), Verdict.ScenarioMismatch);

    [Test]
    public async Task Disclose_PartOfACode_GivesNothing() => Refuses(await DiscloseAsync((await ShowAsync(_cards.Dequeue()))[..^30]), Verdict.Truncated);

    [Test]
    public async Task Disclose_SameRequestIdAgain_GivesTheRecordedVerdictAndNoFields()
    {
        var showing = Showing(await ShowAsync(_cards.Dequeue()));
        var first = (await NodeOfTianjin.DiscloseAsync(new DiscloseRequest { Showing = showing })).Verification;

        var again = (await NodeOfTianjin.DiscloseAsync(new DiscloseRequest { Showing = showing })).Verification;

        Assert.That((again.VerificationId, again.Verdict, first.Disclosed.Count, again.Disclosed.Count), Is.EqualTo((first.VerificationId, Verdict.Valid, 2, 0)));
    }

    [Test]
    public async Task Disclose_UsableOnceEverywhere_ConsumesTheShowing()
    {
        var code = (await Beijing.PresentAsync(_business, "enterprise-registration", _business.Record.Agents[0].Code)).Code;
        var answer = await DiscloseAsync(code, s => (s.Scenario, s.MatterCode) = ("enterprise-registration", "000-1"));

        var atHome = (await Beijing.Verifications.VerifyAsync(new VerifyRequest { Code = code, TerminalId = "t", MatterCode = "000-1" })).Verification;

        Assert.That((answer.Verdict, answer.Disclosed["holder.name"], atHome.Verdict), Is.EqualTo((Verdict.Valid, "样本贸易有限公司", Verdict.Replayed)));
    }

    [Test]
    public async Task Disclose_OnBehalfOfAnotherRegionsOrganisation_IsDenied() => await RefusesAsync(
        s => s.OnBehalfOf = SampleOrganisations.Code(TestFederation.Hebei, IdentityRole.Verifier), StatusCode.PermissionDenied, "showing.on_behalf_of is an organisation of another region");

    [Test]
    public async Task Disclose_OnBehalfOfTheIssuersOrganisation_IsDenied() => await RefusesAsync(
        s => s.OnBehalfOf = SampleOrganisations.Code(TestFederation.Beijing, IdentityRole.Verifier), StatusCode.PermissionDenied, "showing.on_behalf_of is an organisation of another region");

    [Test]
    public async Task Disclose_OnBehalfOfNobody_IsInvalid() => await RefusesAsync(s => s.OnBehalfOf = "", StatusCode.InvalidArgument, "showing.on_behalf_of");

    [Test]
    public async Task Disclose_ScenarioGrantsNothing_IsInvalid() => await RefusesAsync(s => s.Scenario = "counter-check", StatusCode.InvalidArgument, "showing.scenario: grants no fields");

    [Test]
    public async Task Disclose_NoScenario_IsInvalid() => await RefusesAsync(s => s.Scenario = "", StatusCode.InvalidArgument, "showing.scenario");

    [Test]
    public async Task Disclose_NoRequestId_IsInvalid() => await RefusesAsync(s => s.RequestId = "", StatusCode.InvalidArgument, "showing.request_id");

    [Test]
    public void Disclose_NothingAtAll_IsInvalid() => NodeOfTianjin.DiscloseAsync(new DiscloseRequest()).IsRefused(StatusCode.InvalidArgument, "showing.code");

    [Test]
    public void Disclose_CodeOfAnotherRegion_IsInvalid()
    {
        var card = _cards.Dequeue();
        var claims = TestCodes.Claims(Federation, TestFederation.Hebei, card, "hotel-checkin");
        var code = TestCodes.Sign(claims, card.Record.Display, Federation.CodeKey(TestFederation.Hebei));

        NodeOfTianjin.DiscloseAsync(new DiscloseRequest { Showing = Showing(code) }).IsRefused(StatusCode.InvalidArgument, "showing.code: is of another region");
    }

    [TestCase("verifier")]
    [TestCase("authority")]
    public async Task Disclose_ByAnOrganisationsCertificate_IsDenied(string identity) => Beijing.Connect(identity).Federation
        .DiscloseAsync(new DiscloseRequest { Showing = Showing(await ShowAsync(_cards.Dequeue())) }).IsRefused(StatusCode.PermissionDenied, $"not open to role {identity}");

    [Test]
    public async Task Disclose_ByAVerifierOfAnotherRegion_IsUnauthenticated() => Beijing.Connect("../120000/verifier").Federation
        .DiscloseAsync(new DiscloseRequest { Showing = Showing(await ShowAsync(_cards.Dequeue())) }).IsRefused(StatusCode.Unauthenticated, "node of their own region");

    [Test]
    public async Task Disclose_ByANodeOfTheOwnRegion_IsDenied() => Beijing.Connect("node").Federation
        .DiscloseAsync(new DiscloseRequest { Showing = Showing(await ShowAsync(_cards.Dequeue())) }).IsRefused(StatusCode.PermissionDenied, "nodes of other regions");

    [Test]
    public async Task Disclose_ByACertificateThatAnotherRegionsAuthorityMade_IsUnauthenticated()
    {
        var identity = Federation[TestFederation.Hebei].MakeIdentity(IdentityRole.Node, SampleOrganisations.Code(TestFederation.Hebei, IdentityRole.Node), authorityOf: TestFederation.Tianjin);

        Beijing.Connect($"../130000/{identity}").Federation.DiscloseAsync(new DiscloseRequest { Showing = Showing(await ShowAsync(_cards.Dequeue())) })
            .IsRefused(StatusCode.Unauthenticated, "does not end in a CA that the trust list names for region 130000");
    }

    [Test]
    public async Task Disclose_IdentityInHeaders_CountsForNothing()
    {
        using var channel = new RawChannel(Beijing, null);
        const string Node = "urn:crossprovince:120000:node:12120000XXXXXX900X";
        var headers = new Metadata
        {
            { "x-forwarded-client-cert", $"URI={Node}" }, { "x-client-cert", Node }, { "x-ssl-client-s-dn", Node }, { "forwarded", $"for={Node}" }, { "x-crossprovince-caller", Node },
        };
        RpcException? error = null;
        try
        {
            await new FederationService.FederationServiceClient(channel.Calls).DiscloseAsync(new DiscloseRequest { Showing = Showing(await ShowAsync(_cards.Dequeue())) }, headers);
        }
        catch (RpcException e)
        {
            error = e;
        }

        Assert.That(error?.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
    }

    [Test]
    public async Task Disclose_OnTheWebListener_IsNotServed()
    {
        using var http = new HttpClient { BaseAddress = Beijing.Web, DefaultRequestVersion = new Version(1, 1) };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/crossprovince.federation.v1.FederationService/Disclose", UriKind.Relative));
        request.Content = new ByteArrayContent([0, 0, 0, 0, 0]) { Headers = { ContentType = new("application/grpc") } };

        Assert.That((await http.SendAsync(request)).StatusCode, Is.EqualTo(System.Net.HttpStatusCode.NotFound));
    }

    protected override async Task PrepareAsync()
    {
        var cards = Enumerable.Range(0, 30).Select(n => TestLicences.IdentityCard(TestFederation.Beijing, n)).ToList();
        await Beijing.ImportAsync(cards);
        foreach (var card in cards)
        {
            _cards.Enqueue(await Beijing.FindAsync(TestLicences.IdOf(card)));
        }

        _business = await Beijing.TakeAsync(TestLicences.BusinessLicence(TestFederation.Beijing, 1));
        await Federation.LetStandAsync();
    }

    private static void Refuses(Verification answer, Verdict verdict) => Assert.That((answer.Verdict, answer.Disclosed.Count), Is.EqualTo((verdict, 0)));

    private async Task<string> ShowAsync(StoredLicence card) => (await Beijing.PresentAsync(card, "hotel-checkin")).Code;

    private Showing Showing(string code) =>
        new() { Code = code, Scenario = "hotel-checkin", OnBehalfOf = s_hotel, TerminalId = "desk-1", RequestId = $"request-{_requests++}" };

    private async Task<Verification> DiscloseAsync(string code, Action<Showing>? change = null)
    {
        var showing = Showing(code);
        change?.Invoke(showing);
        return (await NodeOfTianjin.DiscloseAsync(new DiscloseRequest { Showing = showing })).Verification;
    }

    private async Task RefusesAsync(Action<Showing> change, StatusCode status, string saying)
    {
        var code = await ShowAsync(_cards.Dequeue());
        IsRefused(() => DiscloseAsync(code, change), status, saying);
    }
}
