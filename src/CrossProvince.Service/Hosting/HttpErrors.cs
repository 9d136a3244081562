using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;

namespace CrossProvince.Service.Hosting;

/// <summary>Errors of plain HTTP: google.rpc.Status in JSON, the same content as over gRPC.</summary>
internal static class HttpErrors
{
    /// <summary>What the details of an error may hold.</summary>
    public static TypeRegistry Details { get; } = TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor);

    private static readonly JsonFormatter s_json = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(false).WithTypeRegistry(Details));

    /// <summary>An error as the result of an endpoint.</summary>
    public static IResult Result(RpcException error) => new ErrorResult(error);

    /// <summary>Answers with an error.</summary>
    /// <param name="context">The request.</param>
    /// <param name="error">The error.</param>
    /// <param name="statusCode">HTTP status; null is the one that fits the gRPC status.</param>
    public static Task WriteAsync(HttpContext context, RpcException error, int? statusCode = null)
    {
        context.Response.StatusCode = statusCode ?? StatusCodeOf(error.StatusCode);
        context.Response.ContentType = "application/json";
        AddHeaders(context.Response, error);
        return context.Response.WriteAsync(s_json.Format(error.GetRpcStatus()!), context.RequestAborted);
    }

    /// <summary>What HTTP says by header: when to try again, and how to say who one is.</summary>
    public static void AddHeaders(Microsoft.AspNetCore.Http.HttpResponse response, RpcException error)
    {
        if (response.HasStarted)
        {
            return;
        }

        if (error.GetRpcStatus()?.GetDetail<RetryInfo>() is { } retry)
        {
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(retry.RetryDelay.ToTimeSpan().TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (error.StatusCode == StatusCode.Unauthenticated)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }
    }

    /// <summary>The HTTP status that fits a gRPC status.</summary>
    public static int StatusCodeOf(StatusCode code) => code switch
    {
        StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => StatusCodes.Status400BadRequest,
        StatusCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
        StatusCode.NotFound => StatusCodes.Status404NotFound,
        StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
        StatusCode.Unimplemented => StatusCodes.Status501NotImplemented,
        StatusCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        StatusCode.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };

    private sealed class ErrorResult(RpcException error) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, error);
    }
}
