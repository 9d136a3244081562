using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using Display = CrossProvince.Core.Presentation.Display;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;

namespace CrossProvince.Integration.Tests.Verifying;

/// <summary>
/// Every verdict and every reason of UNDETERMINED, each from signed artefacts through Kestrel with mutual TLS. Beijing issues;
/// Tianjin verifies, outside Development; Hebei is in the trust list and has never been reached.
/// </summary>
[TestFixture("Tables", "ConstantTime")]
[TestFixture("BouncyCastle", "BouncyCastle")]
public sealed class EveryVerdictTests : FederationFixture
{
    private static readonly string s_limitedVerifier = SampleOrganisations.Code(TestFederation.Tianjin, (IdentityRole)7);

    private readonly Dictionary<Verdict, Func<Task<Scan>>> _verdicts;
    private readonly Dictionary<UndeterminedReason, Func<Task<Scan>>> _reasons;
    private readonly Queue<StoredLicence> _cards = new();
    private readonly Dictionary<LicenceStatus, StoredLicence> _cardsByStatus = [];
    private StoredLicence _household = null!;
    private StoredLicence _expired = null!;
    private string _limitedVerifier = null!;

    public EveryVerdictTests(string signatureEngine, string signer)
    {
        Plan = new()
        {
            Production = [TestFederation.Tianjin],
            Trust = (federation, list) => list.AddKey(
                federation, TestFederation.Beijing, "code-compromised", KeyUse.Code, key => key with { CompromisedAt = TimeProvider.System.GetUtcNow().AddDays(-1) }),
            Settings = new Dictionary<string, string> { ["Signatures:Engine"] = signatureEngine, ["Signatures:Signer"] = signer },
        };
        _verdicts = new()
        {
            [Verdict.Valid] = () => FromBeijingAsync(),
            [Verdict.Malformed] = () => ReadAsync(_ => "not a code"),
            [Verdict.UnsupportedVersion] = () => ReadAsync(code => "CP2" + code[3..]),
            [Verdict.Truncated] = () => ReadAsync(code => code[..^20]),
            [Verdict.UnknownKey] = () => FromBeijingAsync(key: TestKey()),
            [Verdict.KeyNotValid] = () => FromBeijingAsync(key: Federation.CodeKey(TestFederation.Beijing, "code-compromised")),
            [Verdict.BadSignature] = () => FromBeijingAsync(key: new ForgingSigner(Federation.CodeKey(TestFederation.Beijing), TestKey())),
            [Verdict.KeyNotAllowed] = KeyNotAllowedAsync,
            [Verdict.NotYetValid] = () => FromBeijingAsync(change: c => c with { IssuedAt = c.IssuedAt + 60, ExpiresAt = c.ExpiresAt + 60 }),
            [Verdict.Expired] = () => FromBeijingAsync(change: c => c with { IssuedAt = c.IssuedAt - 200, ExpiresAt = c.ExpiresAt - 200 }),
            [Verdict.LifetimeNotAllowed] = () => FromBeijingAsync(change: c => c with { ExpiresAt = c.ExpiresAt + 1 }),
            [Verdict.NotRecognised] = () => FromBeijingAsync(_household),
            [Verdict.ScenarioMismatch] = async () => With(await FromBeijingAsync(), r => r.Scenario = "peer-check"),
            [Verdict.VerifierNotAllowed] = async () => await FromBeijingAsync(scenario: "hotel-checkin") with { Client = Tianjin.Connect(_limitedVerifier).Verifications },
            [Verdict.Specimen] = () => FromBeijingAsync(change: c => c with { Specimen = true }),
            [Verdict.Revoked] = () => FromBeijingAsync(_cardsByStatus[LicenceStatus.Revoked]),
            [Verdict.Suspended] = () => FromBeijingAsync(_cardsByStatus[LicenceStatus.Suspended]),
            [Verdict.NotActive] = () => FromBeijingAsync(_cardsByStatus[LicenceStatus.NotActive]),
            [Verdict.Replayed] = ReplayedAsync,
            [Verdict.LicenceExpired] = () => FromBeijingAsync(_expired),
            [Verdict.LicenceUnknown] = InventedAsync,
            [Verdict.CodeNotIssued] = CodeNotIssuedAsync,
            [Verdict.CodeWithdrawn] = CodeWithdrawnAsync,
            [Verdict.Withdrawn] = () => FromBeijingAsync(_cardsByStatus[LicenceStatus.Cancelled]),
            [Verdict.Undetermined] = () => FromBeijingAsync(_cardsByStatus[LicenceStatus.Unknown]),
        };
        _reasons = new()
        {
            [UndeterminedReason.NoStatus] = NoStatusAsync,
            [UndeterminedReason.Stale] = () => CutOffAsync(TimeSpan.FromSeconds(620), known: true),
            [UndeterminedReason.UseNotChecked] = UseNotCheckedAsync,
            [UndeterminedReason.TrustStale] = TrustStaleAsync,
            [UndeterminedReason.Clock] = ClockAsync,
            [UndeterminedReason.NotYetSeen] = () => CutOffAsync(TimeSpan.FromSeconds(30), known: false),
            [UndeterminedReason.SourceUnknown] = () => FromBeijingAsync(_cardsByStatus[LicenceStatus.Unknown]),
        };
    }

