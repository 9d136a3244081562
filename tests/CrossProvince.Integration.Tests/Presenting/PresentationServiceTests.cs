using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Presentation;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using Grpc.Core;
using static CrossProvince.Integration.Tests.Nodes.Refusal;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;
using Presenter = CrossProvince.Contracts.Presentation.V1.Presenter;
using Verdict = CrossProvince.Contracts.Verification.V1.Verdict;

namespace CrossProvince.Integration.Tests.Presenting;

/// <summary>Showings: what their codes share, when they end, and who may show what.</summary>
public sealed class PresentationServiceTests : FederationFixture
{
    private readonly Queue<StoredLicence> _cards = new();
    private StoredLicence _birth = null!;
    private StoredLicence _business = null!;
    private int _next = 1;

    internal override FederationPlan Plan { get; } = new() { Running = [TestFederation.Beijing] };

    [Test]
    public async Task Create_ShowingContinued_KeepsItsId()
    {
        var (card, first) = await ShowAsync();

        var second = await Beijing.PresentAsync(card, "counter-check", showing: first.ShowingId);

        Assert.That(second.ShowingId, Is.EqualTo(first.ShowingId));
    }

    [Test]
    public async Task Create_ShowingContinued_NumbersItsCodes()
    {
        var (card, first) = await ShowAsync();

        var second = await Beijing.PresentAsync(card, "counter-check", showing: first.ShowingId);

        Assert.That((Claims(first).CodeNumber, Claims(second).CodeNumber), Is.EqualTo((0, 1)));
    }

    [Test]
    public async Task Create_ShowingContinued_LeavesTheOlderCodeValid()
    {
        var (card, first) = await ShowAsync();
        await Beijing.PresentAsync(card, "counter-check", showing: first.ShowingId);

        Assert.That((await VerifyAsync(first)).Verdict, Is.EqualTo(Verdict.Valid));
    }

    [Test]
    public async Task Create_NewerCodeUsed_SpendsTheOlderOne()
    {
        var (card, first) = await ShowAsync();
        await VerifyAsync(await Beijing.PresentAsync(card, "counter-check", showing: first.ShowingId));

        Assert.That((await VerifyAsync(first, "counter-2")).Verdict, Is.EqualTo(Verdict.Replayed));
    }

    [Test]
    public async Task Create_ShowingUsed_IsRefused()
    {
        var (card, first) = await ShowAsync();
        await VerifyAsync(first);

        Assert.That(ReasonOf(() => Beijing.PresentAsync(card, "counter-check", showing: first.ShowingId)), Is.EqualTo("SHOWING_USED"));
    }

    [Test]
    public async Task Create_ShowingForManyUsesUsed_GoesOn()
    {
        var card = _cards.Dequeue();
        var first = await Beijing.PresentAsync(card, "peer-check");
        await VerifyAsync(first);

        Assert.That((await Beijing.PresentAsync(card, "peer-check", showing: first.ShowingId)).ShowingId, Is.EqualTo(first.ShowingId));
    }

    [Test]
    public async Task Create_ShowingWithdrawn_IsRefused()
    {
        var (card, first) = await ShowAsync();
        await CancelAsync(card.Record.Holder.Code, first);

        Assert.That(ReasonOf(() => Beijing.PresentAsync(card, "counter-check", showing: first.ShowingId)), Is.EqualTo("SHOWING_WITHDRAWN"));
    }

    [Test]
    public async Task Create_ShowingOfAnotherScenario_IsRefused()
    {
        var (card, first) = await ShowAsync();

        Assert.That(ReasonOf(() => Beijing.PresentAsync(card, "peer-check", showing: first.ShowingId)), Is.EqualTo("SHOWING_UNKNOWN"));
    }

    [Test]
    public async Task Create_ShowingOfAnotherLicence_IsRefused()
    {
        var (_, first) = await ShowAsync();

        Assert.That(ReasonOf(() => Beijing.PresentAsync(_cards.Dequeue(), "counter-check", showing: first.ShowingId)), Is.EqualTo("SHOWING_UNKNOWN"));
    }

    [Test]
    public async Task Create_NearTheShowingsEnd_EndsWithIt()
    {
        var (card, first) = await ShowAsync();
        var begin = Claims(first).IssuedAt;
        await Federation.AdvanceAsync(TimeSpan.FromSeconds(550));

        var last = await Beijing.PresentAsync(card, "counter-check", showing: first.ShowingId);

        Assert.That(last.ExpiresAt.Seconds, Is.EqualTo(begin + 600));
    }

    [Test]
    public async Task Create_AfterTheShowingsEnd_IsRefused()
    {
        var (card, first) = await ShowAsync();
        await Federation.AdvanceAsync(TimeSpan.FromSeconds(600));

        Assert.That(ReasonOf(() => Beijing.PresentAsync(card, "counter-check", showing: first.ShowingId)), Is.EqualTo("SHOWING_OVER"));
    }

