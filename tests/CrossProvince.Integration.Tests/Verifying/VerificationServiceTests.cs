using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Status;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using Grpc.Core;
using static CrossProvince.Integration.Tests.Nodes.Refusal;

namespace CrossProvince.Integration.Tests.Verifying;

/// <summary>What the verify API promises besides its verdicts. Beijing issues; Beijing and Tianjin verify.</summary>
public sealed class VerificationServiceTests : FederationFixture
{
    private readonly Queue<StoredLicence> _cards = new();
    private StoredLicence _household = null!;
    private StoredLicence _business = null!;

    [Test]
    public async Task Verify_SameTerminalAgain_IsValidAndRepeated()
    {
        var scan = await ScanAsync();
        await scan.VerifyAsync();

        var again = await scan.VerifyAsync();

        Assert.That((again.Verdict, again.Repeated), Is.EqualTo((Verdict.Valid, true)));
    }

    [Test]
    public async Task Verify_FirstScan_IsNotRepeated() => Assert.That((await (await ScanAsync()).VerifyAsync()).Repeated, Is.False);

    [Test]
    public async Task Verify_ManyUseScenarioAtTwoTerminals_IsValidAtBoth()
    {
        var scan = await ScanAsync("peer-check");
        await scan.VerifyAsync();
        scan.Request.TerminalId = "counter-2";

        Assert.That((await scan.VerifyAsync()).Verdict, Is.EqualTo(Verdict.Valid));
    }

    [Test]
    public async Task Verify_UsedInOneRegion_IsValidInAnotherForOncePerRegion()
    {
        var scan = await ScanAsync();
        await scan.VerifyAsync();

        Assert.That((await (scan with { Client = Beijing.Verifications }).VerifyAsync()).Verdict, Is.EqualTo(Verdict.Valid));
    }

    [Test]
    public async Task Verify_TwoTerminalsAtOnce_OneIsValidAndOneReplayed()
    {
        var scan = await ScanAsync();
        var other = scan with { Request = new VerifyRequest(scan.Request) { TerminalId = "counter-2" } };

        var answers = await Task.WhenAll(scan.VerifyAsync(), other.VerifyAsync());

        Assert.That(answers.Select(a => a.Verdict), Is.EquivalentTo([Verdict.Valid, Verdict.Replayed]));
    }

    [Test]
    public async Task Verify_GoodCode_TellsWhatItSays()
    {
        var answer = await (await ScanAsync()).VerifyAsync();

        Assert.That(
            (answer.IssuingRegion, answer.LicenceType, answer.Scenario, answer.Display.Name, answer.Mode, answer.TrustListVersion),
            Is.EqualTo(("110000", "identity-card", "counter-check", "王*明", VerificationMode.Local, 1)));
    }

    [Test]
    public async Task Verify_BadSignature_TellsNothingOfTheCode()
    {
        var scan = await ScanAsync();
        var code = scan.Request.Code;
        scan.Request.Code = string.Concat(code[..^6], code[^6] == 'A' ? "B" : "A", code[^5..]);

        var answer = await scan.VerifyAsync();

        Assert.That((answer.Verdict, answer.Display, answer.IssuingRegion, answer.LicenceType), Is.EqualTo((Verdict.BadSignature, (object?)null, "", "")));
    }

    [Test]
    public async Task VerifyBatch_OneRequestWrong_ErrsForThatOneOnly()
    {
        var good = await ScanAsync();
        var wrong = new VerifyRequest(good.Request) { TerminalId = "" };

        var results = (await Tianjin.Verifications.VerifyBatchAsync(new VerifyBatchRequest { Requests = { good.Request, wrong, good.Request } })).Results;

        Assert.That(
            results.Select(r => (r.ResultCase, r.Error?.Code, r.Error?.Field)),
            Is.EqualTo(new[]
            {
                (VerifyResult.ResultOneofCase.Verification, (int?)null, (string?)null),
                (VerifyResult.ResultOneofCase.Error, (int)StatusCode.InvalidArgument, "terminal_id"),
                (VerifyResult.ResultOneofCase.Verification, null, null),
            }));
    }