    internal override FederationPlan Plan { get; }

    private static IEnumerable<Verdict> Verdicts => Enum.GetValues<Verdict>().Where(v => v != Verdict.Unspecified);

    private static IEnumerable<UndeterminedReason> Reasons => Enum.GetValues<UndeterminedReason>().Where(r => r != UndeterminedReason.Unspecified);

    [TestCaseSource(nameof(Verdicts))]
    public async Task Verify_CaseOfVerdict_AnswersItSinglyInBatchAndInStream(Verdict verdict)
    {
        Assert.That(_verdicts, Contains.Key(verdict), "Every verdict on the wire needs a case here.");
        await using var scan = await _verdicts[verdict]();

        Verification[] answers = [await scan.VerifyAsync(), await scan.VerifyInBatchAsync(), await scan.VerifyInStreamAsync()];

        Assert.That(answers.Select(a => a.Verdict), Is.All.EqualTo(verdict));
    }

    [TestCaseSource(nameof(Reasons))]
    public async Task Verify_CaseOfReason_AnswersItSinglyInBatchAndInStream(UndeterminedReason reason)
    {
        Assert.That(_reasons, Contains.Key(reason), "Every reason on the wire needs a case here.");
        await using var scan = await _reasons[reason]();

        Verification[] answers = [await scan.VerifyAsync(), await scan.VerifyInBatchAsync(), await scan.VerifyInStreamAsync()];

        Assert.That(answers.Select(a => (a.Verdict, a.Reason)), Is.All.EqualTo((Verdict.Undetermined, reason)));
    }

    [Test]
    public async Task Verify_TrustListNotReadAgainAndKeyUnknown_IsUndeterminedForTrust()
    {
        var federation = await TestFederation.StartAsync(new() { Running = [TestFederation.Tianjin], Errors = ["the last good one stays in use"] });
        await using var owned = federation;
        File.Delete(federation.PathOf("trust-list.cose"));
        await federation.AdvanceAsync(TimeSpan.FromSeconds(60));
        var scan = Scan.Of(federation[TestFederation.Tianjin].Verifications, Invent(federation, TestFederation.Beijing, TestKey()));

        Assert.That((await scan.VerifyAsync()).Reason, Is.EqualTo(UndeterminedReason.TrustStale));
    }

    [Test]
    public async Task Verify_SingleUseWithYoungCache_IsUndeterminedForUse()
    {
        var federation = await TestFederation.StartAsync(new() { Settings = new Dictionary<string, string> { ["SingleUse:Store"] = "Cache" } });
        await using var owned = federation;
        var card = await ImportCardAsync(federation);
        await federation.CatchUpAsync();
        var scan = Scan.Of(federation[TestFederation.Tianjin].Verifications, Genuine(federation, card));

        Assert.That((await scan.VerifyAsync()).Reason, Is.EqualTo(UndeterminedReason.UseNotChecked));
    }

