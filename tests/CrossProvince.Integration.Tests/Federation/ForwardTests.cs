using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Integration.Tests.Verifying;
using CrossProvince.Service.Federation.Following;
using CrossProvince.Service.Licences;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>Tianjin and Hebei have no copy of Beijing's index, and can reach Beijing.</summary>
public sealed class ForwardTests : FederationFixture
{
    private readonly Queue<StoredLicence> _cards = new();
    private StoredLicence _company = null!;

    internal override FederationPlan Plan { get; } = new()
    {
        Running = [TestFederation.Beijing],
        Services = services =>
        {
            Tampering.Install(services);
            services.Remove(services.Single(service => service.ImplementationType == typeof(IndexFollowing)));
        },
        Settings = new Dictionary<string, string> { ["Federation:ForwardsPerSecond"] = "50", ["Federation:ForwardDeadline"] = "00:00:02", ["Federation:Breaker:Calls"] = "1000" },
    };

    private TestNode Hebei => Federation[TestFederation.Hebei];

    private Tampering Issuer => Tampering.Of(Beijing);

    [SetUp]
    [TearDown]
    public void LeaveAllAsTheyAre()
    {
        foreach (var node in new[] { Beijing, Tianjin, Hebei })
        {
            Tampering.Of(node).Reset();
        }
    }

    [Test]
    public async Task Verify_NoCopyOfTheIndex_IsVerifiedByTheIssuer()
    {
        var answer = await (await ScanAsync("counter-check")).VerifyAsync();

        Assert.That((answer.Verdict, answer.Mode, answer.Stale, answer.IssuingRegion), Is.EqualTo((Verdict.Valid, VerificationMode.Issuer, false, "110000")));
        Assert.That(answer.StatusAsOf.ToDateTimeOffset().ToUnixTimeMilliseconds(), Is.EqualTo(Federation.Clock.Milliseconds).Within(5_000));
        Assert.That(Issuer.Asked.Single(), Is.TypeOf<VerifyRequest>());
    }

    [Test]
    public async Task Verify_Forwarded_SaysForWhom()
    {
        var answer = await (await ScanAsync("counter-check")).VerifyAsync();

        var asked = (VerifyRequest)Issuer.Asked.Single();
        Assert.That((asked.OnBehalfOf, asked.TerminalId, asked.RequestId), Is.EqualTo((SampleOrganisations.Code(TestFederation.Tianjin, IdentityRole.Verifier), "counter-1", answer.VerificationId)));
    }

    [Test]
    public async Task Verify_ForwardedAndRevoked_IsRevoked()
    {
        var card = _cards.Peek();
        var scan = await ScanAsync("counter-check");
        await Beijing.ChangeStatusAsync(card.Record.Id.ToString(), LicenceStatus.Revoked);

        var answer = await scan.VerifyAsync();

        Assert.That((answer.Verdict, answer.Mode), Is.EqualTo((Verdict.Revoked, VerificationMode.Issuer)));
    }

    [Test]
    public async Task Verify_ForwardedAndNeverIssued_IsRefused()
    {
        Federation.Logs.Declare("never issued");
        var card = _cards.Dequeue();
        var forged = TestCodes.Sign(TestCodes.Claims(Federation, TestFederation.Beijing, card, "counter-check"), card.Record.Display, Federation.CodeKey(TestFederation.Beijing));

        Assert.That((await Scan.Of(Tianjin.Verifications, forged).VerifyAsync()).Verdict, Is.EqualTo(Verdict.CodeNotIssued));
    }

    [Test]
    public async Task Verify_Forwarded_IsUsedOnceInItsRegion()
    {
        var scan = await ScanAsync("counter-check");
        await scan.VerifyAsync();
        scan.Request.TerminalId = "counter-2";

        Assert.That((await scan.VerifyAsync()).Verdict, Is.EqualTo(Verdict.Replayed));
    }

