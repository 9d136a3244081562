using System.Data.Common;
using System.Diagnostics;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Limits;
using CrossProvince.Service.Recording;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;
using CrossProvince.Service.Telemetry;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace CrossProvince.Service.Hosting;

/// <summary>
/// Stands around every rpc, once: what comes too late is not begun, what comes too fast is refused, failures of the node's own parts become answers that say
/// whether to try again, and how long it took is counted.
/// </summary>
internal sealed partial class CallInterceptor(Callers callers, CallLimits limits, RpcMetrics metrics, ILogger<CallInterceptor> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            using var place = Enter(context);
            var response = await continuation(request, context);
            metrics.Answered(context.Method, start);
            return response;
        }
        catch (Exception e)
        {
            throw Fail(e, context, start);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            using var place = Enter(context);
            var response = await continuation(requestStream, context);
            metrics.Answered(context.Method, start);
            return response;
        }
        catch (Exception e)
        {
            throw Fail(e, context, start);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            using var place = Enter(context);
            await continuation(request, responseStream, context);
            metrics.Answered(context.Method, start);
        }
        catch (Exception e)
        {
            throw Fail(e, context, start);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            using var place = Enter(context);
            await continuation(requestStream, responseStream, context);
            metrics.Answered(context.Method, start);
        }
        catch (Exception e)
        {
            throw Fail(e, context, start);
        }
    }

    /// <summary>The gRPC answer to a failure; null when the failure is the project's own mistake.</summary>
    public static RpcException? TryTranslate(Exception exception) => exception switch
    {
        StorageBusyException => RpcErrors.ResourceExhausted("NODE_BUSY", "节点繁忙，请稍后重试。", "The node has more work than it can take; try again.", TimeSpan.FromSeconds(1)),
        ListsFullException full => RpcErrors.FailedPrecondition("LISTS_FULL", "本地区的状态表已满，不能再登记新的证照；请联系运维人员。", full.Message),
        ChainBehindException behind => RpcErrors.FailedPrecondition(
            "CHAIN_BEHIND", "节点的数据库早于已发布的状态（可能由旧备份恢复），现在不接受变更；请运维人员用 crossprovince status resume 说明如何继续。", behind.Message),
        SpoolException { Fault: SpoolFault.Full } => RpcErrors.Unavailable(
            "RECORDING_FULL", "节点的核验记录暂存区已满：数据库长时间未能写入，暂停核验。请稍后重试。",
            "The node's spool of records is full, since its database has not taken any for long: nothing is verified that cannot be recorded. Try again later.", TimeSpan.FromSeconds(10)),
        SpoolException => RpcErrors.Unavailable(
            "RECORDING_UNAVAILABLE", "节点无法写入核验记录，暂停核验，请稍后重试；重复请求不会造成问题。",
            "The node cannot write records, and verifies nothing that cannot be recorded. Try again: asking twice does no harm.", TimeSpan.FromSeconds(2)),
        StorageException { InnerException: var cause } when StorageFailures.IsReadOnly(cause) => RpcErrors.Unavailable(
            "DATABASE_READ_ONLY", "节点的数据库现在只读，未作任何更改；请联系运维人员，稍后重试。",
            "The node's database is read-only now; nothing was changed. Tell its operator, and try again later.", TimeSpan.FromSeconds(10)),
        StorageException { InnerException: var cause } when StorageFailures.IsFull(cause) => RpcErrors.Unavailable(
            "DATABASE_FULL", "节点的数据库磁盘已满，未作任何更改；请联系运维人员，稍后重试。",
            "The disk of the node's database is full; nothing was changed. Tell its operator, and try again later.", TimeSpan.FromSeconds(10)),
        KeyReplacedException => RpcErrors.Unavailable(
            "STORAGE_KEY_REPLACED", "数据库密钥已更换，此节点须以新的密钥文件重新启动；请运维人员处理后重试。",
            "The keys of the database were replaced, and this node must be started again with the new key file. Ask the operator, then try again.", TimeSpan.FromMinutes(1)),
        StorageException or DbException => RpcErrors.Unavailable(
            "DATABASE_UNAVAILABLE", "节点的数据库暂时不可用，请稍后重试；重复请求不会造成问题。", "The node's database cannot be used now. Try again: asking twice does no harm.", TimeSpan.FromSeconds(2)),
        _ => null,
    };

    /// <summary>The call's place among those of its caller.</summary>
    private IDisposable Enter(ServerCallContext context)
    {
        if (context.CancellationToken.IsCancellationRequested || context.Deadline <= TimeProvider.System.GetUtcNow().UtcDateTime)
        {
            throw RpcErrors.DeadlineExceeded();
        }

        var http = context.GetHttpContext();
        return limits.Enter(callers.Identify(http), http.Connection.RemoteIpAddress);
    }

    /// <summary>What a call that failed is answered.</summary>
    private RpcException Fail(Exception exception, ServerCallContext context, long start)
    {
        var error = exception as RpcException ?? Explain(exception, context);
        var http = context.GetHttpContext();
        if (!Rpc.Is(http.Request))
        {
            HttpErrors.AddHeaders(http.Response, error);
        }

        metrics.Refused(context.Method, error, start);
        return error;
    }

    private RpcException Explain(Exception exception, ServerCallContext context)
    {
        if (exception is OperationCanceledException && CallDeadlines.HasPassed(context))
        {
            return RpcErrors.DeadlineExceeded();
        }

        // A stream that the caller reset throws before the call is marked as cancelled; no rpc does other input or output that throws so.
        if (exception is IOException || (exception is OperationCanceledException && context.CancellationToken.IsCancellationRequested))
        {
            return new RpcException(new Status(StatusCode.Cancelled, "The caller went away."));
        }

        if (TryTranslate(exception) is { } known)
        {
            LogUnavailable(context.Method, known.StatusCode);
            return known;
        }

        var requestId = Activity.Current?.TraceId.ToString() ?? context.GetHttpContext().TraceIdentifier;
        LogBug(exception, context.Method, requestId);
        return RpcErrors.Internal(requestId);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} was answered with {Code}.")]
    private partial void LogUnavailable(string method, StatusCode code);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} failed. Request {RequestId}.")]
    private partial void LogBug(Exception exception, string method, string requestId);
}