    [Test]
    public async Task Verify_SingleUseWithGrownCache_IsValid()
    {
        var federation = await TestFederation.StartAsync(new() { Settings = new Dictionary<string, string> { ["SingleUse:Store"] = "Cache" } });
        await using var owned = federation;
        var card = await ImportCardAsync(federation);
        await federation.AdvanceAsync(TimeSpan.FromSeconds(781));
        var scan = Scan.Of(federation[TestFederation.Tianjin].Verifications, Genuine(federation, card));

        Assert.That((await scan.VerifyAsync()).Verdict, Is.EqualTo(Verdict.Valid));
    }

    protected override async Task PrepareAsync()
    {
        var n = 0;
        var cards = Enumerable.Range(0, 40).Select(_ => TestLicences.IdentityCard(TestFederation.Beijing, n++)).ToList();
        var household = TestLicences.HouseholdRegister(TestFederation.Beijing, n++);
        var expired = TestLicences.IdentityCard(TestFederation.Beijing, n++);
        expired["valid_until"] = "2025-12-31";
        await Beijing.ImportAsync([.. cards, household, expired]);
        foreach (var card in cards)
        {
            _cards.Enqueue(await Beijing.FindAsync(TestLicences.IdOf(card)));
        }

        _household = await Beijing.FindAsync(TestLicences.IdOf(household));
        _expired = await Beijing.FindAsync(TestLicences.IdOf(expired));
        LicenceStatus[] statuses = [LicenceStatus.Revoked, LicenceStatus.Suspended, LicenceStatus.NotActive, LicenceStatus.Cancelled, LicenceStatus.Unknown];
        foreach (var status in statuses)
        {
            _cardsByStatus[status] = _cards.Dequeue();
            await Beijing.ChangeStatusAsync(_cardsByStatus[status].Record.Id.ToString(), status);
        }

        _limitedVerifier = Tianjin.MakeIdentity(IdentityRole.Verifier, s_limitedVerifier);
        await Tianjin.ChangePartnersAsync(organisations => organisations.Add(new System.Text.Json.Nodes.JsonObject
        {
            ["organisation"] = s_limitedVerifier,
            ["role"] = "verifier",
            ["scenarios"] = new System.Text.Json.Nodes.JsonArray("counter-check"),
        }));
        await Federation.LetStandAsync();
    }

