using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Federation.Reporting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;
using Dapper;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>What Tianjin verifies of Beijing's codes, as Beijing's holders see it, and what Beijing makes of reports that cannot be true.</summary>
public sealed class ReportTests : FederationFixture
{
    private static readonly string s_hall = SampleOrganisations.Code(TestFederation.Tianjin, IdentityRole.Verifier);

    private readonly Queue<StoredLicence> _cards = new();
    private StoredLicence _other = null!;

    internal override FederationPlan Plan { get; } = new()
    {
        Services = Tampering.Install,
        Settings = new Dictionary<string, string> { ["Federation:ReportInterval"] = "00:00:00.1" },
    };

    private FederationService.FederationServiceClient NodeOfTianjin => Beijing.Connect("../120000/node").Federation;

    [TearDown]
    public void MendIssuer() => Tampering.Of(Beijing).Reset();

    [Test]
    public async Task Verify_CodeOfAnotherRegion_HolderSeesItThere()
    {
        var card = _cards.Dequeue();
        var answer = await VerifyAsync(await Beijing.PresentAsync(card, "counter-check"));

        var use = await SeenAsync(card, answer.VerificationId);

        Assert.That((use.VerifierRegion, use.TerminalId, use.Scenario, use.Verdict, use.LicenceId), Is.EqualTo(("120000", "desk-1", "counter-check", "VERDICT_VALID", card.Record.Id.ToString())));
        Assert.That((use.Verifier, use.VerifierNameZh, use.VerifierNameEn), Is.EqualTo(($"urn:crossprovince:120000:verifier:{s_hall}", "天津市样例政务服务大厅", "Tianjin sample service hall")));
        Assert.That(use.Presenter, Is.EqualTo(Presenter.Holder));
    }

    /// <summary>Both regions have a record: the issuer's stands, with the name that the other reports.</summary>
    [Test]
    public async Task Verify_IssuerWasAsked_HolderSeesOneUse()
    {
        var card = _cards.Dequeue();
        var answer = await VerifyAsync(await Beijing.PresentAsync(card, "hotel-checkin"));
        Assert.That(answer.Disclosed, Is.Not.Empty);

        await Eventually.HoldsAsync(async () => await ReportedAsync(answer.VerificationId) == 0, "Beijing has the report");

        var use = (await UsesAsync(card)).Single();
        Assert.That((use.Verifier, use.VerifierNameZh, use.DisclosedFields.Count), Is.EqualTo((s_hall, "天津市样例政务服务大厅", answer.Disclosed.Count)));
        Assert.That(use.VerificationId, Is.Not.EqualTo(answer.VerificationId));
    }

    [Test]
    public async Task Verify_IssuerCannotBeTold_EveryUseComesOnceItCan()
    {
        var card = _cards.Dequeue();
        var tried = new TaskCompletionSource();
        Tampering.Of(Beijing).BeforeReport = () =>
        {
            tried.TrySetResult();
            throw new RpcException(new Status(StatusCode.Unavailable, "away"));
        };
        var answers = new List<Verification>();
        for (var i = 0; i < 5; i++)
        {
            answers.Add(await VerifyAsync(await Beijing.PresentAsync(card, "counter-check")));
        }

        await tried.Task;
        Assert.That(await UsesAsync(card), Is.Empty);
        Tampering.Of(Beijing).Reset();

        await Eventually.HoldsAsync(async () => (await UsesAsync(card)).Count == answers.Count, "the holder sees all uses");
        Assert.That((await UsesAsync(card)).Select(use => use.VerificationId), Is.EquivalentTo(answers.Select(answer => answer.VerificationId)));
    }

