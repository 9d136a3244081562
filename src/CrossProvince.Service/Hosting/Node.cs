using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Catalogue;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Federation.Asking;
using CrossProvince.Service.Federation.Following;
using CrossProvince.Service.Federation.Reporting;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Limits;
using CrossProvince.Service.OpenInterface;
using CrossProvince.Service.Operations;
using CrossProvince.Service.Presenting;
using CrossProvince.Service.Recording;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Retention;
using CrossProvince.Service.Storage.Sealing;
using CrossProvince.Service.Telemetry;
using CrossProvince.Service.Verifying;
using CrossProvince.Service.Web;
using Grpc.Core;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration.Memory;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace CrossProvince.Service.Hosting;

/// <summary>One region's node: what it is made of, and where it listens.</summary>
public static class Node
{
    private const int BadConfiguration = 2;

    /// <summary>Settings are read once. To wait for changes of appsettings.json would mean to hear of every write anywhere below its folder, where data and spool may be.</summary>
    private const string NoReload = "--hostBuilder:reloadConfigOnChange=false";

    private static readonly ServiceDescriptor[] s_webServices =
    [
        Contracts.Presentation.V1.PresentationService.Descriptor,
        Contracts.Verification.V1.VerificationService.Descriptor,
        Contracts.Catalogue.V1.CatalogueService.Descriptor,
        Contracts.Operations.V1.OperationsService.Descriptor,
    ];

    private static readonly ServiceDescriptor[] s_apiServices = [.. s_webServices, Contracts.Licences.V1.LicenceService.Descriptor];

    /// <summary>What holds where appsettings.json, the environment and the command line say nothing.</summary>
    private static readonly Dictionary<string, string?> s_defaults = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:Grpc"] = "Warning",

