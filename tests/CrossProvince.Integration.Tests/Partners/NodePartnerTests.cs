using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Core.Signatures;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;

namespace CrossProvince.Integration.Tests.Partners;

/// <summary>A partner in another language: the program of docs/partners/node against a running node.</summary>
public sealed class NodePartnerTests : FederationFixture
{
    private StoredLicence _card = null!;

    /// <summary>One person shows all codes, faster than a person would.</summary>
    internal override FederationPlan Plan { get; } = new() { Settings = new Dictionary<string, string> { ["Limits:Person:PerSecond"] = "1000", ["Limits:Person:Burst"] = "1000" } };

    [Test]
    public async Task Verify_GenuineCode_IsValidWithWhatItSays()
    {
        var run = await VerifyAsync([], await CodeAsync());

        Assert.That((run.ExitCode, run.Verdict, run.Error), Is.EqualTo((0, "VERDICT_VALID", "")));
        var answer = run.Outcome["verification"]!;
        Assert.That((string)answer["display"]!["name"]!, Is.EqualTo("王*明"));
        Assert.That((string)answer["trustListVersion"]!, Is.EqualTo("1"));
        Assert.That((DateTimeOffset)answer["verifiedAt"]!, Is.EqualTo(Federation.Clock.GetUtcNow()).Within(TimeSpan.FromMinutes(1)));
    }

    [Test]
    public async Task Verify_ForgedCode_IsRefused()
    {
        var run = await VerifyAsync([], Forged());

        Assert.That((run.ExitCode, run.Verdict, run.Error), Is.EqualTo((1, "VERDICT_BAD_SIGNATURE", "")));
    }

    [Test]
    public async Task Verify_UsedCodeAtAnotherTerminal_IsReplayed()
    {
        var code = await CodeAsync();
        await VerifyAsync(["--terminal", "counter-1"], code);

        var run = await VerifyAsync(["--terminal", "counter-2"], code);

        Assert.That((run.ExitCode, run.Verdict), Is.EqualTo((1, "VERDICT_REPLAYED")));
    }

    [Test]
    public async Task Verify_SameRequestIdAgain_IsAnsweredFromTheRecord()
    {
        string[] id = ["--request-id", Guid.NewGuid().ToString()];
        var code = await CodeAsync();

        var first = await VerifyAsync(id, code);
        var again = await VerifyAsync(id, code);

        Assert.That(again.Verdict, Is.EqualTo("VERDICT_VALID"));
        Assert.That((string?)again.Outcome["verification"]!["verificationId"], Is.EqualTo((string?)first.Outcome["verification"]!["verificationId"]));
    }

    [Test]
    public async Task Verify_WrongArguments_SayWhatIsWrongInTheField()
    {
        var run = await VerifyAsync(["--scenario", "dancing"], "CP1");

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That((string)run.Outcome["error"]!["code"]!, Is.EqualTo("INVALID_ARGUMENT"));
        Assert.That(Fields(run.Outcome["error"]!), Is.EqualTo(new[] { "scenario" }));
        Assert.That((string)run.Outcome["error"]!["fields"]![0]!["description"]!, Does.Contain("catalogue"));
    }

    [Test]
    public async Task Verify_AuthoritysCertificate_IsDeniedWithReason() => await NobodyAsync("authority", "PERMISSION_DENIED");

    [Test]
    public async Task Verify_CertificateOfAnotherRegionsAuthority_IsUnauthenticated() =>
        await NobodyAsync(Beijing.MakeIdentity(IdentityRole.Verifier, SampleOrganisations.Code(TestFederation.Beijing, IdentityRole.Verifier), authorityOf: TestFederation.Tianjin), "UNAUTHENTICATED");

    [Test]
    public async Task Verify_NodeOfAnotherRegion_IsNotAsked()
    {
        var run = await VerifyAsync(["--node", Tianjin.Api.ToString()], await CodeAsync());

        Assert.That((run.ExitCode, (string)run.Outcome["error"]!["reason"]!), Is.EqualTo((3, "NODE_CERTIFICATE")));
        Assert.That((string)run.Outcome["error"]!["message"]!, Does.Contain("the node of 120000, not of 110000"));
    }