    private static SoftwareSigner TestKey() => SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2));

    private static Scan With(Scan scan, Action<VerifyRequest> change)
    {
        change(scan.Request);
        return scan;
    }

    private static string Genuine(TestFederation federation, StoredLicence licence, string scenario = "counter-check") =>
        TestCodes.Sign(TestCodes.Claims(federation, TestFederation.Beijing, licence, scenario), licence.Record.Display, federation.CodeKey(TestFederation.Beijing));

    /// <summary>A code of a licence that nobody ever issued.</summary>
    private static string Invent(TestFederation federation, RegionCode region, ISigner key)
    {
        var now = federation.Clock.Seconds;
        var claims = new PresentationClaims
        {
            Region = region,
            IssuedAt = now,
            ExpiresAt = now + 90,
            Showing = ShowingId.Create(),
            LicenceType = 1,
            Scenario = 1,
            Index = 4711,
        };
        return TestCodes.Sign(claims, Display.Fit("张*", "1****************1", null, null), key);
    }

    private static async Task<StoredLicence> ImportCardAsync(TestFederation federation)
    {
        var line = TestLicences.IdentityCard(TestFederation.Beijing, 1);
        await federation[TestFederation.Beijing].ImportAsync(line);
        return await federation[TestFederation.Beijing].FindAsync(TestLicences.IdOf(line));
    }

    private Task<Scan> FromBeijingAsync(
        StoredLicence? licence = null, string scenario = "counter-check", ISigner? key = null, Func<PresentationClaims, PresentationClaims>? change = null)
    {
        licence ??= _cards.Dequeue();
        var claims = TestCodes.Claims(Federation, TestFederation.Beijing, licence, scenario);
        var text = TestCodes.Sign(change is null ? claims : change(claims), licence.Record.Display, key ?? Federation.CodeKey(TestFederation.Beijing));
        return Task.FromResult(Scan.Of(Tianjin.Verifications, text));
    }

    private async Task<Scan> ReadAsync(Func<string, string> damage) => With(await FromBeijingAsync(), r => r.Code = damage(r.Code));

    private Task<Scan> KeyNotAllowedAsync() => Task.FromResult(
        Scan.Of(Tianjin.Verifications, Invent(Federation, TestFederation.Hebei, Federation.CodeKey(TestFederation.Hebei, "code-driving"))));

    private Task<Scan> NoStatusAsync() => Task.FromResult(
        Scan.Of(Tianjin.Verifications, Invent(Federation, TestFederation.Hebei, Federation.CodeKey(TestFederation.Hebei))));

    private async Task<Scan> ReplayedAsync()
    {
        var scan = await FromBeijingAsync();
        await scan.VerifyAsync();
        return With(scan, r => r.TerminalId = "counter-2");
    }

    private Task<Scan> InventedAsync()
    {
        Federation.Logs.Declare("does not agree with its licence index");
        return Task.FromResult(Scan.Of(Tianjin.Verifications, Invent(Federation, TestFederation.Beijing, Federation.CodeKey(TestFederation.Beijing))));
    }

    private async Task<Scan> CodeNotIssuedAsync()
    {
        Federation.Logs.Declare("was never issued here");
        return await FromBeijingAsync() with { Client = Beijing.Verifications };
    }

    private async Task<Scan> CodeWithdrawnAsync()
    {
        var card = _cards.Dequeue();
        var holder = Beijing.Presentations(card.Record.Holder.Code);
        var made = await holder.CreatePresentationAsync(new CreatePresentationRequest { LicenceId = card.Record.Id.ToString(), Scenario = "counter-check" });
        await holder.CancelPresentationAsync(new CancelPresentationRequest { ShowingId = made.ShowingId });
        return Scan.Of(Beijing.Verifications, made.Code);
    }

    /// <summary>Beijing stops answering; time passes in Tianjin.</summary>
    private static async Task<Scan> CutOffAsync(TimeSpan passed, bool known)
    {
        var federation = await TestFederation.StartAsync();
        var card = await ImportCardAsync(federation);
        await federation.CatchUpAsync();
        await federation[TestFederation.Beijing].StopAsync();
        await federation.AdvanceAsync(passed);
        var code = known ? Genuine(federation, card) : Invent(federation, TestFederation.Beijing, federation.CodeKey(TestFederation.Beijing));
        return Scan.Of(federation[TestFederation.Tianjin].Verifications, code) with { Owned = federation };
    }

    /// <summary>What is used up at the issuer, while the issuer cannot be reached.</summary>
    private static async Task<Scan> UseNotCheckedAsync()
    {
        var federation = await TestFederation.StartAsync();
        var business = await federation[TestFederation.Beijing].TakeAsync(TestLicences.BusinessLicence(TestFederation.Beijing, 1));
        await federation.CatchUpAsync();
        await federation[TestFederation.Beijing].StopAsync();
        var scan = Scan.Of(federation[TestFederation.Tianjin].Verifications, Genuine(federation, business, "enterprise-registration")) with { Owned = federation };
        return With(scan, r => r.MatterCode = "000-1");
    }

    private static async Task<Scan> TrustStaleAsync()
    {
        var federation = await TestFederation.StartAsync(new()
        {
            Running = [TestFederation.Tianjin],
            Trust = (_, list) => list with { Exp = TimeProvider.System.GetUtcNow().AddDays(-8) },
            Errors = ["more than seven days ago"],
        });
        var code = Invent(federation, TestFederation.Beijing, federation.CodeKey(TestFederation.Beijing));
        return Scan.Of(federation[TestFederation.Tianjin].Verifications, code) with { Owned = federation };
    }

    private async Task<Scan> ClockAsync()
    {
        var scan = await FromBeijingAsync();
        Tianjin.Clock.Move(TimeSpan.FromSeconds(-60));
        return scan with { Owned = new Restoring(() => Tianjin.Clock.Move(TimeSpan.FromSeconds(60))) };
    }

    private sealed class Restoring(Action restore) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            restore();
            return ValueTask.CompletedTask;
        }
    }
}
