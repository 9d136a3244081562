using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace CrossProvince.Service.Limits;

/// <summary>Stands before every rpc: what comes too late is not begun, and what comes too fast is refused.</summary>
internal sealed class LimitInterceptor(Callers callers, CallLimits limits) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        using var place = Enter(context);
        return await continuation(request, context);
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var place = Enter(context);
        return await continuation(requestStream, context);
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var place = Enter(context);
        await continuation(request, responseStream, context);
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var place = Enter(context);
        await continuation(requestStream, responseStream, context);
    }

    private IDisposable Enter(ServerCallContext context)
    {
        if (context.CancellationToken.IsCancellationRequested || context.Deadline <= TimeProvider.System.GetUtcNow().UtcDateTime)
        {
            throw RpcErrors.DeadlineExceeded();
        }

        var http = context.GetHttpContext();
        return limits.Enter(callers.Identify(http), http.Connection.RemoteIpAddress?.ToString() ?? "");
    }
}