    [Test]
    public async Task Create_NewCode_LivesNinetySecondsAndIsRefreshedAfterThirty()
    {
        var (_, made) = await ShowAsync();
        var issued = Claims(made).IssuedAt;

        Assert.That((made.IssuedAt.Seconds - issued, made.ExpiresAt.Seconds - issued, made.RefreshAfter.Seconds - issued), Is.EqualTo((0, 90, 30)));
    }

    [Test]
    public async Task Create_ByHolder_SaysHolder() => Assert.That((await VerifyAsync((await ShowAsync()).Made)).Presenter, Is.EqualTo(Presenter.Holder));

    [Test]
    public async Task Create_ByGuardian_SaysGuardian()
    {
        var made = await Beijing.PresentAsync(_birth, "newborn-service", _birth.Record.Guardians[0].Code);

        Assert.That((await VerifyAsync(made)).Presenter, Is.EqualTo(Presenter.Guardian));
    }

    [Test]
    public async Task Create_ByAgent_SaysAgent()
    {
        var made = await Beijing.PresentAsync(_business, "counter-check", _business.Record.Agents[0].Code);

        Assert.That((await VerifyAsync(made)).Presenter, Is.EqualTo(Presenter.Agent));
    }

    [Test]
    public void Create_GuardianRequiredAndHolderShows_IsRefused() =>
        Assert.That(ReasonOf(() => Beijing.PresentAsync(_birth, "newborn-service")), Is.EqualTo("GUARDIAN_REQUIRED"));

    [Test]
    public void Create_ByStranger_IsNotFound() => IsRefused(
        () => Beijing.PresentAsync(_birth, "newborn-service", TestLicences.Person(TestFederation.Beijing, 998)), StatusCode.NotFound, "no such licence");

    [Test]
    public void Create_AsAgentByHolder_IsNotFound() => Create(r => r.Presenter = Presenter.Agent).IsRefused(StatusCode.NotFound, "no such licence");

    [Test]
    public void Create_AsOperator_IsInvalid() => Create(r => r.Presenter = Presenter.Operator).IsRefused(StatusCode.InvalidArgument, "presenter");

    [Test]
    public void Create_UnknownScenario_IsInvalid() => Create(r => r.Scenario = "dancing").IsRefused(StatusCode.InvalidArgument, "scenario");

    [Test]
    public void Create_LicenceIdOfAnotherShape_IsInvalid() => Create(r => r.LicenceId = "1.2.3").IsRefused(StatusCode.InvalidArgument, "licence_id");

    [Test]
    public void Create_ShowingIdOfAnotherShape_IsInvalid() => Create(r => r.ShowingId = "xyz").IsRefused(StatusCode.InvalidArgument, "showing_id");

    [Test]
    public void Create_ScenarioOfAnotherType_IsRefused() => Assert.That(Of(Create(r => r.Scenario = "traffic-stop")).Reason, Is.EqualTo("SCENARIO_DOES_NOT_FIT"));

    [Test]
    public async Task Create_EntryNotStoodYet_SaysWhenToRetry()
    {
        var card = await Beijing.TakeAsync(Line());

        var error = Of(() => Beijing.PresentAsync(card, "counter-check"));

        Assert.That((error.StatusCode, error.RetryAfter), Is.EqualTo((StatusCode.Unavailable, TimeSpan.FromSeconds(5))));
    }

    [Test]
    public async Task Create_EntryStood_Succeeds()
    {
        var card = await Beijing.TakeAsync(Line());
        await Federation.LetStandAsync();

        Assert.That((await Beijing.PresentAsync(card, "counter-check")).Code, Does.StartWith("CP1"));
    }

    [TestCase(LicenceStatus.Suspended)]
    [TestCase(LicenceStatus.Frozen)]
    [TestCase(LicenceStatus.Revoked)]
    [TestCase(LicenceStatus.NotActive)]
    [TestCase(LicenceStatus.Unknown)]
    public async Task Create_LicenceNotInForce_IsRefused(LicenceStatus status)
    {
        var card = _cards.Dequeue();
        await Beijing.ChangeStatusAsync(card.Record.Id.ToString(), status);

        Assert.That(ReasonOf(() => Beijing.PresentAsync(card, "counter-check")), Is.EqualTo("LICENCE_NOT_IN_FORCE"));
    }

    [Test]
    public async Task Create_PngWanted_GivesAPng()
    {
        var made = await Create(r => r.Formats.Add(PictureFormat.Png));

        Assert.That(made.Png.Take(4), Is.EqualTo(new byte[] { 0x89, 0x50, 0x4E, 0x47 }));
    }

    [Test]
    public async Task Create_SvgWanted_GivesAnSvg() => Assert.That((await Create(r => r.Formats.Add(PictureFormat.Svg))).Svg, Does.Contain("<svg"));

    [Test]
    public void Create_UnspecifiedFormat_IsInvalid() => Create(r => r.Formats.Add(PictureFormat.Unspecified)).IsRefused(StatusCode.InvalidArgument, "formats");

    [Test]
    public void Create_ThreeFormats_IsInvalid() =>
        Create(r => r.Formats.Add([PictureFormat.Png, PictureFormat.Svg, PictureFormat.Png])).IsRefused(StatusCode.InvalidArgument, "formats");

