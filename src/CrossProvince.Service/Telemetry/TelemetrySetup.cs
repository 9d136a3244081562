using CrossProvince.Service.Federation.Asking;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Verifying;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace CrossProvince.Service.Telemetry;

/// <summary>Metrics, traces and the scope of log messages (docs/operations.md, "Metrics and traces").</summary>
internal static class TelemetrySetup
{
    private const string Service = "crossprovince-node";
    private const string CollectorSetting = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Metrics always, at <c>/metrics</c>; traces, and both to a collector, when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.</summary>
    public static void AddTelemetry(this IServiceCollection services, NodeSettings node, IConfiguration configuration)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<LoggerFilterOptions>, LogPrivacy>());
        services.AddSingleton<RpcMetrics>().AddSingleton<StorageMetrics>().AddSingleton<NodeGauges>();
        var collected = configuration[CollectorSetting] is { Length: > 0 };
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(Service, serviceVersion: typeof(TelemetrySetup).Assembly.GetName().Version?.ToString(3))
                .AddAttributes([new("crossprovince.region", node.Region.ToString())]))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(VerifyingMetrics.Meter, RpcMetrics.Meter, StorageMetrics.Meter, RecordingMetrics.Meter, NodeGauges.Meter, IssuerMetrics.Meter)
                    .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
                    .AddPrometheusExporter();
                if (collected)
                {
                    metrics.AddOtlpExporter();
                }
            });
        if (collected)
        {
            telemetry.WithTracing(traces => traces
                .AddSource(Stage.Source, "Npgsql")
                .AddAspNetCoreInstrumentation(http => http.Filter = IsWork)
                .AddHttpClientInstrumentation()
                .AddProcessor<PrivateSpans>()
                .AddOtlpExporter());
        }
    }

    /// <summary>Every message about a request says which.</summary>
    public static void UseRequestScope(this IApplicationBuilder app)
    {
        var logger = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(Service);
        app.Use(async (context, next) =>
        {
            using var scope = new RequestScope(context);
            using (logger.BeginScope(scope))
            {
                await next(context);
            }
        });
    }

    /// <summary>Who watches the node is not watched.</summary>
    private static bool IsWork(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/healthz", StringComparison.Ordinal) && !context.Request.Path.StartsWithSegments("/metrics", StringComparison.Ordinal);
}
