using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Catalogue.V1;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Operations.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Trust;
using CrossProvince.Integration.Tests.Identity;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.StatusIndex;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;
using Status = Google.Rpc.Status;

namespace CrossProvince.Integration.Tests.Errors;

/// <summary>Every error that the protos' comments promise is brought about, and carries what it must.</summary>
public sealed class PromisedErrorsTests : FederationFixture
{
    private static readonly VerifyRequest s_request = new() { Code = "x", TerminalId = "t" };

    private readonly Dictionary<Promise, Func<Task>> _calls;
    private StoredLicence _card = null!;
    private int _next = 10;
    private int _organisations;

    public PromisedErrorsTests() => _calls = new()
    {
        [new("CatalogueService", StatusCode.ResourceExhausted)] = async () =>
        {
            var folder = await EmptyBucketAsync(IdentityRole.Verifier);
            await RepeatAsync(() => Beijing.Connect(folder).Catalogue.ListLicenceTypesAsync(new ListLicenceTypesRequest()));
        },

        [new("FederationService", StatusCode.Unauthenticated)] = () => Once(Beijing.Connect("../120000/verifier").Federation.RedeemAsync(Redeem())),
        [new("FederationService", StatusCode.PermissionDenied)] = () => Once(Beijing.Connect("verifier").Federation.RedeemAsync(Redeem())),
        [new("FederationService", StatusCode.InvalidArgument)] = () => Once(NodeOfTianjin.RedeemAsync(new RedeemRequest())),
        [new("FederationService", StatusCode.ResourceExhausted)] = async () =>
        {
            await Beijing.Connect("../130000/node").Verifications.VerifyBatchAsync(Full(s_request));
            await RepeatAsync(() => NodeOfHebei.RedeemAsync(Redeem()));
        },
        [new("FederationService", StatusCode.Unavailable)] = () => WithBrokenRecordsAsync(() => Once(NodeOfTianjin.RedeemAsync(Redeem()))),

        [new("FederationService.WatchStatus", StatusCode.NotFound)] = () => WatchAsync("130000", 1),
        [new("FederationService.WatchStatus", StatusCode.OutOfRange)] = async () =>
        {
            // This node keeps one change alone, or those that went out together.
            await Beijing.TakeAsync(Line());
            await Federation.CatchUpAsync();
            await Beijing.TakeAsync(Line());
            await Federation.CatchUpAsync();
            await WatchAsync("110000", 1);
        },
        [new("FederationService.GetStatusSnapshot", StatusCode.NotFound)] = () =>
            NodeOfTianjin.GetStatusSnapshot(new GetStatusSnapshotRequest { Region = "130000" }).ResponseStream.MoveNext(CancellationToken.None),

        [new("LicenceService", StatusCode.Unauthenticated)] = () => Once(Unknown().Licences.GetLicenceAsync(new GetLicenceRequest())),
        [new("LicenceService", StatusCode.PermissionDenied)] = () => Once(Beijing.Connect("verifier").Licences.GetLicenceAsync(new GetLicenceRequest())),
        [new("LicenceService", StatusCode.InvalidArgument)] = () => Once(Beijing.Licences.ListStatusChangesAsync(new ListStatusChangesRequest { FromSeq = -1 })),
        [new("LicenceService", StatusCode.ResourceExhausted)] = async () =>
        {
            var folder = await EmptyBucketAsync(IdentityRole.Authority);
            await RepeatAsync(() => Beijing.Connect(folder).Licences.GetLicenceAsync(new GetLicenceRequest { LicenceId = _card.Record.Id.ToString() }));
        },
        [new("LicenceService", StatusCode.Unavailable)] = () => WithoutAsync("licences", () => Once(Get(_card.Record.Id.ToString()))),
        [new("LicenceService.GetLicence", StatusCode.NotFound)] = () => Once(Get(TestLicences.IdOf(Line()))),
        [new("LicenceService.ChangeStatus", StatusCode.FailedPrecondition)] = async () =>
        {
            var ended = await Beijing.TakeAsync(Line());
            await Beijing.ChangeStatusAsync(ended.Record.Id.ToString(), LicenceStatus.Revoked);
            await Beijing.ChangeStatusAsync(ended.Record.Id.ToString(), LicenceStatus.Valid);
        },

        [new("OperationsService", StatusCode.Unauthenticated)] = () => Once(Beijing.Connect("verifier").Operations("no token").SearchVerificationsAsync(new SearchVerificationsRequest())),
        [new("OperationsService", StatusCode.PermissionDenied)] = () => Once(
            Beijing.Connect("verifier").Operations(TestTokens.Operator(Organisation, "110000", "t", Beijing.Clock)).GetStateAsync(new GetStateRequest())),
        [new("OperationsService", StatusCode.InvalidArgument)] = () => Once(
            Operations(Organisation).GetStatisticsAsync(new GetStatisticsRequest { From = new() { Seconds = long.MaxValue } })),
        [new("OperationsService", StatusCode.ResourceExhausted)] = async () =>
        {
            await EmptyBucketAsync(IdentityRole.Verifier);
            var client = Operations(SampleOrganisations.Code(TestFederation.Beijing, (IdentityRole)(10 + _organisations - 1)));
            await RepeatAsync(() => client.GetStateAsync(new GetStateRequest()));
        },
        [new("OperationsService", StatusCode.Unavailable)] = () => WithoutAsync(
            "verifications", () => Once(Operations(Organisation).SearchVerificationsAsync(new SearchVerificationsRequest()))),
        [new("OperationsService.GetVerification", StatusCode.NotFound)] = () => Once(
            Operations(Organisation).GetVerificationAsync(new GetVerificationRequest { VerificationId = $"{Guid.CreateVersion7():N}" })),

        [new("PresentationService", StatusCode.Unauthenticated)] = () => Once(Beijing.Connect("verifier").Presentations("no token").ListLicencesAsync(new ListLicencesRequest())),
        [new("PresentationService", StatusCode.PermissionDenied)] = () => Once(
            Beijing.Connect("verifier").Presentations(TestTokens.Operator(Organisation, "110000", "t", Beijing.Clock)).ListLicencesAsync(new ListLicencesRequest())),
        [new("PresentationService", StatusCode.ResourceExhausted)] = () => RepeatAsync(
            () => Beijing.Presentations(TestLicences.Person(TestFederation.Beijing, 990)).ListLicencesAsync(new ListLicencesRequest())),
        [new("PresentationService.CreatePresentation", StatusCode.InvalidArgument)] = () => Once(Present(new() { LicenceId = _card.Record.Id.ToString(), Scenario = "dancing" })),
        [new("PresentationService.CreatePresentation", StatusCode.NotFound)] = () => Once(Present(new() { LicenceId = TestLicences.IdOf(Line()), Scenario = "counter-check" })),
        [new("PresentationService.CreatePresentation", StatusCode.FailedPrecondition)] = () => Once(Present(new() { LicenceId = _card.Record.Id.ToString(), Scenario = "traffic-stop" })),
        [new("PresentationService.CreatePresentation", StatusCode.Unavailable)] = async () => await Beijing.PresentAsync(await Beijing.TakeAsync(Line()), "counter-check"),
        [new("PresentationService.CancelPresentation", StatusCode.NotFound)] = () => Once(
            Beijing.Presentations(_card.Record.Holder.Code).CancelPresentationAsync(new CancelPresentationRequest { ShowingId = "0123456789ab" })),

        [new("VerificationService", StatusCode.Unauthenticated)] = () => Once(Unknown().Verifications.VerifyAsync(s_request)),
        [new("VerificationService", StatusCode.PermissionDenied)] = () => Once(Beijing.Connect("authority").Verifications.VerifyAsync(s_request)),
        [new("VerificationService", StatusCode.InvalidArgument)] = () => Once(Beijing.Verifications.VerifyAsync(new VerifyRequest { Code = "x" })),
        [new("VerificationService", StatusCode.ResourceExhausted)] = async () =>
        {
            var folder = await EmptyBucketAsync(IdentityRole.Verifier);
            await RepeatAsync(() => Beijing.Connect(folder).Verifications.VerifyAsync(s_request));
        },
        [new("VerificationService", StatusCode.Unavailable)] = () => WithBrokenRecordsAsync(() => Once(Beijing.Verifications.VerifyAsync(s_request))),
    };

