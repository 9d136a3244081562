using System.Diagnostics;
using System.Diagnostics.Metrics;
using Google.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace CrossProvince.Service.Telemetry;

/// <summary>How long rpcs take and why they are refused, meter <c>CrossProvince.Rpc</c>; JSON calls count as the rpc they are.</summary>
/// <remarks>Labels come from the node's own rpcs, status codes and reasons: nothing that a caller sends becomes one.</remarks>
internal sealed class RpcMetrics : Interceptor
{
    public const string Meter = "CrossProvince.Rpc";

    private readonly Histogram<double> _durations;
    private readonly Counter<long> _refusals;

    public RpcMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        _durations = meter.CreateHistogram("crossprovince.rpc.duration", "s", "Time from a call to its answer; of a stream to its end.", advice: Durations.Advice);
        _refusals = meter.CreateCounter<long>("crossprovince.refusals", "{refusal}", "Calls that were answered with an error, by rpc, status and reason.");
    }

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        MeasureAsync(context, () => continuation(request, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        MeasureAsync(context, () => DoneAsync(continuation(request, responseStream, context)));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        MeasureAsync(context, () => continuation(requestStream, context));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        MeasureAsync(context, () => DoneAsync(continuation(requestStream, responseStream, context)));

    private static async Task<bool> DoneAsync(Task work)
    {
        await work;
        return true;
    }

    private async Task<T> MeasureAsync<T>(ServerCallContext context, Func<Task<T>> work)
    {
        var start = Stopwatch.GetTimestamp();
        var status = StatusCode.OK;
        try
        {
            return await work();
        }
        catch (RpcException e)
        {
            status = e.StatusCode;
            var reason = e.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? "";
            _refusals.Add(1, Label("rpc", context.Method), Label("code", status.ToString()), Label("reason", reason));
            throw;
        }
        finally
        {
            _durations.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, Label("rpc", context.Method), Label("code", status.ToString()));
        }
    }

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