        // What an rpc throws the interceptor logs. What is left is thrown while a message is read, when its caller has gone: now and then gRPC takes that for an error of its own.
        ["Logging:LogLevel:Grpc.AspNetCore.Server.ServerCallHandler"] = "Critical",
        ["Logging:LogLevel:System.Net.Http.HttpClient"] = "Warning",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:IncludeScopes"] = "true",
    };

    /// <summary>Runs a node until it is told to stop.</summary>
    /// <param name="args">Configuration as command-line arguments, such as <c>--Region 110000 --environment Development</c>.</param>
    /// <param name="cancellation">Tells it to stop.</param>
    /// <returns>Exit code: 0 stopped in order; 2 the configuration is wrong, said on standard error.</returns>
    public static Task<int> RunAsync(string[] args, CancellationToken cancellation) => RunAsync(args, _ => { }, cancellation);

    /// <summary>Runs a node with more endpoints on its API listener than it has by itself, which are called and counted like its own: for measurements.</summary>
    internal static async Task<int> RunAsync(string[] args, Action<IEndpointRouteBuilder> more, CancellationToken cancellation)
    {
        try
        {
            await using var app = Build(args, _ => { }, more);
            await app.RunAsync(cancellation);
            return 0;
        }
        catch (ConfigurationException e)
        {
            await Console.Error.WriteLineAsync($"The node cannot start. {e.Message}");
            return BadConfiguration;
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException or SocketException)
        {
            await Console.Error.WriteLineAsync($"The node cannot start. Listen: {e.Message}");
            return BadConfiguration;
        }
    }

    /// <summary>Builds a node without running it.</summary>
    /// <param name="args">Configuration as command-line arguments.</param>
    /// <param name="customize">Last word on its services, for tests.</param>
    /// <param name="more">More endpoints of the API listener, for measurements; null: none.</param>
    /// <exception cref="ConfigurationException">The configuration is wrong.</exception>
    internal static WebApplication Build(string[] args, Action<IServiceCollection> customize, Action<IEndpointRouteBuilder>? more = null)
    {
        var builder = CreateBuilder(args);
        var node = NodeSettings.Load(builder.Configuration, builder.Environment);
        AddNode(builder.Services, node);
        builder.Services.AddTelemetry(node, builder.Configuration);
        customize(builder.Services);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, node));
        var app = builder.Build();

        // Everything that can be wrong with the configuration is found before the node listens; the database is made last.
        app.Services.GetRequiredService<StorageKeys>().Read();
        app.Services.GetRequiredService<TrustSource>();
        app.Services.GetRequiredService<PartnerFile>();
        app.Services.GetRequiredService<SharedCache>().Prepare();
        app.Services.GetRequiredService<NodeGauges>();
        app.Services.GetRequiredService<LiveFigures>();
        app.Services.GetRequiredService<Database>().Prepare();
        OwnEntries.Prepare(app.Services.GetRequiredService<Database>(), node.Region);
        app.Services.GetRequiredService<TrustSource>().Prepare();
        app.Services.GetRequiredService<StorageKeys>().Open();
        app.Services.GetRequiredService<VerificationSpool>().Prepare();
        Map(app, node, more);
        return app;
    }

    /// <summary>Reads the configuration: appsettings.json, the environment, the command line.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or has a setting that there is not.</exception>
    internal static WebApplicationBuilder CreateBuilder(string[] args)
    {
        UnknownSettings.CheckArguments(args);
        try
        {
            var builder = WebApplication.CreateBuilder([NoReload, .. args]);
            UnknownSettings.Check(builder.Configuration);
            builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = s_defaults });
            return builder;
        }
        catch (Exception e) when (e is InvalidDataException or FormatException)
        {
            throw new ConfigurationException("Configuration", $"cannot be read: {e.Message} {e.InnerException?.Message}");
        }
    }

    private static void AddNode(IServiceCollection services, NodeSettings node)
    {
        services.AddSingleton(node);
        services.AddSingleton(node.Catalogue);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(s => new TrustedClock(s.GetRequiredService<TimeProvider>(), NodeSettings.SkewSeconds));

        // Storage
        services.AddSingleton(_ => new Database(node.DatabaseConnection));
        services.AddSingleton(s => new StorageKeys(node.StorageKeys(s.GetRequiredService<Database>()), s.GetRequiredService<Database>(), s.GetRequiredService<ILogger<StorageKeys>>()));
        services.AddSingleton(s => s.GetRequiredService<StorageKeys>().Ring);
        services.AddSingleton<GroupCommit>().AddSingleton<NodeSecrets>();
        services.AddSingleton(s => new SharedCache(node.RedisConnection, node.Region, s.GetRequiredService<ILogger<SharedCache>>(), node.Options.Redis));

        // Records of verifications
        services.AddSingleton<RecordingMetrics>().AddSingleton(s => new VerificationSpool(
            node.Options.Recording, node.SpoolFolder(s.GetRequiredService<Database>()), node.Region, s.GetRequiredService<Database>(), s.GetRequiredService<GroupCommit>(),
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<RecordingMetrics>(), s.GetRequiredService<ILogger<VerificationSpool>>()));
        services.AddHostedService(s => s.GetRequiredService<VerificationSpool>());

        // Trust and identity
        services.AddSingleton<TrustStore>().AddSingleton<TrustVoice>().AddSingleton<TrustSource>().AddSingleton<OwnKeys>().AddSingleton<TrustMetrics>().AddHostedService<TrustRefresh>();
        services.AddSingleton<PartnerFile>().AddSingleton<CertificateJudge>().AddSingleton<PartnerCertificates>().AddSingleton<Callers>();
        services.AddTokens(node.TokenIssuers);
        services.AddSignIn(node.TokenIssuers);
        services.AddSingleton<CallLimits>().AddSingleton<DailyQuotas>().AddHostedService(s => s.GetRequiredService<DailyQuotas>());

        // The licence index, own and others'
        services.AddSingleton<LicenceIndex>().AddSingleton<PublishedIndexes>().AddSingleton<StandingHeads>().AddSingleton<RecentChanges>().AddSingleton<StatusListTokens>();
        services.AddSingleton<SharedIndexReader>().AddHostedService<SharedIndexWriter>();
        services.AddSingleton<SeenHeads>().AddSingleton<OwnIndex>().AddHostedService(s => s.GetRequiredService<OwnIndex>());
        services.AddSingleton(s => new StatusFeed(node.Region, () => s.GetRequiredService<OwnKeys>().Find(KeyUse.Index), s.GetRequiredService<RecentChanges>())).AddSingleton<StatusWatches>();
        services.AddSingleton<RegionHttp>().AddSingleton<FeedHealth>().AddSingleton<FollowedRegions>().AddSingleton<FollowingMetrics>().AddHostedService<IndexFollowing>();
        services.AddSingleton<IssuerMetrics>().AddSingleton<IssuerCalls>();

        // What is told other regions of uses, and by them
        services.AddSingleton(s => new ReportQueue(s.GetRequiredService<Database>(), s.GetRequiredService<GroupCommit>()));
        services.AddSingleton(s => new EarlierUses(s.GetRequiredService<Database>(), s.GetRequiredService<GroupCommit>(), node.Region));
        services.AddSingleton(s => new ReportWriting(node.Catalogue, s.GetRequiredService<PartnerFile>(), node.Region)).AddSingleton<ReportMetrics>().AddHostedService<UseReporting>();
        services.AddSingleton(s => new ReportedUseStore(s.GetRequiredService<Database>(), s.GetRequiredService<GroupCommit>(), node.Region));
        services.AddSingleton<IssuedShowings>().AddSingleton<ReportIntake>();

        // Licences, presenting, verifying
        services.AddSingleton<LicenceStore>().AddSingleton<ImportTurns>().AddSingleton<LicenceRegister>().AddSingleton<LicenceImports>().AddSingleton<StatusChanges>().AddSingleton<RecordCache>();
        services.AddSingleton<Presentations>().AddSingleton<UseLog>();
        services.AddSingleton(s => UsedShowings.Create(
            node.Options.SingleUse.Store, s.GetRequiredService<Database>(), s.GetRequiredService<GroupCommit>(), s.GetRequiredService<SharedCache>(), node.Region, s.GetRequiredService<TrustedClock>()));

        // Made now: no scan is to wait for the first tables.
        services.AddSingleton<ISignatureVerifier>(node.Options.Signatures.Engine == SignatureEngine.Tables
            ? new TableSignatureVerifier((long)node.Options.Signatures.TableMegabytes << 20)
            : new LibrarySignatureVerifier());
        services.AddSingleton(s => new LicenceVerifier(s.GetRequiredService<ISignatureVerifier>(), new VerifyingRules
        {
            SkewSeconds = NodeSettings.SkewSeconds,
            SoftSeconds = (int)node.Options.Freshness.Soft.TotalSeconds,
            HardSeconds = (int)node.Options.Freshness.Hard.TotalSeconds,
            AllowSpecimens = node.IsDevelopment,
        }));
        services.AddSingleton<ScanJudge>().AddSingleton<RequestIds>().AddSingleton<RecordedAnswers>().AddSingleton<IssuedCodes>().AddSingleton<Disclosure>();
        services.AddSingleton<IssuerAnswers>().AddSingleton<IssuerSettlement>().AddSingleton<Settlement>().AddSingleton<GroupVerification>().AddSingleton<IVerificationRecorder>(s => s.GetRequiredService<VerificationSpool>());
        services.AddSingleton(s => new Gathering(
            s.GetRequiredService<GroupVerification>().VerifyAsync, node.Options.Limits.WaitingCodes, s.GetRequiredService<VerifyingMetrics>()));
        services.AddSingleton<Verifications>().AddSingleton<VerifyingMetrics>();
        services.AddHostedService<Housekeeping>();
        services.AddSingleton(node.Options.Storage).AddHostedService<RecordRetention>();

        // What was verified, and how the node fares
        services.AddSingleton(s => new VerificationHistory(s.GetRequiredService<Database>(), s.GetRequiredService<VerificationSpool>(), node.Region));
        services.AddSingleton<Figures>().AddSingleton<LiveFigures>().AddSingleton<NodeOverview>().AddHostedService<ExpiryWatch>().AddSingleton<OperationsAnswers>().AddSingleton<RecordedReceipts>();

        // Once for all calls: the library makes what is not registered anew for each.
        services.AddSingleton<CallInterceptor>().AddSingleton<VerificationGrpcService>().AddSingleton<OperationsGrpcService>().AddSingleton<FederationGrpcService>();
        services.AddGrpc(grpc =>
        {
            grpc.Interceptors.Add<CallInterceptor>();
            grpc.MaxReceiveMessageSize = node.Options.Limits.MessageBytes;
        }).AddJsonTranscoding(json =>
        {
            json.JsonSettings.WriteInt64sAsStrings = true;
            json.TypeRegistry = HttpErrors.Details;
        });
        services.AddGrpcReflection();
        services.AddHealthChecks().AddCheck<ReadinessCheck>("ready", tags: [ReadinessCheck.Tag]);
        services.AddGrpcHealthChecks();
        services.AddProblemDetails();
        services.AddPages();
    }

    private static void Listen(KestrelServerOptions kestrel, NodeSettings node)
    {
        kestrel.AddServerHeader = false;
        ConnectionLimits.Apply(kestrel.Limits, node.Options.Limits);
        Bind(kestrel, node.Api, listen =>
        {
            listen.Use(Listener.Api.Mark);
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = node.Certificate,
                SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,

                // TLS proves who holds the key. What the certificate is worth is judged on every request, where the answer can say why (ADR 0002).
                ClientCertificateMode = ClientCertificateMode.AllowCertificate,
                ClientCertificateValidation = (_, _, _) => true,
            });
        });
        Bind(kestrel, node.Web, listen =>
        {
            listen.Use(Listener.Web.Mark);
            if (node.Web.Scheme == Uri.UriSchemeHttps)
            {
                listen.UseHttps(node.Certificate);
            }
        });
    }

    private static void Bind(KestrelServerOptions kestrel, Uri url, Action<Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions> configure)
    {
        if (url.Host == "localhost")
        {
            kestrel.ListenLocalhost(url.Port, configure);
        }
        else if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address))
        {
            kestrel.Listen(address, url.Port, configure);
        }
        else
        {
            kestrel.ListenAnyIP(url.Port, configure);
        }
    }

    private static void Map(WebApplication app, NodeSettings node, Action<IEndpointRouteBuilder>? more)
    {
        // The framework would put this before all requests, for it is told of schemes; here tokens alone are asked for it (UseCommon).
        ((IApplicationBuilder)app).Properties["__AuthenticationMiddlewareSet"] = true;
        app.UseRequestScope();

        // Errors of gRPC are made where they happen (CallInterceptor, LibraryErrors).
        app.UseWhen(context => !Rpc.Is(context.Request), plain =>
        {
            plain.UseExceptionHandler();
            plain.UseStatusCodePages(NothingHereAsync);
        });
        app.MapWhen(Listener.Api.Accepted, api => MapApi(api, node, more));
        app.MapWhen(Listener.Web.Accepted, web => MapWeb(web, node));
    }

    /// <summary>A path or method that there is not gets an error like any other.</summary>
    private static Task NothingHereAsync(StatusCodeContext context)
    {
        var http = context.HttpContext;
        return http.Response.StatusCode is StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed
            ? HttpErrors.WriteAsync(http, RpcErrors.Plain(StatusCode.Unimplemented, "UNIMPLEMENTED", "此监听端口没有该路径或方法；/openapi/v1.json 列出了全部接口。", "This listener has no such path or method; /openapi/v1.json lists them all."), http.Response.StatusCode)
            : Task.CompletedTask;
    }

    /// <summary>What stands before the endpoints of both listeners.</summary>
    private static void UseCommon(IApplicationBuilder listener, NodeSettings node)
    {
        listener.UseRouting();

        // Tokens only: who calls by certificate is found by Callers, and pays for no scheme.
        listener.UseWhen(context => context.Request.Headers.Authorization.Count > 0, withToken => withToken.UseAuthentication());
        listener.Use((context, next) => CallDeadlines.InvokeAsync(context, node.Options.Limits.Deadline, next));
        listener.Use((context, next) => JsonFieldCheck.InvokeAsync(context, node.Options.Limits.MessageBytes, next));
        listener.Use(LibraryErrors.InvokeAsync);
    }

    private static void MapApi(IApplicationBuilder api, NodeSettings node, Action<IEndpointRouteBuilder>? more)
    {
        UseCommon(api, node);
        api.UseEndpoints(endpoints =>
        {
            endpoints.MapGrpcService<PresentationGrpcService>();
            endpoints.MapGrpcService<VerificationGrpcService>();
            endpoints.MapGrpcService<LicenceGrpcService>();
            endpoints.MapGrpcService<CatalogueGrpcService>();
            endpoints.MapGrpcService<OperationsGrpcService>();
            endpoints.MapGrpcService<FederationGrpcService>();
            endpoints.MapGrpcHealthChecksService();
            MapOpenApi(endpoints, s_apiServices, certificates: true);
            IndexEndpoints.Map(endpoints);
            IndexEndpoints.MapTokens(endpoints);
            TrustEndpoint.Map(endpoints);
            more?.Invoke(endpoints);
            if (node.IsDevelopment)
            {
                endpoints.MapGrpcReflectionService();
                SampleTokens.Map(endpoints, node);
            }
        });
    }

    private static void MapOpenApi(IEndpointRouteBuilder endpoints, IReadOnlyList<ServiceDescriptor> services, bool certificates)
    {
        var document = OpenApiDocument.Write(services, certificates).ToJsonString();
        endpoints.MapGet("/openapi/v1.json", () => Results.Text(document, "application/json"));
    }

    private static void MapWeb(IApplicationBuilder web, NodeSettings node)
    {
        web.UsePages();
        web.Use(web.ApplicationServices.GetRequiredService<PageSession>().InvokeAsync);
        UseCommon(web, node);
        web.UseEndpoints(endpoints =>
        {
            // What holders and operators use; nothing of partners, authorities or federation.
            endpoints.MapGrpcService<PresentationGrpcService>();
            endpoints.MapGrpcService<VerificationGrpcService>();
            endpoints.MapGrpcService<CatalogueGrpcService>();
            endpoints.MapGrpcService<OperationsGrpcService>();
            MapOpenApi(endpoints, s_webServices, certificates: false);
            Pages.Map(endpoints);
            SessionEndpoints.Map(endpoints);
            SignIn.Map(endpoints, node);
            if (node.IsDevelopment)
            {
                SampleTokens.Map(endpoints, node);
            }

            endpoints.MapPrometheusScrapingEndpoint("/metrics");
            endpoints.MapHealthChecks("/healthz/live", new() { Predicate = _ => false });
            endpoints.MapHealthChecks("/healthz/ready", new() { Predicate = check => check.Tags.Contains(ReadinessCheck.Tag) });
        });
    }
}