    internal override FederationPlan Plan { get; } = new()
    {
        Running = [TestFederation.Beijing],
        Services = services =>
        {
            HeldRecorder.Install(services);
            services.AddSingleton(s => new StatusFeed(s.GetRequiredService<NodeSettings>().Region, () => s.GetRequiredService<OwnKeys>().Find(KeyUse.Index), s.GetRequiredService<RecentChanges>(), mostChanges: 1));
        },
        Settings = new Dictionary<string, string>
        {
            ["Limits:Node:PerSecond"] = "1",
            ["Limits:Node:Burst"] = "1000",
            ["Limits:Organisation:PerSecond"] = "1",
            ["Limits:Organisation:Burst"] = "1000",
            ["Limits:Person:PerSecond"] = "1",
            ["Limits:Person:Burst"] = "20",
        },
    };

    private static string Organisation { get; } = SampleOrganisations.Code(TestFederation.Beijing, IdentityRole.Verifier);

    [Test]
    public void Protos_PromisesInTheirComments_AreAllTriedHere() => Assert.That(_calls.Keys, Is.EquivalentTo(Promises.All()));

    [Test]
    public void Promises_OfAComment_AreFound()
    {
        string[] proto = ["// UNAVAILABLE: later.", "service A {", "  // Does it.", "  //", "  // NOT_FOUND: none.", "  rpc Do(X) returns (Y) {", "// ABORTED", "", "message X {}"];

        Assert.That(Promises.Read(proto), Is.EqualTo(new Promise[] { new("A", StatusCode.Unavailable), new("A.Do", StatusCode.NotFound) }));
    }