    /// <summary>Durable there, and nobody hears of it: it comes again, and changes nothing.</summary>
    [Test]
    public async Task Verify_AcknowledgementIsLost_HolderSeesOneUse()
    {
        var card = _cards.Dequeue();
        var (lost, again) = (0, new TaskCompletionSource());
        Tampering.Of(Beijing).AfterReport = () =>
        {
            if (lost++ == 0)
            {
                throw new RpcException(new Status(StatusCode.Unavailable, "broken off"));
            }

            again.TrySetResult();
            return Task.CompletedTask;
        };
        var answer = await VerifyAsync(await Beijing.PresentAsync(card, "counter-check"));

        await again.Task.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.That((await UsesAsync(card)).Select(use => use.VerificationId), Is.EqualTo(new[] { answer.VerificationId }));
    }

    /// <summary>Whoever has Beijing's code key and shows its work in another region is found out there, too.</summary>
    [Test]
    public async Task Verify_CodeThatWasNeverIssued_RaisesTheIssuersAlarmAndNoHolderSeesIt()
    {
        Federation.Logs.Declare("codes that were never issued here");
        var card = _cards.Dequeue();
        var forged = TestCodes.Sign(TestCodes.Claims(Federation, TestFederation.Beijing, card, "counter-check"), card.Record.Display, Federation.CodeKey(TestFederation.Beijing));
        var answer = (await Tianjin.Verifications.VerifyAsync(new VerifyRequest { Code = forged, TerminalId = "desk-1" })).Verification;
        Assert.That(answer.Verdict, Is.EqualTo(Verdict.Valid), "Tianjin cannot know.");

        await Eventually.HoldsAsync(async () => await ReportedAsync(answer.VerificationId) == 1, "Beijing keeps it apart");

        Assert.That(Federation.Logs.Has("ALARM: region 120000 has reported 1 verifications of codes that were never issued here"));
        Assert.That(await UsesAsync(card), Is.Empty);
    }

