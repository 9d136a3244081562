using System.Diagnostics.Metrics;

namespace CrossProvince.Service.Telemetry;

/// <summary>How the recording queue does, meter <c>CrossProvince.Storage</c>.</summary>
internal sealed class StorageMetrics
{
    public const string Meter = "CrossProvince.Storage";

    private readonly Meter _meter;
    private readonly Histogram<int> _groups;
    private readonly Histogram<double> _commits;

    public StorageMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(Meter);
        _groups = _meter.CreateHistogram(
            "crossprovince.recording.group", "{write}", "Writes that one transaction made durable.", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] });
        _commits = _meter.CreateHistogram("crossprovince.recording.commit", "s", "Time from the opening of a transaction to its end, failed or not.", advice: Durations.Advice);
    }

    /// <summary>Has the queue observed.</summary>
    /// <param name="length">Writes that wait.</param>
    public void Observe(Func<int> length) =>
        _meter.CreateObservableGauge("crossprovince.recording.queue", length, "{write}", "Writes that wait for the next transaction.");

    /// <summary>One transaction has ended.</summary>
    public void Committed(int writes, TimeSpan took)
    {
        _groups.Record(writes);
        _commits.Record(took.TotalSeconds);
    }
}
