using System.Diagnostics.Metrics;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Federation.Asking;
using CrossProvince.Service.Telemetry;

namespace CrossProvince.Service.Federation.Following;

/// <summary>How other regions' indexes are followed, meter <c>CrossProvince.Federation</c>.</summary>
internal sealed class FollowingMetrics
{
    private readonly Histogram<double> _delays;
    private readonly Counter<long> _snapshots;
    private readonly Meter _meter;

    public FollowingMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(IssuerMetrics.Meter);
        _delays = _meter.CreateHistogram("crossprovince.feed.delay", "s", "Time from a change in another region until this node answers by it, by both regions' clocks; the oldest of a batch.", advice: Durations.Advice);
        _snapshots = _meter.CreateCounter<long>("crossprovince.feed.snapshots", "{snapshot}", "How often what a copy lacked was fetched as chunks.");
    }

    /// <summary>Has the lag of each region observed.</summary>
    /// <param name="regions">How many changes it has told of that its copy lacks.</param>
    public void Observe(Func<IEnumerable<(RegionCode Region, long Behind)>> regions) => _meter.CreateObservableGauge(
        "crossprovince.feed.behind",
        () => regions().Select(region => new Measurement<long>(region.Behind, Label(region.Region))),
        description: "Changes that a region has told of and that its copy here lacks.");

    /// <summary>A batch was applied.</summary>
    public void Applied(RegionCode region, double seconds) => _delays.Record(Math.Max(0, seconds), Label(region));

    /// <summary>Chunks are fetched.</summary>
    public void Fetched(RegionCode region) => _snapshots.Add(1, Label(region));

    private static KeyValuePair<string, object?> Label(RegionCode region) => new("region", region.ToString());
}