    [TestCase(0)]
    [TestCase(1001)]
    public void VerifyBatch_SizeOutOfBounds_IsInvalid(int size)
    {
        var batch = new VerifyBatchRequest();
        batch.Requests.AddRange(Enumerable.Repeat(new VerifyRequest { Code = "x", TerminalId = "t" }, size));

        Tianjin.Verifications.VerifyBatchAsync(batch).IsRefused(StatusCode.InvalidArgument, "requests");
    }

    [Test]
    public async Task VerifyStream_SeveralRequests_AnswersEachByItsPosition()
    {
        var codes = new[] { (await ScanAsync()).Request.Code, "nothing", (await ScanAsync()).Request.Code };
        using var call = Tianjin.Verifications.VerifyStream();
        foreach (var code in codes)
        {
            await call.RequestStream.WriteAsync(new VerifyStreamRequest { Request = new VerifyRequest { Code = code, TerminalId = "t", RequestId = $"stream-{Guid.NewGuid()}" } });
        }

        await call.RequestStream.CompleteAsync();
        var answers = await call.ResponseStream.ReadAllAsync().ToListAsync();

        Assert.That(
            answers.OrderBy(a => a.Position).Select(a => (a.Position, a.Result.Verification.Verdict)),
            Is.EqualTo(new[] { (0L, Verdict.Valid), (1L, Verdict.Malformed), (2L, Verdict.Valid) }));
    }

    [Test]
    public async Task VerifyStream_RequestWrong_ErrsForThatOneOnly()
    {
        using var call = Tianjin.Verifications.VerifyStream();
        await call.RequestStream.WriteAsync(new VerifyStreamRequest());
        await call.RequestStream.WriteAsync(new VerifyStreamRequest { Request = new VerifyRequest { Code = "x", TerminalId = "t" } });
        await call.RequestStream.CompleteAsync();

        var answers = await call.ResponseStream.ReadAllAsync().ToListAsync();

        Assert.That(answers.OrderBy(a => a.Position).Select(a => a.Result.Error?.Field), Is.EqualTo(new[] { "code", null }));
    }

    [Test]
    public async Task Verify_RequestIdAgain_GivesTheRecordedAnswer()
    {
        var scan = await ScanAsync();
        scan.Request.RequestId = "again";
        var first = await scan.VerifyAsync();

        var second = await scan.VerifyAsync();

        Assert.That((second.VerificationId, second.Verdict, second.Repeated), Is.EqualTo((first.VerificationId, Verdict.Valid, false)));
    }

    [Test]
    public async Task Verify_RequestIdAgain_ReadsTheDisplayAgain()
    {
        var scan = await ScanAsync();
        scan.Request.RequestId = "display";
        await scan.VerifyAsync();

        Assert.That((await scan.VerifyAsync()).Display.Name, Is.EqualTo("王*明"));
    }

    [Test]
    public async Task Verify_RequestIdOfAnotherRequest_IsInvalid()
    {
        var scan = await ScanAsync();
        scan.Request.RequestId = "other";
        await scan.VerifyAsync();
        scan.Request.Code = (await ScanAsync()).Request.Code;

        Tianjin.Verifications.VerifyAsync(scan.Request).IsRefused(StatusCode.InvalidArgument, "request_id");
    }

