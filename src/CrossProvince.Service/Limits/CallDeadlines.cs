using System.Globalization;
using CrossProvince.Service.Hosting;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;

namespace CrossProvince.Service.Limits;

/// <summary>Gives unary calls an end when the client sets none.</summary>
internal static class CallDeadlines
{
    private const string Header = "grpc-timeout";

    /// <summary>Request item: the token source that ends a JSON call.</summary>
    private const string Item = "deadline";

    /// <summary>To stand between routing and the endpoints.</summary>
    public static Task InvokeAsync(HttpContext context, TimeSpan most, RequestDelegate next)
    {
        var endpoint = context.GetEndpoint()?.Metadata;
        if (endpoint?.GetMetadata<GrpcJsonTranscodingMetadata>() is not null)
        {
            return EndAsync(context, most, next);
        }

        // The gRPC library keeps a client's deadline; it is told this one in the same words.
        if (endpoint?.GetMetadata<GrpcMethodMetadata>()?.Method.Type == MethodType.Unary && !context.Request.Headers.ContainsKey(Header))
        {
            context.Request.Headers[Header] = string.Create(CultureInfo.InvariantCulture, $"{(long)most.TotalMilliseconds}m");
        }

        return next(context);
    }

    /// <summary>Whether a call has reached the end that was set for it, rather than lost its client.</summary>
    public static bool HasPassed(ServerCallContext context) =>
        context.GetHttpContext().Items[Item] is CancellationTokenSource { IsCancellationRequested: true } || context.Deadline <= TimeProvider.System.GetUtcNow().UtcDateTime;

    private static async Task EndAsync(HttpContext context, TimeSpan most, RequestDelegate next)
    {
        using var deadline = new CancellationTokenSource(most);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline.Token);
        var aborted = context.RequestAborted;
        (context.Items[Item], context.RequestAborted) = (deadline, either.Token);
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !context.Response.HasStarted)
        {
            context.RequestAborted = aborted;
            await HttpErrors.WriteAsync(context, RpcErrors.DeadlineExceeded());
        }
        finally
        {
            context.RequestAborted = aborted;
        }
    }
}