    [Test]
    public async Task Verify_OncePerRegion_IsUsedOnceInEachOfThem()
    {
        var scan = await ScanAsync("counter-check");

        var answers = new List<Verdict>();
        foreach (var node in new[] { Tianjin, Hebei, Beijing, Hebei })
        {
            scan.Request.TerminalId = $"counter-{answers.Count}";
            answers.Add((await (scan with { Client = node.Verifications }).VerifyAsync()).Verdict);
        }

        Assert.That(answers, Is.EqualTo(new[] { Verdict.Valid, Verdict.Valid, Verdict.Valid, Verdict.Replayed }));
    }

    [Test]
    public async Task Verify_ScenarioGrantsFields_OneQuestionGivesVerdictAndFields()
    {
        var answer = await (await ScanAsync("hotel-checkin")).VerifyAsync();

        Assert.That((answer.Verdict, answer.Mode, answer.Disclosed.Count), Is.EqualTo((Verdict.Valid, VerificationMode.Issuer, 2)));
        Assert.That(Issuer.Asked.Single(), Is.TypeOf<DiscloseRequest>());
    }

    [Test]
    public async Task Verify_UsableOnceEverywhere_IsConsumedWithTheVerdict()
    {
        var code = (await Beijing.PresentAsync(_company, "enterprise-registration", _company.Record.Agents[0].Code)).Code;
        var scan = Scan.Of(Tianjin.Verifications, code);
        scan.Request.MatterCode = "000-1";
        var answer = await scan.VerifyAsync();

        var elsewhere = await (scan with { Client = Hebei.Verifications }).VerifyAsync();

        Assert.That((answer.Verdict, elsewhere.Verdict), Is.EqualTo((Verdict.Valid, Verdict.Replayed)));
    }

    [Test]
    public async Task Verify_ByAPerson_IsForwardedWithoutSayingWho()
    {
        var person = Tianjin.Connect("verifier").VerificationsAs(TestTokens.Holder(TestLicences.Person(TestFederation.Tianjin, 1), Tianjin.Clock));
        var scan = await ScanAsync("peer-check") with { Client = person };
        scan.Request.TerminalId = "phone of somebody";

        var answer = await scan.VerifyAsync();

        var asked = (VerifyRequest)Issuer.Asked.Single();
        Assert.That((answer.Verdict, answer.Mode, asked.OnBehalfOf), Is.EqualTo((Verdict.Valid, VerificationMode.Issuer, "")));
        Assert.That(asked.TerminalId, Does.Match("^[0-9a-f]{32}$"));
    }

    /// <summary>What a node asks goes no further, whoever it says it is and whatever it sends: its certificate is the mark of the one hop.</summary>
    [Test]
    public async Task Verify_AskedByANode_IsNeverForwarded()
    {
        var scan = await ScanAsync("counter-check") with { Client = Tianjin.Connect("../130000/node").Verifications };
        scan.Request.OnBehalfOf = SampleOrganisations.Code(TestFederation.Hebei, IdentityRole.Verifier);

        var answer = await scan.VerifyAsync();

        Assert.That((answer.Verdict, answer.Reason, Issuer.Asked.Count), Is.EqualTo((Verdict.Undetermined, UndeterminedReason.NoStatus, 0)));
    }

    /// <summary>Nodes that have no copies and know of one another: a code of Hebei's, in Tianjin, at Tianjin's node and at Hebei's.</summary>
    [Test]
    public async Task Verify_IssuerCannotTellItself_IsUndeterminedAfterOneHop()
    {
        Federation.Logs.Declare("does not agree with its licence index");
        var card = _cards.Dequeue();
        var code = TestCodes.Sign(TestCodes.Claims(Federation, TestFederation.Hebei, card, "counter-check"), card.Record.Display, Federation.CodeKey(TestFederation.Hebei));
        Tampering.Of(Hebei).Edit = answer => (answer.Verdict, answer.Reason, answer.Mode) = (Verdict.Undetermined, UndeterminedReason.NoStatus, VerificationMode.Issuer);

        var answer = await Scan.Of(Tianjin.Verifications, code).VerifyAsync();

        Assert.That((answer.Verdict, answer.Reason), Is.EqualTo((Verdict.Undetermined, UndeterminedReason.NoStatus)));
        Assert.That((Tampering.Of(Hebei).Asked.Count, Issuer.Asked.Count), Is.EqualTo((1, 0)));
    }

