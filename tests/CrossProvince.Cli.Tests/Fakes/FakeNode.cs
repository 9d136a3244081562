using System.Net;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Contracts.Catalogue.V1;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CrossProvince.Cli.Tests.Fakes;

/// <summary>A node that answers as the test says, over real TLS.</summary>
internal sealed class FakeNode : IAsyncDisposable
{
    private readonly WebApplication _application;

    private FakeNode(WebApplication application) => _application = application;

    internal Func<VerifyRequest, VerifyResponse> OnVerify { get; set; } = _ => throw new InvalidOperationException();

    internal Func<ImportLicencesRequest, ImportLicencesResponse> OnImport { get; set; } = _ => throw new InvalidOperationException();

    internal Func<CreatePresentationRequest, string?, CreatePresentationResponse> OnPresent { get; set; } = (_, _) => throw new InvalidOperationException();

    internal Func<ChangeStatusRequest, ChangeStatusResponse> OnChangeStatus { get; set; } = _ => throw new InvalidOperationException();

    internal Func<ChangeStatusBatchRequest, ChangeStatusBatchResponse> OnChangeStatuses { get; set; } = _ => throw new InvalidOperationException();

    internal Func<GetLicenceRequest, GetLicenceResponse> OnGetLicence { get; set; } = _ => throw new InvalidOperationException();

    internal Func<ListStatusChangesRequest, ListStatusChangesResponse> OnChanges { get; set; } = _ => throw new InvalidOperationException();

    internal Func<CancelPresentationRequest, CancelPresentationResponse> OnCancel { get; set; } = _ => throw new InvalidOperationException();

    internal Func<ListUsesRequest, ListUsesResponse> OnUses { get; set; } = _ => throw new InvalidOperationException();

    internal Func<ListLicencesResponse> OnList { get; set; } = () => throw new InvalidOperationException();

    internal Func<ListLicenceTypesResponse> OnTypes { get; set; } = () => throw new InvalidOperationException();

    internal Func<string, IResult> OnToken { get; set; } = _ => Results.NotFound();

    internal string? ClientSubject { get; private set; }

    internal string Address => _application.Urls.Single();

    internal static async Task<FakeNode> StartAsync(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.AllowAnyClientCertificate();
        })));
        FakeNode? node = null;
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(_ => node!);
        var application = builder.Build();
        node = new FakeNode(application);
        application.Use((context, next) =>
        {
            node.ClientSubject = context.Connection.ClientCertificate?.Subject;
            return next(context);
        });
        application.MapGrpcService<Verifications>();
        application.MapGrpcService<Licences>();
        application.MapGrpcService<Presentations>();
        application.MapGrpcService<Catalogue>();
        application.MapPost("/dev/token", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            return node.OnToken(await reader.ReadToEndAsync());
        });
        await application.StartAsync();
        return node;
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private sealed class Verifications(FakeNode node) : VerificationService.VerificationServiceBase
    {
        public override Task<VerifyResponse> Verify(VerifyRequest request, ServerCallContext context) => Task.FromResult(node.OnVerify(request));

        public override Task<VerifyBatchResponse> VerifyBatch(VerifyBatchRequest request, ServerCallContext context) => Task.FromResult(
            new VerifyBatchResponse { Results = { request.Requests.Select(item => new VerifyResult { Verification = node.OnVerify(item).Verification }) } });
    }

    private sealed class Licences(FakeNode node) : LicenceService.LicenceServiceBase
    {
        public override Task<ChangeStatusResponse> ChangeStatus(ChangeStatusRequest request, ServerCallContext context) =>
            Task.FromResult(node.OnChangeStatus(request));

        public override Task<ChangeStatusBatchResponse> ChangeStatusBatch(ChangeStatusBatchRequest request, ServerCallContext context) =>
            Task.FromResult(node.OnChangeStatuses(request));

        public override Task<GetLicenceResponse> GetLicence(GetLicenceRequest request, ServerCallContext context) =>
            Task.FromResult(node.OnGetLicence(request));

        public override Task<ListStatusChangesResponse> ListStatusChanges(ListStatusChangesRequest request, ServerCallContext context) =>
            Task.FromResult(node.OnChanges(request));

        public override async Task ImportLicences(
            IAsyncStreamReader<ImportLicencesRequest> requestStream, IServerStreamWriter<ImportLicencesResponse> responseStream, ServerCallContext context)
        {
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                await responseStream.WriteAsync(node.OnImport(requestStream.Current));
            }
        }
    }

    private sealed class Catalogue(FakeNode node) : CatalogueService.CatalogueServiceBase
    {
        public override Task<ListLicenceTypesResponse> ListLicenceTypes(ListLicenceTypesRequest request, ServerCallContext context) =>
            Task.FromResult(node.OnTypes());
    }

    private sealed class Presentations(FakeNode node) : PresentationService.PresentationServiceBase
    {
        public override Task<CreatePresentationResponse> CreatePresentation(CreatePresentationRequest request, ServerCallContext context) =>
            Task.FromResult(node.OnPresent(request, context.RequestHeaders.GetValue("authorization")));

        public override Task<CancelPresentationResponse> CancelPresentation(CancelPresentationRequest request, ServerCallContext context) =>
            Task.FromResult(node.OnCancel(request));

        public override Task<ListUsesResponse> ListUses(ListUsesRequest request, ServerCallContext context) => Task.FromResult(node.OnUses(request));

        public override Task<ListLicencesResponse> ListLicences(ListLicencesRequest request, ServerCallContext context) => Task.FromResult(node.OnList());
    }
}
