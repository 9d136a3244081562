using System.Net.Sockets;
using System.Security.Authentication;
using CrossProvince.Core.Identifiers;
using Google.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace CrossProvince.Client.Connecting;

/// <summary>Turns every error of a call into a <see cref="NodeException"/> and gives unary calls a deadline.</summary>
internal sealed class NodeErrors(Uri node) : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(request, WithDeadline(context));
        return new AsyncUnaryCall<TResponse>(
            Map(call.ResponseAsync, context.Options.CancellationToken), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, BlockingUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        try
        {
            return continuation(request, WithDeadline(context));
        }
        catch (RpcException e)
        {
            throw Map(e, context.Options.CancellationToken);
        }
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(request, context);
        return new AsyncServerStreamingCall<TResponse>(
            new Reader<TResponse>(this, call.ResponseStream), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(context);
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(
            new Writer<TRequest>(this, call.RequestStream),
            new Reader<TResponse>(this, call.ResponseStream),
            call.ResponseHeadersAsync,
            call.GetStatus,
            call.GetTrailers,
            call.Dispose);
    }

    private static ClientInterceptorContext<TRequest, TResponse> WithDeadline<TRequest, TResponse>(ClientInterceptorContext<TRequest, TResponse> context)
        where TRequest : class
        where TResponse : class =>
        context.Options.Deadline is not null
            ? context
            : new(context.Method, context.Host, context.Options.WithDeadline(DateTime.UtcNow.Add(NodeConnection.DefaultDeadline)));

    private async Task<T> Map<T>(Task<T> answer, CancellationToken cancellationToken)
    {
        try
        {
            return await answer;
        }
        catch (RpcException e)
        {
            throw Map(e, cancellationToken);
        }
    }

    private async Task Map(Task done, CancellationToken cancellationToken)
    {
        try
        {
            await done;
        }
        catch (RpcException e)
        {
            throw Map(e, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or SocketException)
        {
            // A message that was being sent when the connection broke.
            throw Broken(e);
        }
    }

    private Exception Map(RpcException error, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested && error.StatusCode == StatusCode.Cancelled)
        {
            return new OperationCanceledException(error.Message, error, cancellationToken);
        }

        // An exception beside the status means that this side made the status up.
        return error switch
        {
            { StatusCode: StatusCode.DeadlineExceeded } => Late(error),
            { Status.DebugException: { } cause } => Broken(cause),
            _ => Answered(error, error.GetRpcStatus()),
        };
    }

    private static NodeException Answered(RpcException error, Google.Rpc.Status? status)
    {
        var violation = status?.GetDetail<BadRequest>()?.FieldViolations.FirstOrDefault();
        var texts = status?.Details.Where(detail => detail.Is(LocalizedMessage.Descriptor)).Select(detail => detail.Unpack<LocalizedMessage>()).ToList() ?? [];
        var plain = violation?.Description is { Length: > 0 } description ? description : error.Status.Detail;
        string In(string language) => texts.Find(text => text.Locale.StartsWith(language, StringComparison.OrdinalIgnoreCase))?.Message is { } said ? WithoutField(said) : plain;
        string WithoutField(string said) => violation is { Field.Length: > 0 } && said.StartsWith($"{violation.Field} ", StringComparison.Ordinal) ? said[(violation.Field.Length + 1)..] : said;
        return new NodeException(
            NodeFailure.Answered,
            error.StatusCode,
            violation?.Field is { Length: > 0 } field ? field : null,
            new LocalizedText(In("zh"), In("en")),
            status?.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan(),
            status?.GetDetail<ErrorInfo>()?.Reason,
            error);
    }

    /// <summary>No answer, because there is no connection, or none any more.</summary>
    /// <param name="error">What the transport threw.</param>
    internal NodeException Broken(Exception error)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return Failed(
                    NodeFailure.TlsRefused,
                    error,
                    $"已拒绝节点 {node}：{cause.Message}。请检查节点地址和身份目录中的 {NodeIdentity.AuthoritiesFile}。",
                    $"The node at {node} was refused: {cause.Message}. Check the address and {NodeIdentity.AuthoritiesFile} of the identity directory.");
            }

            if (cause is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: not AuthenticationException })
            {
                return Failed(
                    NodeFailure.TlsRefused,
                    error,
                    $"与节点 {node} 的 TLS 连接失败（{cause.InnerException?.Message}）。节点可能拒绝了本方证书，或该端口不是 TLS。",
                    $"TLS with the node at {node} failed ({cause.InnerException?.Message}). It may have refused this certificate, or the port may not speak TLS.");
            }

            // The channel dials by itself and passes the socket's error on bare.
            if (cause is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }
                or SocketException { SocketErrorCode: not (SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown) })
            {
                return Failed(
                    NodeFailure.Unreachable,
                    error,
                    $"无法连接节点 {node}（{cause.Message}）。请检查地址，以及节点是否在运行。",
                    $"The node at {node} can't be reached ({cause.Message}). Check the address, and that the node is running.");
            }
        }

        return Failed(
            NodeFailure.Unreachable,
            error,
            $"与节点 {node} 的连接中断（{error.Message}）。",
            $"The connection to the node at {node} broke ({error.Message}).");
    }

    /// <summary>No answer in time.</summary>
    internal NodeException Late(Exception error) =>
        Failed(NodeFailure.TimedOut, error, $"节点 {node} 未及时应答。", $"The node at {node} did not answer in time.");

    private static NodeException Failed(NodeFailure failure, Exception error, string zh, string en) =>
        new(failure, failure == NodeFailure.TimedOut ? StatusCode.DeadlineExceeded : StatusCode.Unavailable, null, new LocalizedText(zh, en), cause: error);

    private sealed class Reader<T>(NodeErrors errors, IAsyncStreamReader<T> inner) : IAsyncStreamReader<T>
    {
        public T Current => inner.Current;

        public Task<bool> MoveNext(CancellationToken cancellationToken) => errors.Map(inner.MoveNext(cancellationToken), cancellationToken);
    }

    private sealed class Writer<T>(NodeErrors errors, IClientStreamWriter<T> inner) : IClientStreamWriter<T>
    {
        public WriteOptions? WriteOptions
        {
            get => inner.WriteOptions;
            set => inner.WriteOptions = value;
        }

        public Task WriteAsync(T message) => errors.Map(inner.WriteAsync(message), default);

        public Task WriteAsync(T message, CancellationToken cancellationToken) => errors.Map(inner.WriteAsync(message, cancellationToken), cancellationToken);

        public Task CompleteAsync() => errors.Map(inner.CompleteAsync(), default);
    }
}