    private static IEnumerable<TestCaseData> OddReports()
    {
        yield return Case("a time to come", r => SetTime(r, TimeSpan.FromMinutes(10)), "time lies ahead");
        yield return Case("a time before everything that is kept", r => SetTime(r, TimeSpan.FromDays(-4_000)), "time is past the months that are kept");
        yield return Case("no time", r => r.Time = null, "time is not set");
        yield return Case("a time that is none", r => r.Time = new Timestamp { Seconds = long.MaxValue }, "time is not set, or is no time");
        yield return Case("an id that is none", r => r.VerificationId = "1", "verification_id");
        yield return Case("an id of another time", r => r.VerificationId = Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString("N"), "verification_id");
        yield return Case("an id in capitals", r => r.VerificationId = r.VerificationId.ToUpperInvariant(), "verification_id");
        yield return Case("no showing", r => r.ShowingId = "", "showing_id");
        yield return Case("an unknown scenario", r => r.Scenario = "anything", "scenario");
        yield return Case("an unknown verdict", r => r.Verdict = (Verdict)999, "verdict");
        yield return Case("no presenter", r => r.Presenter = Presenter.Unspecified, "presenter");
        yield return Case("a list that there cannot be", r => r.List = 1 << 20, "list");
        yield return Case("fields that the scenario does not grant", r => r.DisclosedFields.Add("number"), "disclosed_fields");
        yield return Case("a name that runs backwards", r => r.VerifierNameEn = "Police \u202EeciloP", "formatting characters");
        yield return Case("a long name", r => r.VerifierNameZh = new string('名', 101), "verifier_name_zh");
        yield return Case("a long terminal", r => r.TerminalId = new string('t', 65), "terminal_id");
        yield return Case("no verifier", r => r.Verifier = "", "verifier");
        yield return Case("an authority as verifier", r => r.Verifier = $"urn:crossprovince:120000:authority:{s_hall}", "verifier is of a role");
        yield return Case("an owner of another region", r => r.ConsumedBy = new ShowingOwner { OnBehalfOf = SampleOrganisations.Code(TestFederation.Hebei, IdentityRole.Verifier), TerminalId = "t" }, "consumed_by");

        static TestCaseData Case(string name, Action<ReportedVerification> edit, string saying) => new TestCaseData(edit, saying).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(OddReports))]
    public async Task Report_OddUse_IsRefusedAndTheOthersAreTaken(Action<ReportedVerification> edit, string saying)
    {
        var (odd, good) = (await ReportAsync(_other), await ReportAsync(_other));
        edit(odd);

        var answer = await SendAsync(NodeOfTianjin, odd, good);

        Assert.That((answer.Taken, answer.Known, answer.Refused), Is.EqualTo((1, 0, 1)));
        Assert.That(answer.RefusedReason, Does.StartWith(saying).Or.Contain(saying));
        Assert.That(await ReportedAsync(good.VerificationId), Is.Zero);
    }

    [TestCase("urn:crossprovince:130000:verifier:11130000XXXXXX9026")]
    [TestCase("urn:crossprovince:110000:verifier:11110000XXXXXX902A")]
    public async Task Report_ByAnotherRegionsVerifier_IsRefusedAndRaisesTheAlarm(string verifier)
    {
        Federation.Logs.Declare("by another region's verifiers");
        var report = await ReportAsync(_other);
        report.Verifier = verifier;

        var answer = await SendAsync(NodeOfTianjin, report);

        Assert.That((answer.Taken, answer.Refused), Is.EqualTo((0, 1)));
        Assert.That(Federation.Logs.Has("ALARM: region 120000 has reported 1 verifications by another region's verifiers"));
        Assert.That(await ReportedAsync(report.VerificationId), Is.EqualTo(-1));
    }

    [Test]
    public async Task Report_OrganisationOfAnotherRegion_IsRefusedAndRaisesTheAlarm()
    {
        Federation.Logs.Declare("by another region's verifiers");
        var report = await ReportAsync(_other);
        report.Verifier = SampleOrganisations.Code(TestFederation.Hebei, IdentityRole.Verifier);

        Assert.That((await SendAsync(NodeOfTianjin, report)).Refused, Is.EqualTo(1));
    }

    /// <summary>Whatever a header says, what counts is the certificate.</summary>
    [Test]
    public async Task Report_ClaimsAnotherRegionInHeaders_CountsAsTheCertificates()
    {
        var report = await ReportAsync(_other);
        report.Verifier = "operator:11130000XXXXXX902";
        var claims = new Metadata
        {
            { "x-forwarded-client-cert", $"URI=urn:crossprovince:120000:node:{s_hall}" },
            { "x-region", "120000" },
            { "x-forwarded-for", "10.0.0.1" },
        };

        await SendAsync(Beijing.Connect("../130000/node").Federation, claims, report);

        Assert.That(await RegionAsync(report.VerificationId), Is.EqualTo(130_000));
    }

    [Test]
    public async Task Report_ValidWhenNoCodeOfTheShowingWas_IsKeptApartAndRaisesTheAlarm()
    {
        Federation.Logs.Declare("as valid from before or after their codes' life");
        var report = await ReportAsync(_other);
        SetTime(report, TimeSpan.FromHours(-3));

        await SendAsync(NodeOfTianjin, report);

        Assert.That(await ReportedAsync(report.VerificationId), Is.EqualTo(2));
    }

    [Test]
    public async Task Report_ScannedLongAfterTheCodeEnded_IsTaken()
    {
        var report = await ReportAsync(_other);
        report.Verdict = Verdict.Expired;
        await Beijing.Services.GetRequiredService<GroupCommit>().RunAsync(transaction => transaction.Connection!.ExecuteAsync(
            "UPDATE showings SET first_issued_at = first_issued_at - 200000, last_expires_at = last_expires_at - 200000 WHERE showing = @showing",
            new { showing = Convert.ToInt64(report.ShowingId, 16) }, transaction));

        await SendAsync(NodeOfTianjin, report);

        Assert.That(await ReportedAsync(report.VerificationId), Is.Zero);
    }

    [Test]
    public async Task Report_ByAVerifier_IsDenied()
    {
        var report = await ReportAsync(_other);

        Refuses(Beijing.Connect("verifier").Federation, StatusCode.PermissionDenied, "not open to role verifier", report);
        Refuses(Beijing.Connect("../120000/verifier").Federation, StatusCode.Unauthenticated, "organisations call the node of their own region", report);
        Refuses(Beijing.Connect("node").Federation, StatusCode.PermissionDenied, "for the nodes of other regions", report);
    }

    [Test]
    public async Task Report_MoreThanOneMessageMayHold_IsRefused()
    {
        var report = await ReportAsync(_other);

        Refuses(NodeOfTianjin, StatusCode.InvalidArgument, "verifications", [.. Enumerable.Repeat(report, 501)]);
        Refuses(NodeOfTianjin, StatusCode.InvalidArgument, "verifications");
    }

    [Test]
    public async Task Report_ManyCallsAtOnce_TheRestIsTurnedAwayAndToldWhenToComeBack()
    {
        var report = await ReportAsync(_other);
        using var stop = new CancellationTokenSource();
        var open = Enumerable.Range(0, 8).Select(_ => NodeOfTianjin.ReportVerifications(cancellationToken: stop.Token)).ToList();
        foreach (var call in open)
        {
            await call.RequestStream.WriteAsync(new ReportVerificationsRequest { Verifications = { report } });
        }

        RpcException? error = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    await SendAsync(NodeOfTianjin, report);
                    return false;
                }
                catch (RpcException e)
                {
                    error = e;
                    return true;
                }
            },
            "the ninth is turned away");

        Assert.That((error!.StatusCode, error.GetRpcStatus()?.GetDetail<Google.Rpc.RetryInfo>()?.RetryDelay.Seconds), Is.EqualTo((StatusCode.ResourceExhausted, 5)));
        await stop.CancelAsync();
        open.ForEach(call => call.Dispose());
        await Eventually.HoldsAsync(() => Beijing.Services.GetRequiredService<ReportIntake>().Open == 0, "their places are free");
    }

    /// <summary>What a partner may no longer do, it may no longer do on a call that it has open.</summary>
    [Test]
    public async Task Report_CertificateIsRevokedMeanwhile_GetsNothingMoreIn()
    {
        var report = await ReportAsync(_other);
        using var call = Beijing.Connect("../130000/node").Federation.ReportVerifications();
        report.Verifier = "operator:HEBEI";
        await call.RequestStream.WriteAsync(new ReportVerificationsRequest { Verifications = { report } });
        await Eventually.HoldsAsync(async () => await ReportedAsync(report.VerificationId) == 0, "the first is taken");
        var before = await File.ReadAllTextAsync(Beijing.PartnerFile);
        using var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(Federation.PathOf("130000/node/cert.pem"), Federation.PathOf("130000/node/key.pem"));
        var file = System.Text.Json.Nodes.JsonNode.Parse(before)!;
        file["revokedCertificates"] = new System.Text.Json.Nodes.JsonArray(certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256));
        Beijing.WritePartners(file.ToJsonString());
        try
        {
            await Eventually.HoldsAsync(() => Beijing.Services.GetRequiredService<PartnerFile>().IsRevoked(certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256)), "the file is read again");
            SetTime(report, TimeSpan.FromMilliseconds(1));
            await call.RequestStream.WriteAsync(new ReportVerificationsRequest { Verifications = { report } });

            Assert.That(async () => await call.ResponseAsync, Throws.TypeOf<RpcException>().With.Property(nameof(RpcException.StatusCode)).EqualTo(StatusCode.Unauthenticated));
            Assert.That(await ReportedAsync(report.VerificationId), Is.EqualTo(-1));
        }
        finally
        {
            Beijing.WritePartners(before);
        }

        await Eventually.HoldsAsync(() => !Beijing.Services.GetRequiredService<PartnerFile>().IsRevoked(certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256)), "the file is read again");
    }

    protected override async Task PrepareAsync()
    {
        var cards = Enumerable.Range(0, 8).Select(n => TestLicences.IdentityCard(TestFederation.Beijing, n)).ToList();
        await Beijing.ImportAsync(cards);
        foreach (var card in cards)
        {
            _cards.Enqueue(await Beijing.FindAsync(TestLicences.IdOf(card)));
        }

        _other = _cards.Dequeue();
        await Federation.LetStandAsync();
    }

    private async Task<Verification> VerifyAsync(CreatePresentationResponse made) =>
        (await Tianjin.Verifications.VerifyAsync(new VerifyRequest { Code = made.Code, TerminalId = "desk-1" })).Verification;

    private async Task<IReadOnlyList<Use>> UsesAsync(StoredLicence card) => (await Beijing.Presentations(card.Record.Holder.Code).ListUsesAsync(new ListUsesRequest())).Uses;

    private async Task<Use> SeenAsync(StoredLicence card, string id)
    {
        await Eventually.HoldsAsync(async () => (await UsesAsync(card)).Any(use => use.VerificationId == id), "the holder sees the use");
        return (await UsesAsync(card)).Single(use => use.VerificationId == id);
    }

    /// <summary>A report of a code that Beijing issued just now, as Tianjin would make it.</summary>
    private async Task<ReportedVerification> ReportAsync(StoredLicence card)
    {
        var made = await Beijing.PresentAsync(card, "counter-check");
        var report = new ReportedVerification
        {
            ShowingId = made.ShowingId,
            List = card.List,
            Index = card.Index,
            Scenario = "counter-check",
            Presenter = Presenter.Holder,
            Verdict = Verdict.Valid,
            Verifier = $"urn:crossprovince:120000:verifier:{s_hall}",
            TerminalId = "desk-1",
        };
        SetTime(report, Federation.Clock.GetUtcNow(), TimeSpan.Zero);
        return report;
    }

    private static void SetTime(ReportedVerification report, TimeSpan by) => SetTime(report, report.Time.ToDateTimeOffset(), by);

    private static void SetTime(ReportedVerification report, DateTimeOffset from, TimeSpan by)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds((from + by).ToUnixTimeMilliseconds());
        (report.Time, report.VerificationId) = (Timestamp.FromDateTimeOffset(time), Guid.CreateVersion7(time).ToString("N"));
    }

    private static void Refuses(FederationService.FederationServiceClient client, StatusCode status, string saying, params ReportedVerification[] reports) => Assert.That(
        async () => await SendAsync(client, reports),
        Throws.TypeOf<RpcException>().With.Property(nameof(RpcException.StatusCode)).EqualTo(status).And.Message.Contain(saying));

    private static Task<ReportVerificationsResponse> SendAsync(FederationService.FederationServiceClient client, params ReportedVerification[] reports) => SendAsync(client, [], reports);

    private static async Task<ReportVerificationsResponse> SendAsync(FederationService.FederationServiceClient client, Metadata headers, params ReportedVerification[] reports)
    {
        using var call = client.ReportVerifications(headers);
        try
        {
            await call.RequestStream.WriteAsync(new ReportVerificationsRequest { Verifications = { reports } });
            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // The call says why it ended.
        }

        return await call.ResponseAsync;
    }

    /// <summary>What Beijing holds of a reported use: its fault, or -1 when there is none.</summary>
    private async Task<int> ReportedAsync(string id)
    {
        await using var connection = await Beijing.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return await connection.ExecuteScalarAsync<int?>("SELECT fault FROM reported_uses WHERE verification_id = @id", new { id }) ?? -1;
    }

    private async Task<int> RegionAsync(string id)
    {
        await using var connection = await Beijing.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return await connection.ExecuteScalarAsync<int>("SELECT verifier_region FROM reported_uses WHERE verification_id = @id", new { id });
    }
}
