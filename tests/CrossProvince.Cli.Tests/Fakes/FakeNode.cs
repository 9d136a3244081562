using System.Net;
using System.Security.Cryptography.X509Certificates;
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
        public override async Task ImportLicences(
            IAsyncStreamReader<ImportLicencesRequest> requestStream, IServerStreamWriter<ImportLicencesResponse> responseStream, ServerCallContext context)
        {
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                await responseStream.WriteAsync(node.OnImport(requestStream.Current));
            }
        }
    }

    private sealed class Presentations(FakeNode node) : PresentationService.PresentationServiceBase
    {
        public override Task<CreatePresentationResponse> CreatePresentation(CreatePresentationRequest request, ServerCallContext context) =>
            Task.FromResult(node.OnPresent(request, context.RequestHeaders.GetValue("authorization")));
    }
}
