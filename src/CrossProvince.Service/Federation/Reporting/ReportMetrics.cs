using System.Diagnostics.Metrics;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Federation.Asking;

namespace CrossProvince.Service.Federation.Reporting;

/// <summary>Uses that are reported to other regions and by them, meter <c>CrossProvince.Federation</c>.</summary>
internal sealed class ReportMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _received;

    public ReportMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(IssuerMetrics.Meter);
        _sent = _meter.CreateCounter<long>("crossprovince.reports.sent", "{use}", "Uses that another region was told of, by what it made of them.");
        _received = _meter.CreateCounter<long>("crossprovince.reports.received", "{use}", "Uses that another region has reported, by what was made of them.");
    }

    /// <summary>Has what waits observed.</summary>
    public void Observe(Func<IEnumerable<(RegionCode Region, long Count, TimeSpan Age)>> waiting)
    {
        _meter.CreateObservableGauge("crossprovince.reports.waiting", () => waiting().Select(of => new Measurement<long>(of.Count, Label(of.Region))), "{use}", "Uses that another region has not acknowledged, up to 100,000.");
        _meter.CreateObservableGauge("crossprovince.reports.age", () => waiting().Select(of => new Measurement<double>(of.Age.TotalSeconds, Label(of.Region))), "s", "Age of the oldest of them.");
    }

    /// <summary>A region was told.</summary>
    /// <param name="region">The region.</param>
    /// <param name="outcome">A constant.</param>
    /// <param name="count">How many uses.</param>
    public void Sent(RegionCode region, string outcome, long count) => Add(_sent, region, outcome, count);

    /// <summary>A region has told this one.</summary>
    /// <inheritdoc cref="Sent"/>
    public void Received(RegionCode region, string outcome, long count) => Add(_received, region, outcome, count);

    private static void Add(Counter<long> counter, RegionCode region, string outcome, long count)
    {
        if (count > 0)
        {
            counter.Add(count, Label(region), new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    private static KeyValuePair<string, object?> Label(RegionCode region) => new("region", region.ToString());
}
