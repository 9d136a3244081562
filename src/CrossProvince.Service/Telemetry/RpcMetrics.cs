using System.Diagnostics;
using System.Diagnostics.Metrics;
using Google.Rpc;
using Grpc.Core;

namespace CrossProvince.Service.Telemetry;

/// <summary>How long rpcs take and why they are refused, meter <c>CrossProvince.Rpc</c>; JSON calls count as the rpc they are.</summary>
/// <remarks>Labels come from the node's own rpcs, status codes and reasons: nothing that a caller sends becomes one.</remarks>
internal sealed class RpcMetrics
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

    /// <summary>A call was answered.</summary>
    /// <param name="rpc">Its method.</param>
    /// <param name="start">When it came, as <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Answered(string rpc, long start) => Ended(rpc, StatusCode.OK, start);

    /// <summary>A call was answered with an error.</summary>
    /// <param name="rpc">Its method.</param>
    /// <param name="error">The error.</param>
    /// <param name="start">When it came, as <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Refused(string rpc, RpcException error, long start)
    {
        var reason = error.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? "";
        _refusals.Add(1, Label("rpc", rpc), Label("code", error.StatusCode.ToString()), Label("reason", reason));
        Ended(rpc, error.StatusCode, start);
    }

    private void Ended(string rpc, StatusCode code, long start) =>
        _durations.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, Label("rpc", rpc), Label("code", code.ToString()));

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