    [Test]
    public async Task Cancel_OfAnotherPerson_IsNotFound()
    {
        var (_, made) = await ShowAsync();

        IsRefused(() => CancelAsync(TestLicences.Person(TestFederation.Beijing, 998), made), StatusCode.NotFound, "no such showing");
    }

    [Test]
    public async Task Cancel_Again_SaysTheSameTime()
    {
        var (card, made) = await ShowAsync();
        var first = await CancelAsync(card.Record.Holder.Code, made);

        Assert.That((await CancelAsync(card.Record.Holder.Code, made)).WithdrawnAt, Is.EqualTo(first.WithdrawnAt));
    }

    [Test]
    public async Task Cancel_CodeAlive_IsNotEffectiveEverywhere()
    {
        var (card, made) = await ShowAsync();

        Assert.That((await CancelAsync(card.Record.Holder.Code, made)).EffectiveEverywhere, Is.False);
    }

    [Test]
    public async Task ListLicences_Guardian_SeesTheChildsLicence()
    {
        var listed = await Beijing.Presentations(_birth.Record.Guardians[0].Code).ListLicencesAsync(new ListLicencesRequest());

        Assert.That(listed.Licences.Select(l => (l.LicenceType, l.Presenter, l.CanBeShown)), Does.Contain(("birth-certificate", Presenter.Guardian, true)));
    }

    [Test]
    public async Task ListUses_AfterAVerification_TellsWhoVerified()
    {
        var (card, made) = await ShowAsync();
        var answer = await VerifyAsync(made);

        var use = (await Beijing.Presentations(card.Record.Holder.Code).ListUsesAsync(new ListUsesRequest())).Uses.Single();

        Assert.That((use.VerificationId, use.TerminalId, use.Scenario, use.Verdict), Is.EqualTo((answer.VerificationId, "counter-1", "counter-check", "VERDICT_VALID")));
        Assert.That((use.VerifierNameZh, use.VerifierNameEn), Is.EqualTo(("北京市样例政务服务大厅", "Beijing sample service hall")));
    }

    [Test]
    public async Task ListUses_PageToken_GoesOn()
    {
        var card = _cards.Dequeue();
        for (var i = 0; i < 3; i++)
        {
            await VerifyAsync(await Beijing.PresentAsync(card, "peer-check"));
        }

        var holder = Beijing.Presentations(card.Record.Holder.Code);
        var first = await holder.ListUsesAsync(new ListUsesRequest { PageSize = 2 });
        var second = await holder.ListUsesAsync(new ListUsesRequest { PageSize = 2, PageToken = first.NextPageToken });

        Assert.That((first.Uses.Count, second.Uses.Count, second.NextPageToken), Is.EqualTo((2, 1, "")));
    }

    protected override async Task PrepareAsync()
    {
        var lines = Enumerable.Range(0, 60).Select(_ => Line()).ToList();
        await Beijing.ImportAsync(lines);
        foreach (var line in lines)
        {
            _cards.Enqueue(await Beijing.FindAsync(TestLicences.IdOf(line)));
        }

        _birth = await Beijing.TakeAsync(TestLicences.BirthCertificate(TestFederation.Beijing, 900));
        _business = await Beijing.TakeAsync(TestLicences.BusinessLicence(TestFederation.Beijing, 901));
        await Federation.LetStandAsync();
    }

    private static string? ReasonOf(Func<Task> call) => Of(call).Reason;

    private static PresentationClaims Claims(CreatePresentationResponse made)
    {
        var bytes = new byte[PresentationMessage.MaxBytes];
        var read = PresentationText.Read(made.Code, bytes, out var length);
        Assert.That((read, PresentationMessage.TryDecode(bytes.AsMemory(0, length), out var message)), Is.EqualTo((Core.Verification.Verdict.Valid, true)));
        return message.Claims;
    }

    private System.Text.Json.Nodes.JsonObject Line() => TestLicences.IdentityCard(TestFederation.Beijing, _next++);

    private async Task<(StoredLicence Card, CreatePresentationResponse Made)> ShowAsync()
    {
        var card = _cards.Dequeue();
        return (card, await Beijing.PresentAsync(card, "counter-check"));
    }

    private AsyncUnaryCall<CreatePresentationResponse> Create(Action<CreatePresentationRequest> change)
    {
        var card = _cards.Dequeue();
        var request = new CreatePresentationRequest { LicenceId = card.Record.Id.ToString(), Scenario = "counter-check" };
        change(request);
        return Beijing.Presentations(card.Record.Holder.Code).CreatePresentationAsync(request);
    }

    private async Task<CancelPresentationResponse> CancelAsync(string person, CreatePresentationResponse made) =>
        await Beijing.Presentations(person).CancelPresentationAsync(new CancelPresentationRequest { ShowingId = made.ShowingId });

    private async Task<Verification> VerifyAsync(CreatePresentationResponse made, string terminal = "counter-1") =>
        (await Beijing.Verifications.VerifyAsync(new VerifyRequest { Code = made.Code, TerminalId = terminal })).Verification;
}
