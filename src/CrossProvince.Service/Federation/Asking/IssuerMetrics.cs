using System.Diagnostics;
using System.Diagnostics.Metrics;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Telemetry;

namespace CrossProvince.Service.Federation.Asking;

/// <summary>What other regions are asked about codes, meter <c>CrossProvince.Federation</c>.</summary>
internal sealed class IssuerMetrics
{
    public const string Meter = "CrossProvince.Federation";

    private readonly Histogram<double> _asks;
    private readonly Meter _meter;

    public IssuerMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(Meter);
        _asks = _meter.CreateHistogram("crossprovince.federation.ask", "s", "Time in which another region was asked about a code.", advice: Durations.Advice);
    }

    /// <summary>Has the regions observed that are left alone for a while.</summary>
    public void Observe(Func<IEnumerable<(RegionCode Region, bool Rests)>> regions) => _meter.CreateObservableGauge(
        "crossprovince.federation.resting",
        () => regions().Select(region => new Measurement<int>(region.Rests ? 1 : 0, new KeyValuePair<string, object?>("region", region.Region.ToString()))),
        description: "1 while a region is not asked because it failed too often.");

    /// <summary>A region was asked.</summary>
    public void Asked(RegionCode region, IssuerQuestion question, AskOutcome outcome, long start) => _asks.Record(
        Stopwatch.GetElapsedTime(start).TotalSeconds,
        new KeyValuePair<string, object?>("region", region.ToString()),
        new KeyValuePair<string, object?>("question", question.ToString()),
        new KeyValuePair<string, object?>("outcome", outcome.ToString()));
}
