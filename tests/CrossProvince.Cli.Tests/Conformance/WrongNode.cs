using System.Net;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Contracts.Catalogue.V1;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CrossProvince.Cli.Tests.Conformance;

/// <summary>A node that does everything wrongly: it knows nobody, refuses nothing, repeats nothing, and signs with no key. Its index can be given to it.</summary>
internal sealed class WrongNode : IAsyncDisposable
{
    private readonly WebApplication _application;

    private WrongNode(WebApplication application) => _application = application;

    internal string Address => _application.Urls.Single();

    /// <summary>The head as a resource and first in a snapshot.</summary>
    internal Func<byte[]> Head { get; set; } = () => [1, 2, 3];

    internal byte[] ChunkHashes { get; set; } = [4, 5];

    internal byte[] Chunk { get; set; } = [6];

    /// <summary>What the stream sends, over and over.</summary>
    internal Func<IEnumerable<WatchStatusResponse>> Watch { get; set; } = () => [new WatchStatusResponse { Batch = ByteString.CopyFrom(7) }];

    internal static async Task<WrongNode> StartAsync(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
            {
                https.ServerCertificate = certificate;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.AllowAnyClientCertificate();
            }));
        });
        WrongNode? node = null;
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = null);
        builder.Services.AddSingleton(_ => node!);
        var application = builder.Build();
        node = new WrongNode(application);

        // The library knows what to say of services that there are not; this node doesn't.
        application.Use((context, next) => context.Request.Path.Value!.Contains("NoSuchService", StringComparison.Ordinal) ? Task.CompletedTask : next(context));
        application.MapGrpcService<Verifications>();
        application.MapGrpcService<Federation>();
        application.MapGrpcService<Licences>();
        application.MapGrpcService<Catalogue>();
        application.MapGet("/v1/heads/{region}", () => Results.Bytes(node.Head()));
        application.MapGet("/v1/lists/{region}/{list}/chunkHashes", () => Results.Bytes(node.ChunkHashes));
        application.MapGet("/v1/lists/{region}/{list}/chunks/{chunk}", () => Results.Bytes(node.Chunk));
        application.MapGet("/v1/statuslists/{region}/{list}", () => Results.Bytes([]));
        application.MapPost("/v1/verifications", () => Results.StatusCode(500));
        await application.StartAsync();
        return node;
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    /// <summary>VALID, with fields, whatever was sent; another id for the same request, the same for others.</summary>
    private static Verification Answer(VerifyRequest? request) => new()
    {
        Verdict = Verdict.Valid,
        VerificationId = request?.RequestId.Length > 0 ? $"{Guid.NewGuid():N}" : "the only one",
        Display = new Display { Name = "x" },
        Scenario = "counter-check",
        VerifiedAt = new Timestamp(),
    };

    private sealed class Verifications : VerificationService.VerificationServiceBase
    {
        public override Task<VerifyResponse> Verify(VerifyRequest request, ServerCallContext context) => Task.FromResult(new VerifyResponse { Verification = Answer(request) });

        public override Task<VerifyBatchResponse> VerifyBatch(VerifyBatchRequest request, ServerCallContext context) =>
            Task.FromResult(new VerifyBatchResponse { Results = { request.Requests.Select(item => new VerifyResult { Verification = Answer(item) }) } });

        public override async Task VerifyStream(IAsyncStreamReader<VerifyStreamRequest> requestStream, IServerStreamWriter<VerifyStreamResponse> responseStream, ServerCallContext context)
        {
            await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
            {
                await responseStream.WriteAsync(new VerifyStreamResponse { Result = new VerifyResult { Verification = Answer(request.Request) } });
            }
        }
    }

    private sealed class Federation(WrongNode node) : FederationService.FederationServiceBase
    {
        public override Task<DiscloseResponse> Disclose(DiscloseRequest request, ServerCallContext context) => Task.FromResult(new DiscloseResponse { Verification = Answer(null) });

        public override Task<RedeemResponse> Redeem(RedeemRequest request, ServerCallContext context) => Task.FromResult(new RedeemResponse { Verification = Answer(null) });

        public override async Task WatchStatus(WatchStatusRequest request, IServerStreamWriter<WatchStatusResponse> responseStream, ServerCallContext context)
        {
            foreach (var message in node.Watch())
            {
                await responseStream.WriteAsync(message);
            }
        }

        public override async Task GetStatusSnapshot(GetStatusSnapshotRequest request, IServerStreamWriter<GetStatusSnapshotResponse> responseStream, ServerCallContext context)
        {
            await responseStream.WriteAsync(new GetStatusSnapshotResponse { Head = ByteString.CopyFrom(node.Head()) });
            await responseStream.WriteAsync(new GetStatusSnapshotResponse { List = new ListChunks { ChunkHashes = ByteString.CopyFrom(node.ChunkHashes) } });
            await responseStream.WriteAsync(new GetStatusSnapshotResponse { Chunk = ByteString.CopyFrom(node.Chunk) });
        }
    }

    private sealed class Licences : LicenceService.LicenceServiceBase
    {
        public override Task<ListStatusChangesResponse> ListStatusChanges(ListStatusChangesRequest request, ServerCallContext context) => Task.FromResult(new ListStatusChangesResponse());
    }

    private sealed class Catalogue : CatalogueService.CatalogueServiceBase
    {
        public override Task<ListLicenceTypesResponse> ListLicenceTypes(ListLicenceTypesRequest request, ServerCallContext context) => Task.FromResult(new ListLicenceTypesResponse());

        public override Task<ListScenariosResponse> ListScenarios(ListScenariosRequest request, ServerCallContext context) => Task.FromResult(new ListScenariosResponse());

        public override Task<ListRecognitionsResponse> ListRecognitions(ListRecognitionsRequest request, ServerCallContext context) => Task.FromResult(new ListRecognitionsResponse());
    }
}