    /// <summary>Whoever holds a region's address without its certificate learns of no code.</summary>
    [Test]
    public async Task Verify_ServerIsAnotherRegionsNode_IsToldNothing()
    {
        await using var federation = await TestFederation.StartAsync(new() { Running = [TestFederation.Tianjin] });
        await using var impostor = await FakePartner.StartAsync(federation, TestFederation.Beijing, identity: TestFederation.Hebei);
        var claims = TestCodes.Claims(federation, TestFederation.Beijing, _cards.Peek(), "hotel-checkin");
        var code = TestCodes.Sign(claims, _cards.Peek().Record.Display, federation.CodeKey(TestFederation.Beijing));

        var answer = await Scan.Of(federation[TestFederation.Tianjin].Verifications, code).VerifyAsync();

        Assert.That((answer.Verdict, answer.Reason, impostor.Requests.Count), Is.EqualTo((Verdict.Undetermined, UndeterminedReason.NoStatus, 0)));
    }

    [Test]
    public async Task Verify_IssuerHangs_IsUndeterminedWithinTheDeadline()
    {
        Issuer.Before = context => Task.Delay(TimeSpan.FromMinutes(1), context.CancellationToken);
        var scan = await ScanAsync("counter-check");
        var start = TimeProvider.System.GetTimestamp();

        var answer = await scan.VerifyAsync();

        Assert.That((answer.Verdict, answer.Reason, answer.Mode), Is.EqualTo((Verdict.Undetermined, UndeterminedReason.NoStatus, VerificationMode.Local)));
        Assert.That(TimeProvider.System.GetElapsedTime(start), Is.InRange(TimeSpan.FromMilliseconds(1_950), TimeSpan.FromSeconds(20)));
    }

    [Test]
    public async Task VerifyBatch_MoreThanMayBeForwarded_RestIsUndetermined()
    {
        var code = (await ScanAsync("peer-check")).Request.Code;
        var requests = Enumerable.Range(0, 300).Select(_ => new VerifyRequest { Code = code, TerminalId = "counter-1" });

        var answers = (await Tianjin.Verifications.VerifyBatchAsync(new VerifyBatchRequest { Requests = { requests } })).Results.Select(r => r.Verification.Verdict).ToList();

        Assert.That(answers.Count(v => v == Verdict.Valid), Is.InRange(1, 200));
        Assert.That(answers.Count(v => v is Verdict.Valid or Verdict.Undetermined), Is.EqualTo(300));
        Assert.That(Issuer.Asked, Has.Count.AtLeast(answers.Count(v => v == Verdict.Valid)).And.Count.LessThan(300));
        await Task.Delay(TimeSpan.FromSeconds(1));
    }

    protected override async Task PrepareAsync()
    {
        var cards = Enumerable.Range(0, 30).Select(n => TestLicences.IdentityCard(TestFederation.Beijing, n)).ToList();
        await Beijing.ImportAsync(cards);
        foreach (var card in cards)
        {
            _cards.Enqueue(await Beijing.FindAsync(TestLicences.IdOf(card)));
        }

        _company = await Beijing.TakeAsync(TestLicences.BusinessLicence(TestFederation.Beijing, 1));
        await Federation.LetStandAsync();
        await Tianjin.StartAsync();
        await Hebei.StartAsync();

        // The first question makes the connection.
        foreach (var node in new[] { Tianjin, Hebei })
        {
            var scan = await ScanAsync("peer-check") with { Client = node.Verifications };
            await Eventually.HoldsAsync(async () => (await scan.VerifyAsync()).Verdict == Verdict.Valid, "Beijing is asked");
        }
    }

    private async Task<Scan> ScanAsync(string scenario) => Scan.Of(Tianjin.Verifications, (await Beijing.PresentAsync(_cards.Dequeue(), scenario)).Code);
}