    [TestCaseSource(typeof(Promises), nameof(Promises.All))]
    public async Task Call_ThatMustFail_CarriesItsDetails(object of)
    {
        var promise = (Promise)of;
        Status? status = null;
        try
        {
            await _calls[promise]();
        }
        catch (RpcException e)
        {
            status = e.GetRpcStatus();
        }
        catch (Client.Connecting.NodeException e)
        {
            status = ((RpcException)e.InnerException!).GetRpcStatus();
        }

        Assert.That(status, Is.Not.Null, "It failed, and with details.");
        Assert.That((StatusCode)status!.Code, Is.EqualTo(promise.Code), status.Message);
        var info = status.GetDetail<ErrorInfo>();
        Assert.That(info?.Domain, Is.EqualTo("crossprovince"));
        Assert.That(info!.Reason, Does.Match("^[A-Z_]+$"));
        var texts = status.Details.Where(d => d.Is(LocalizedMessage.Descriptor)).Select(d => d.Unpack<LocalizedMessage>()).ToDictionary(m => m.Locale, m => m.Message);
        Assert.That(texts.Keys, Is.EquivalentTo(new[] { "zh-CN", "en" }));
        Assert.That(texts["en"], Is.EqualTo(status.Message));
        Assert.That(texts["zh-CN"].Any(c => c > '\u4dff'), Is.True, texts["zh-CN"]);
        switch (promise.Code)
        {
            case StatusCode.InvalidArgument:
                Assert.That(status.GetDetail<BadRequest>()?.FieldViolations.Single().Field, Is.Not.Empty);
                break;
            case StatusCode.ResourceExhausted or StatusCode.Unavailable:
                Assert.That(status.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan(), Is.GreaterThan(TimeSpan.Zero));
                break;
        }
    }

    [Test]
    public async Task Verify_FieldWrong_IsTheSameStatusOverJson()
    {
        RpcException? error = null;
        using var channel = new RawChannel(Beijing, null);
        var token = TestTokens.Operator(Organisation, "110000", "t", Beijing.Clock);
        try
        {
            await new VerificationService.VerificationServiceClient(channel.Calls).VerifyAsync(
                new VerifyRequest { Code = "x" }, new Metadata { { "authorization", $"Bearer {token}" } });
        }
        catch (RpcException e)
        {
            error = e;
        }

        using var web = new HttpClient { BaseAddress = Beijing.Web };
        web.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await web.PostAsync(new Uri("/v1/verifications", UriKind.Relative), new StringContent("""{"code": "x"}""", Encoding.UTF8, "application/json"));
        var json = new JsonParser(JsonParser.Settings.Default.WithTypeRegistry(HttpErrors.Details)).Parse<Status>(await response.Content.ReadAsStringAsync());

        Assert.That(error, Is.Not.Null);
        Assert.That(json, Is.EqualTo(error!.GetRpcStatus()));
    }

    [Test]
    public async Task VerifyBatch_OneRequestWrong_SaysSoInBothLanguages()
    {
        var answer = await Beijing.Verifications.VerifyBatchAsync(new VerifyBatchRequest { Requests = { new VerifyRequest { Code = "x" } } });

        Assert.That((answer.Results[0].Error.Field, answer.Results[0].Error.Text.Zh), Is.EqualTo(("terminal_id", "须为 1 至 64 个字符。")));
    }

