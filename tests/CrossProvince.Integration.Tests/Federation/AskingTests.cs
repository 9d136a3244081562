using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;
using Dapper;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Scan = CrossProvince.Integration.Tests.Verifying.Scan;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>Tianjin's counters scan Beijing's codes for a hotel, which may see name and number: Beijing gives them, or fails to in every way.</summary>
public sealed class AskingTests : FederationFixture
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(2);

    private readonly Queue<StoredLicence> _cards = new();

    internal override FederationPlan Plan { get; } = new()
    {
        Services = Tampering.Install,
        Settings = new Dictionary<string, string>
        {
            ["Federation:AskDeadline"] = s_deadline.ToString(),

            // One test's failure, and the answer after it, are not enough.
            ["Federation:Breaker:Failures"] = "0.7",
            ["Federation:Breaker:Calls"] = "4",
            ["Federation:Breaker:Window"] = "00:00:02",
            ["Federation:Breaker:Rest"] = "00:00:00.5",
        },
    };

    private Tampering Issuer => Tampering.Of(Beijing);

    [TearDown]
    public async Task MendIssuer()
    {
        Issuer.Reset();

        // A region that is left alone is asked again, and an answer forgets its failures.
        var scan = await ScanAsync();
        await Eventually.HoldsAsync(async () => (await scan.VerifyAsync()).Mode == VerificationMode.Issuer, "Beijing is asked again");
        Issuer.Reset();
    }

    [Test]
    public async Task Verify_ScenarioGrantsFields_TheIssuerGivesThem()
    {
        var card = _cards.Peek();
        var scan = await ScanAsync();

        var answer = await scan.VerifyAsync();

        Assert.That((answer.Verdict, answer.Mode, answer.DisclosureNote), Is.EqualTo((Verdict.Valid, VerificationMode.Issuer, (Message?)null)));
        Assert.That(answer.Disclosed, Is.EquivalentTo(new Dictionary<string, string> { ["holder.name"] = card.Record.Holder.Name, ["number"] = card.Record.Number }));
        Assert.That(answer.StatusAsOf.ToDateTimeOffset().ToUnixTimeMilliseconds(), Is.EqualTo(Federation.Clock.Milliseconds).Within(5_000));
    }

    [Test]
    public async Task Verify_ScenarioGrantsFields_AsksForTheOrganisationItsTerminalAndTheCodeAsItWasIssued()
    {
        var scan = await ScanAsync();
        var code = scan.Request.Code;
        scan.Request.Code = $"  {code.ToLowerInvariant()}\r";

        var answer = await scan.VerifyAsync();

        var asked = ((DiscloseRequest)Issuer.Asked.Single()).Showing;
        Assert.That(
            (asked.Code, asked.Scenario, asked.OnBehalfOf, asked.TerminalId, asked.RequestId),
            Is.EqualTo((code, "hotel-checkin", SampleOrganisations.Code(TestFederation.Tianjin, IdentityRole.Verifier), "counter-1", answer.VerificationId)));
    }

    [Test]
    public async Task Verify_FieldsGiven_BothRegionsRecordTheirNamesAndNoValue()
    {
        var answer = await (await ScanAsync()).VerifyAsync();

        var here = await RecordedAsync(Tianjin, "verification_id", answer.VerificationId);
        var there = await RecordedAsync(Beijing, "request_id", answer.VerificationId);

        Assert.That((here.Disclosed, here.Mode), Is.EqualTo(("holder.name,number", (long)VerificationMode.Issuer)));
        Assert.That((there.Disclosed, there.Mode), Is.EqualTo(("holder.name,number", (long)VerificationMode.Local)));
    }

    [Test]
    public async Task Verify_SameRequestIdAgain_IsAnsweredFromTheRecordAndAsksNobody()
    {
        var scan = await ScanAsync();
        scan.Request.RequestId = "again";
        var first = await scan.VerifyAsync();

        var again = await scan.VerifyAsync();

        Assert.That((again.VerificationId, again.Verdict, again.Mode, again.Disclosed.Count), Is.EqualTo((first.VerificationId, Verdict.Valid, VerificationMode.Issuer, 0)));
        Assert.That(Issuer.Asked, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Verify_ScenarioGrantsNothing_AsksNobody()
    {
        var answer = await Scan.Of(Tianjin.Verifications, (await Beijing.PresentAsync(_cards.Dequeue(), "counter-check")).Code).VerifyAsync();

        Assert.That((answer.Verdict, answer.Mode, Issuer.Asked.Count), Is.EqualTo((Verdict.Valid, VerificationMode.Local, 0)));
    }

    [Test]
    public async Task Take_ScansThatNeedNobody_AllocatesNothing()
    {
        var code = (await Beijing.PresentAsync(_cards.Dequeue(), "counter-check")).Code;
        var call = new ScanCall(new Service.Identity.Caller { Role = Service.Identity.CallerRole.Verifier, Region = TestFederation.Tianjin, Rights = new(true, null) }, 100);
        for (var i = 0; i < 100; i++)
        {
            call.Add(i, new VerifyRequest { Code = i % 2 == 0 ? code : "x", TerminalId = "t" });
        }

        var scans = Enumerable.Range(0, 100).Select(_ => call.Begin()).ToList();
        Tianjin.Services.GetRequiredService<ScanJudge>().Judge(scans);
        Assert.That(scans.Select(s => s.Verdict).Distinct(), Is.EqualTo(new[] { Core.Verification.Verdict.Valid, Core.Verification.Verdict.Malformed }));
        var settlement = Tianjin.Services.GetRequiredService<IssuerSettlement>();
        settlement.Take(scans);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
        {
            settlement.Take(scans);
        }

        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before, scans.Count), Is.EqualTo((0L, 100)));
    }

    [Test]
    public async Task VerifyBatch_ManyThatGrantFields_AreAllGivenThem()
    {
        var code = (await ScanAsync()).Request.Code;
        var requests = Enumerable.Range(0, 200).Select(n => new VerifyRequest { Code = code, TerminalId = $"desk-{n}" });

        var answers = (await Tianjin.Verifications.VerifyBatchAsync(new VerifyBatchRequest { Requests = { requests } })).Results;

        Assert.That(answers.Count(a => a.Verification.Disclosed.Count == 2), Is.GreaterThan(0));
        Assert.That(answers.Select(a => (a.Verification.Verdict, a.Verification.Disclosed.Count == 2 || a.Verification.DisclosureNote is not null)), Is.All.EqualTo((Verdict.Valid, true)));
    }

    [TestCase(Verdict.Revoked)]
    [TestCase(Verdict.Suspended)]
    [TestCase(Verdict.CodeWithdrawn)]
    public async Task Verify_IssuerKnowsBetter_ItsVerdictHolds(Verdict verdict)
    {
        Issuer.Edit = answer => Refuse(answer, verdict);

        var answer = await (await ScanAsync()).VerifyAsync();

        Assert.That((answer.Verdict, answer.Mode, answer.Disclosed.Count), Is.EqualTo((verdict, VerificationMode.Issuer, 0)));
    }

    [Test]
    public async Task Verify_IssuerSaysItNeverIssuedTheCode_IsRefusedWithAnAlarm()
    {
        Federation.Logs.Declare("was never issued here");
        Federation.Logs.Declare("region 110000 says that it never issued a code");
        var card = _cards.Dequeue();
        var forged = TestCodes.Sign(TestCodes.Claims(Federation, TestFederation.Beijing, card, "hotel-checkin"), card.Record.Display, Federation.CodeKey(TestFederation.Beijing));

        Assert.That((await Scan.Of(Tianjin.Verifications, forged).VerifyAsync()).Verdict, Is.EqualTo(Verdict.CodeNotIssued));
    }

    // What a region cannot truly say about this code, or has no say in: the verdict stands, and nothing of it is shown.
    private static IEnumerable<TestCaseData> OddAnswers()
    {
        yield return Case("no verdict", a => Refuse(a, Verdict.Unspecified));
        yield return Case("a verdict that there is not", a => Refuse(a, (Verdict)99));
        yield return Case("a field that the scenario does not grant", a => a.Disclosed.Add("holder.code", "1"));
        yield return Case("somebody else's name", a => a.Disclosed["holder.name"] = "赵无关");
        yield return Case("somebody else's number", a => a.Disclosed["number"] = "110101199001019999");
        yield return Case("control characters", a => a.Disclosed["holder.name"] = "王\u0007明");
        yield return Case("another licence", a => a.Display.Number = "2****************2");
        yield return Case("another region", a => a.IssuingRegion = "130000");
        yield return Case("another type", a => a.LicenceType = "driving-licence");
        yield return Case("another scenario", a => a.Scenario = "traffic-stop");
        yield return Case("it asked somebody itself", a => a.Mode = VerificationMode.Issuer);
        yield return Case("a status of the future", a => a.StatusAsOf = a.StatusAsOf.ToDateTimeOffset().AddMinutes(2).ToTimestamp());
        yield return Case("a status of long ago", a => a.StatusAsOf = a.StatusAsOf.ToDateTimeOffset().AddHours(-1).ToTimestamp());
        yield return Case("no time of the status", a => a.StatusAsOf = null);
        yield return Case("fields of what is refused", a => a.Verdict = Verdict.Revoked);
        yield return Case("that the signature is bad", a => Refuse(a, Verdict.BadSignature));
        yield return Case("that this region must not recognise it", a => Refuse(a, Verdict.NotRecognised));
        yield return Case("that it cannot tell", a => Refuse(a, Verdict.Undetermined));

        static TestCaseData Case(string name, Action<Verification> edit) => new TestCaseData(edit).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(OddAnswers))]
    public async Task Verify_IssuerAnswersOddly_VerdictStandsWithMaskedFields(Action<Verification> edit)
    {
        Issuer.Edit = edit;

        IsMasked(await (await ScanAsync()).VerifyAsync());
        Assert.That(Issuer.Asked, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Verify_IssuerIsSlow_DeadlineHoldsAndTheVerdictStands()
    {
        var scan = await ScanAsync();
        Issuer.Before = context => Task.Delay(TimeSpan.FromMinutes(1), context.CancellationToken);
        var start = TimeProvider.System.GetTimestamp();

        var answer = await scan.VerifyAsync();

        IsMasked(answer);
        Assert.That(TimeProvider.System.GetElapsedTime(start), Is.InRange(s_deadline - TimeSpan.FromMilliseconds(50), s_deadline + TimeSpan.FromSeconds(20)));
        Assert.That(answer.DisclosureNote.En, Does.Contain("could not be reached"));
    }

    [Test]
    public async Task Verify_IssuerBreaksOffHalfWay_VerdictStands()
    {
        Issuer.Before = context =>
        {
            context.GetHttpContext().Abort();
            return Task.CompletedTask;
        };

        IsMasked(await (await ScanAsync()).VerifyAsync());
    }

    [Test]
    public async Task Verify_IssuerIsSlow_NobodyElseWaits()
    {
        var slow = await ScanAsync();
        var other = await Beijing.PresentAsync(_cards.Dequeue(), "counter-check");
        var asked = new TaskCompletionSource();
        var released = new TaskCompletionSource();
        Issuer.Before = async context =>
        {
            asked.TrySetResult();
            await released.Task;
        };
        var waiting = slow.VerifyAsync();
        await asked.Task;

        var answer = await Scan.Of(Tianjin.Verifications, other.Code).VerifyAsync();

        Assert.That((answer.Verdict, waiting.IsCompleted), Is.EqualTo((Verdict.Valid, false)));
        released.SetResult();
        Assert.That((await waiting).Disclosed, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Verify_IssuerKeepsFailing_IsLeftAloneAndAskedAgainLater()
    {
        var scan = await ScanAsync();
        Issuer.Before = _ => throw new RpcException(new Status(StatusCode.Unavailable, "away"));
        await Eventually.HoldsAsync(
            async () =>
            {
                var asked = Issuer.Asked.Count;
                IsMasked(await scan.VerifyAsync());
                return Issuer.Asked.Count == asked;
            },
            "Beijing is left alone");
        Assert.That(Federation.Logs.Has("Region 110000 fails to answer about its codes"));

        Issuer.Before = null;
        await Eventually.HoldsAsync(async () => (await scan.VerifyAsync()).Disclosed.Count == 2, "Beijing is asked again");
    }

    [Test]
    public async Task Verify_OrganisationIsNotOfThisRegionByItsCode_IsNotAskedForAndSaysSo()
    {
        var stranger = SampleOrganisations.Code(TestFederation.Hebei, (IdentityRole)8);
        await Tianjin.ChangePartnersAsync(o => o.Add(new System.Text.Json.Nodes.JsonObject
        {
            ["organisation"] = stranger,
            ["role"] = "verifier",
            ["scenarios"] = new System.Text.Json.Nodes.JsonArray("hotel-checkin"),
        }));
        var scan = await ScanAsync() with { Client = Tianjin.Connect(Tianjin.MakeIdentity(IdentityRole.Verifier, stranger)).Verifications };

        IsMasked(await scan.VerifyAsync());
        Assert.That(Issuer.Asked, Is.Empty);
    }

    protected override async Task PrepareAsync()
    {
        var cards = Enumerable.Range(0, 120).Select(n => TestLicences.IdentityCard(TestFederation.Beijing, n)).ToList();
        await Beijing.ImportAsync(cards);
        foreach (var card in cards)
        {
            _cards.Enqueue(await Beijing.FindAsync(TestLicences.IdOf(card)));
        }

        await Federation.LetStandAsync();
        await MendIssuer();
    }

    private static void Refuse(Verification answer, Verdict verdict)
    {
        answer.Verdict = verdict;
        answer.Disclosed.Clear();
    }

    private static void IsMasked(Verification answer)
    {
        Assert.That((answer.Verdict, answer.Mode, answer.Disclosed.Count), Is.EqualTo((Verdict.Valid, VerificationMode.Local, 0)));
        Assert.That(answer.DisclosureNote?.En, Does.Contain("the verdict stands, with masked fields"));
    }

    private static async Task<(string Disclosed, long Mode)> RecordedAsync(TestNode node, string by, string id)
    {
        await node.Services.GetRequiredService<Service.Recording.VerificationSpool>().DrainedAsync(CancellationToken.None);
        await using var connection = await node.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return await connection.QuerySingleAsync<(string, long)>($"SELECT disclosed, mode FROM verifications WHERE {by} = @id", new { id });
    }

    /// <summary>A code for a hotel that Beijing made just now, before Tianjin's verifier.</summary>
    private async Task<Scan> ScanAsync() => Scan.Of(Tianjin.Verifications, (await Beijing.PresentAsync(_cards.Dequeue(), "hotel-checkin")).Code);
}
