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

    /// <summary>The label of <see cref="Durations"/> that names the rpc.</summary>
    public const string RpcLabel = "rpc";

    private readonly Counter<long> _refusals;

    public RpcMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        Durations = meter.CreateHistogram("crossprovince.rpc.duration", "s", "Time from a call to its answer; of a stream to its end.", advice: Telemetry.Durations.Advice);
        _refusals = meter.CreateCounter<long>("crossprovince.refusals", "{refusal}", "Calls that were answered with an error, by rpc, status and reason.");
    }

    /// <summary>Times from calls to their answers, seconds.</summary>
    public Histogram<double> Durations { get; }

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
        _refusals.Add(1, Label(RpcLabel, rpc), Label("code", error.StatusCode.ToString()), Label("reason", reason));
        Ended(rpc, error.StatusCode, start);
    }

    private void Ended(string rpc, StatusCode code, long start) =>
        Durations.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, Label(RpcLabel, rpc), Label("code", code.ToString()));

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