    [Test]
    public void Verify_FieldWrong_IsReadInBothLanguagesByTheSdk()
    {
        var error = Refusal.Of(Beijing.Verifications.VerifyAsync(new VerifyRequest { Code = "x" }));

        Assert.That((error.Field, error.Text.Zh, error.Text.En), Is.EqualTo(("terminal_id", "须为 1 至 64 个字符。", "must have 1 to 64 characters.")));
    }

    protected override async Task PrepareAsync()
    {
        _card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        await Federation.LetStandAsync();
    }

    private static async Task Once<T>(AsyncUnaryCall<T> call) => await call;

    /// <summary>Calls until it fails.</summary>
    /// <summary>So many codes that hardly a call is left in the caller's bucket.</summary>
    private static VerifyBatchRequest Full(VerifyRequest request) => new() { Requests = { Enumerable.Repeat(request, 990) } };

    private static async Task RepeatAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        for (var i = 0; i < 100; i++)
        {
            await call();
        }
    }

    private JsonObject Line() => TestLicences.IdentityCard(TestFederation.Beijing, _next++);

    private AsyncUnaryCall<GetLicenceResponse> Get(string id) => Beijing.Licences.GetLicenceAsync(new GetLicenceRequest { LicenceId = id });

    private AsyncUnaryCall<CreatePresentationResponse> Present(CreatePresentationRequest request) => Beijing.Presentations(_card.Record.Holder.Code).CreatePresentationAsync(request);

    /// <summary>What who runs the nodes calls.</summary>
    private OperationsService.OperationsServiceClient Operations(string organisation) => Beijing.Connect("verifier").Operations(TestTokens.Operations(organisation, "110000", Beijing.Clock));

    private Task<bool> WatchAsync(string region, long from) =>
        NodeOfTianjin.WatchStatus(new WatchStatusRequest { Region = region, FromSeq = from }).ResponseStream.MoveNext(CancellationToken.None);

    private FederationService.FederationServiceClient NodeOfTianjin => Beijing.Connect("../120000/node").Federation;

    private FederationService.FederationServiceClient NodeOfHebei => Beijing.Connect("../130000/node").Federation;

    private static RedeemRequest Redeem() => new() { Showing = new Showing { Code = "x", Scenario = "enterprise-registration", TerminalId = "t", RequestId = $"{Guid.NewGuid():N}", MatterCode = "1" } };

    /// <summary>Does something while nothing can be recorded.</summary>
    private async Task WithBrokenRecordsAsync(Func<Task> work)
    {
        HeldRecorder.Of(Beijing).IsBroken = true;
        try
        {
            await work();
        }
        finally
        {
            HeldRecorder.Of(Beijing).IsBroken = false;
        }
    }

    /// <summary>Somebody without certificate and token.</summary>
    private (LicenceService.LicenceServiceClient Licences, VerificationService.VerificationServiceClient Verifications) Unknown()
    {
        // Lives as long as the test run: one connection a call.
        var channel = new RawChannel(Beijing, null);
        return (new(channel.Calls), new(channel.Calls));
    }

    /// <summary>An identity of an organisation that has just used up what it may.</summary>
    private async Task<string> EmptyBucketAsync(IdentityRole role)
    {
        var organisation = SampleOrganisations.Code(TestFederation.Beijing, (IdentityRole)(10 + _organisations++));
        await Beijing.ChangePartnersAsync(o =>
        {
            o.Add(new JsonObject { ["organisation"] = organisation, ["role"] = "verifier" });
            o.Add(new JsonObject { ["organisation"] = organisation, ["role"] = "authority", ["issuers"] = new JsonArray(_card.Record.Issuer.Code) });
        });
        var verifier = Beijing.Connect(Beijing.MakeIdentity(IdentityRole.Verifier, organisation)).Verifications;
        await verifier.VerifyBatchAsync(Full(s_request));
        return Beijing.MakeIdentity(role, organisation);
    }

    /// <summary>Does something while a table is missing.</summary>
    private async Task WithoutAsync(string table, Func<Task> work)
    {
        await RenameAsync(table, "missing");
        try
        {
            await work();
        }
        finally
        {
            await RenameAsync("missing", table);
        }
    }

    private async Task RenameAsync(string from, string to)
    {
        await using var connection = new SqliteConnection($"Data Source={Beijing.DatabaseFile}");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"ALTER TABLE {from} RENAME TO {to}";
        await command.ExecuteNonQueryAsync();
    }
}