    [Test]
    public async Task Verify_NodeAwayForAWhile_IsRepeatedUntilItIsBack()
    {
        var code = await CodeAsync();
        await Beijing.StopAsync();
        NodePartner run;
        try
        {
            var running = VerifyAsync(["--deadline", "30"], code);
            await Beijing.StartAsync();
            run = await running;
        }
        finally
        {
            if (!Beijing.IsRunning)
            {
                await Beijing.StartAsync();
            }
        }

        Assert.That((run.ExitCode, run.Verdict), Is.EqualTo((0, "VERDICT_VALID")));
    }

    [TestCase("batch")]
    [TestCase("stream")]
    public async Task Verify_HundredCodes_AnswersEachByItsPosition(string mode)
    {
        var codes = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            codes.Add(i % 3 == 0 ? Forged() : await CodeAsync());
        }

        var run = await VerifyAsync(["--mode", mode], input: codes);

        Assert.That(run.ExitCode, Is.EqualTo(1), run.Error);
        Assert.That(
            run.Outcomes.OrderBy(o => (int)o["position"]!).Select(o => ((int)o["position"]!, (string)o["verification"]!["verdict"]!)),
            Is.EqualTo(codes.Select((_, i) => (i, i % 3 == 0 ? "VERDICT_BAD_SIGNATURE" : "VERDICT_VALID"))));
        Assert.That(run.Outcomes.Select(o => (string)o["requestId"]!), Is.Unique);
    }

    [Test]
    public async Task Verify_StreamWithOneWrongRequest_ErrsForThatOneOnly()
    {
        var run = await VerifyAsync(["--mode", "stream", "--terminal", new string('t', 65)], "CP1");

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(Fields(run.Outcome["error"]!), Is.EqualTo(new[] { "terminal_id" }));
    }

    [Test]
    public async Task OwnTests_BusyAndFaultyNodes_Pass()
    {
        var run = await NodePartner.RunAsync([], "--test");

        Assert.That(run.ExitCode, Is.Zero, string.Join('\n', run.Lines));
        Assert.That(run.Lines, Has.Some.Match("^# pass [1-9]"));
    }

    protected override async Task PrepareAsync()
    {
        _card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        await Federation.LetStandAsync();
    }

    private async Task NobodyAsync(string identity, string code)
    {
        var run = await VerifyAsync(["--identity", Federation.PathOf($"110000/{identity}")], await CodeAsync());

        Assert.That((run.ExitCode, (string)run.Outcome["error"]!["code"]!), Is.EqualTo((3, code)));
        Assert.That((string)run.Outcome["error"]!["reason"]!, Does.Match("^[A-Z][A-Z_]+$"));
    }

    private static IEnumerable<string> Fields(JsonNode error) => error["fields"]!.AsArray().Select(f => (string)f!["field"]!);

    private async Task<string> CodeAsync() => (await Beijing.PresentAsync(_card, "counter-check")).Code;

    private string Forged() => TestCodes.Sign(
        TestCodes.Claims(Federation, TestFederation.Beijing, _card, "counter-check"), _card.Record.Display,
        new ForgingSigner(Federation.CodeKey(TestFederation.Beijing), SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2))));

    private Task<NodePartner> VerifyAsync(string[] options, params string[] codes) => VerifyAsync(options, codes, []);

    private Task<NodePartner> VerifyAsync(string[] options, IEnumerable<string> input) => VerifyAsync(options, [], input);

    // A later option of the same name holds.
    private Task<NodePartner> VerifyAsync(string[] options, string[] codes, IEnumerable<string> input) => NodePartner.RunAsync(
        input,
        [
            "verify.js", "--node", $"https://localhost:{Beijing.Api.Port}", "--region", "110000", "--identity", Federation.PathOf("110000/verifier"), "--terminal", "counter-1",
            .. options, .. codes,
        ]);
}