    [Test]
    public async Task Verify_RequestIdTwiceInOneBatch_GivesOneVerification()
    {
        var scan = await ScanAsync();
        scan.Request.RequestId = "twice";

        var results = (await Tianjin.Verifications.VerifyBatchAsync(new VerifyBatchRequest { Requests = { scan.Request, scan.Request } })).Results;

        Assert.That(results.Select(r => r.Verification.VerificationId).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task Verify_RequestIdOfAnotherCaller_IsANewRequest()
    {
        var scan = await ScanAsync();
        scan.Request.RequestId = "caller";
        var first = await scan.VerifyAsync();

        var second = await (scan with { Client = Tianjin.Connect("../110000/node").Verifications }).VerifyAsync();

        Assert.That(second.VerificationId, Is.Not.EqualTo(first.VerificationId));
    }

    [Test]
    public async Task Verify_WantReceipt_GivesOneThatOpensAndAgrees()
    {
        var scan = await ScanAsync();
        (scan.Request.WantReceipt, scan.Request.MatterCode) = (true, "000-7");

        var answer = await scan.VerifyAsync();

        var receipt = VerificationReceiptDocument.Open(answer.Receipt.Memory, Federation.OpenTrust(), TestFederation.Tianjin, Federation.Clock.Seconds);
        Assert.That(
            (receipt.VerificationId, receipt.Verdict, receipt.Issuer, receipt.Terminal, receipt.Matter),
            Is.EqualTo((answer.VerificationId, Core.Verification.Verdict.Valid, TestFederation.Beijing, "counter-1", "000-7")));
    }

    [Test]
    public async Task Verify_ReceiptOfAnotherRegion_DoesNotOpen()
    {
        var scan = await ScanAsync();
        scan.Request.WantReceipt = true;
        var answer = await scan.VerifyAsync();

        Assert.That(
            () => VerificationReceiptDocument.Open(answer.Receipt.Memory, Federation.OpenTrust(), TestFederation.Beijing, Federation.Clock.Seconds),
            Throws.TypeOf<StatusDocumentException>());
    }

    [Test]
    public async Task Verify_ReceiptNotWanted_GivesNone() => Assert.That((await (await ScanAsync()).VerifyAsync()).Receipt.IsEmpty);

    [Test]
    public async Task Verify_HotelCheckinInOwnRegion_DisclosesNameAndNumber()
    {
        var card = _cards.Dequeue();
        var made = await Beijing.PresentAsync(card, "hotel-checkin");

        var answer = await Scan.Of(Beijing.Verifications, made.Code).VerifyAsync();

        Assert.That(answer.Disclosed, Is.EquivalentTo(new Dictionary<string, string> { ["holder.name"] = "王小明", ["number"] = card.Record.Number }));
    }

    [Test]
    public async Task Verify_HotelCheckinByAnotherRegionsNode_DisclosesNothingAndSaysWhy()
    {
        var scan = await ScanAsync("hotel-checkin");
        var answer = await (scan with { Client = Tianjin.Connect("../130000/node").Verifications }).VerifyAsync();

        Assert.That((answer.Verdict, answer.Disclosed.Count), Is.EqualTo((Verdict.Valid, 0)));
        Assert.That(answer.DisclosureNote.En, Does.Contain("issuing region"));
    }

    [Test]
    public async Task Verify_DisclosingRequestRepeated_DisclosesNothing()
    {
        var made = await Beijing.PresentAsync(_cards.Dequeue(), "hotel-checkin");
        var scan = Scan.Of(Beijing.Verifications, made.Code);
        scan.Request.RequestId = "disclosed";
        await scan.VerifyAsync();

        Assert.That((await scan.VerifyAsync()).Disclosed, Is.Empty);
    }

    [TestCase("peer-check", Verdict.Valid)]
    [TestCase("counter-check", Verdict.VerifierNotAllowed)]
    [TestCase("hotel-checkin", Verdict.VerifierNotAllowed)]
    public async Task Verify_HolderToken_IsForPeerCheckOnly(string scenario, Verdict expected)
    {
        var person = Tianjin.Connect("verifier").VerificationsAs(TestTokens.Holder(TestLicences.Person(TestFederation.Tianjin, 1), Tianjin.Clock));

        Assert.That((await (await ScanAsync(scenario) with { Client = person }).VerifyAsync()).Verdict, Is.EqualTo(expected));
    }

    [Test]
    public async Task Verify_HolderTokenTooOften_IsExhaustedAndSaysWhenToRetry()
    {
        var person = Tianjin.Connect("verifier").VerificationsAs(TestTokens.Holder(TestLicences.Person(TestFederation.Tianjin, 2), Tianjin.Clock));
        await person.VerifyBatchAsync(new VerifyBatchRequest { Requests = { Enumerable.Repeat(new VerifyRequest { Code = "x", TerminalId = "t" }, 30) } });

        var error = Of(person.VerifyAsync(new VerifyRequest { Code = "x", TerminalId = "t" }));

        Assert.That((error.StatusCode, error.RetryAfter > TimeSpan.Zero), Is.EqualTo((StatusCode.ResourceExhausted, true)));
    }

    [Test]
    public async Task Verify_OperatorTokenAtItsTerminal_IsValid() =>
        Assert.That((await (await ScanAsync() with { Client = Operator("120000", "counter-1") }).VerifyAsync()).Verdict, Is.EqualTo(Verdict.Valid));

    [Test]
    public void Verify_OperatorTokenAtAnotherTerminal_IsDenied() =>
        Operator("120000", "counter-9").VerifyAsync(new VerifyRequest { Code = "x", TerminalId = "counter-1" }).IsRefused(StatusCode.PermissionDenied, "terminal_id");

    [Test]
    public void Verify_OperatorTokenOfAnotherRegion_IsUnauthenticated() =>
        Operator("110000", "counter-1").VerifyAsync(new VerifyRequest { Code = "x", TerminalId = "counter-1" }).IsRefused(StatusCode.Unauthenticated, "of region 110000");

    [Test]
    public void Verify_OnBehalfOfByVerifier_IsDenied() =>
        Tianjin.Verifications.VerifyAsync(OnBehalfOf(SampleOrganisations.Code(TestFederation.Tianjin, IdentityRole.Verifier)))
            .IsRefused(StatusCode.PermissionDenied, "on_behalf_of is for a region's node only");

    [Test]
    public void Verify_OnBehalfOfOrganisationOfAnotherRegion_IsDenied() =>
        NodeOfTianjin.VerifyAsync(OnBehalfOf(SampleOrganisations.Code(TestFederation.Beijing, IdentityRole.Verifier)))
            .IsRefused(StatusCode.PermissionDenied, "another region");

    [Test]
    public void Verify_OnBehalfOfWrongCheckCharacter_IsInvalid() =>
        NodeOfTianjin.VerifyAsync(OnBehalfOf(SampleOrganisations.Code(TestFederation.Tianjin, IdentityRole.Verifier)[..^1] + "0"))
            .IsRefused(StatusCode.InvalidArgument, "on_behalf_of");

    [Test]
    public async Task Verify_OnBehalfOfOwnOrganisation_IsValid()
    {
        var made = await Beijing.PresentAsync(_cards.Dequeue(), "counter-check");
        var request = OnBehalfOf(SampleOrganisations.Code(TestFederation.Tianjin, IdentityRole.Verifier));
        request.Code = made.Code;

        Assert.That((await NodeOfTianjin.VerifyAsync(request)).Verification.Verdict, Is.EqualTo(Verdict.Valid));
    }

    [Test]
    public async Task Verify_ByAnotherRegionsNode_JudgesRecognitionForThatRegion()
    {
        var made = await Beijing.PresentAsync(_household, "counter-check");

        Assert.That((await Scan.Of(NodeOfTianjin, made.Code).VerifyAsync()).Verdict, Is.EqualTo(Verdict.NotRecognised));
    }

    [Test]
    public async Task Verify_ByOwnVerifier_NeedsNoRecognition()
    {
        var made = await Beijing.PresentAsync(_household, "counter-check");

        Assert.That((await Scan.Of(Beijing.Verifications, made.Code).VerifyAsync()).Verdict, Is.EqualTo(Verdict.Valid));
    }

    [Test]
    public async Task Verify_MatterCodeRequiredAndMissing_IsInvalid()
    {
        var made = await Beijing.PresentAsync(_business, "enterprise-registration", AgentOf(_business));

        Beijing.Verifications.VerifyAsync(new VerifyRequest { Code = made.Code, TerminalId = "t" }).IsRefused(StatusCode.InvalidArgument, "matter_code");
    }

    [Test]
    public async Task Verify_MatterCodeRequiredAndGiven_DisclosesTheCompany()
    {
        var made = await Beijing.PresentAsync(_business, "enterprise-registration", AgentOf(_business));

        var answer = (await Beijing.Verifications.VerifyAsync(new VerifyRequest { Code = made.Code, TerminalId = "t", MatterCode = "000-1" })).Verification;

        Assert.That((answer.Verdict, answer.Disclosed["holder.name"], answer.Disclosed["fields.company_type"]), Is.EqualTo((Verdict.Valid, "样本贸易有限公司", "有限责任公司")));
    }

    private static IEnumerable<TestCaseData> WrongFields()
    {
        var long65 = new string('x', 65);
        yield return new TestCaseData(new VerifyRequest { TerminalId = "t" }, "code").SetArgDisplayNames("no code");
        yield return new TestCaseData(new VerifyRequest { Code = "x" }, "terminal_id").SetArgDisplayNames("no terminal");
        yield return new TestCaseData(new VerifyRequest { Code = "x", TerminalId = long65 }, "terminal_id").SetArgDisplayNames("long terminal");
        yield return new TestCaseData(new VerifyRequest { Code = "x", TerminalId = "a\tb" }, "terminal_id").SetArgDisplayNames("control in terminal");
        yield return new TestCaseData(new VerifyRequest { Code = "x", TerminalId = "t", Scenario = "no-such" }, "scenario").SetArgDisplayNames("unknown scenario");
        yield return new TestCaseData(new VerifyRequest { Code = "x", TerminalId = "t", MatterCode = long65 }, "matter_code").SetArgDisplayNames("long matter");
        yield return new TestCaseData(new VerifyRequest { Code = "x", TerminalId = "t", MatterCode = "\u0001" }, "matter_code").SetArgDisplayNames("control in matter");
        yield return new TestCaseData(new VerifyRequest { Code = "x", TerminalId = "t", CaseNumber = long65 }, "case_number").SetArgDisplayNames("long case");
        yield return new TestCaseData(new VerifyRequest { Code = "x", TerminalId = "t", CaseNumber = "\n" }, "case_number").SetArgDisplayNames("control in case");
        yield return new TestCaseData(new VerifyRequest { Code = "x", TerminalId = "t", RequestId = long65 }, "request_id").SetArgDisplayNames("long request id");
        yield return new TestCaseData(new VerifyRequest { Code = "x", TerminalId = "t", RequestId = "\0" }, "request_id").SetArgDisplayNames("control in request id");
    }

    [TestCaseSource(nameof(WrongFields))]
    public void Verify_FieldWrong_IsInvalidAndNamesIt(VerifyRequest request, string field)
    {
        var error = Of(Tianjin.Verifications.VerifyAsync(request));

        Assert.That((error.StatusCode, error.Field), Is.EqualTo((StatusCode.InvalidArgument, field)));
    }

    [Test]
    public async Task Verify_LongestScanAndMore_IsMalformed() =>
        Assert.That((await Scan.Of(Tianjin.Verifications, new string('x', 100_000)).VerifyAsync()).Verdict, Is.EqualTo(Verdict.Malformed));

    protected override async Task PrepareAsync()
    {
        var cards = Enumerable.Range(0, 60).Select(n => TestLicences.IdentityCard(TestFederation.Beijing, n)).ToList();
        await Beijing.ImportAsync(cards);
        foreach (var card in cards)
        {
            _cards.Enqueue(await Beijing.FindAsync(TestLicences.IdOf(card)));
        }

        _household = await Beijing.TakeAsync(TestLicences.HouseholdRegister(TestFederation.Beijing, 1));
        _business = await Beijing.TakeAsync(TestLicences.BusinessLicence(TestFederation.Beijing, 1));
        await Federation.LetStandAsync();
    }

    private VerificationService.VerificationServiceClient NodeOfTianjin => Beijing.Connect("../120000/node").Verifications;

    private static VerifyRequest OnBehalfOf(string organisation) => new() { Code = "x", TerminalId = "t", OnBehalfOf = organisation };

    private static string AgentOf(StoredLicence licence) => licence.Record.Agents[0].Code;

    private VerificationService.VerificationServiceClient Operator(string region, string terminal) => Tianjin.Connect("verifier").VerificationsAs(
        TestTokens.Operator(SampleOrganisations.Code(TestFederation.Tianjin, IdentityRole.Verifier), region, terminal, Tianjin.Clock));

    /// <summary>A code that Beijing really made, for Tianjin's counter.</summary>
    private async Task<Scan> ScanAsync(string scenario = "counter-check") =>
        Scan.Of(Tianjin.Verifications, (await Beijing.PresentAsync(_cards.Dequeue(), scenario)).Code);
}
