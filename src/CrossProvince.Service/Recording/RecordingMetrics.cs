using System.Diagnostics.Metrics;
using CrossProvince.Service.Telemetry;

namespace CrossProvince.Service.Recording;

/// <summary>How the spool does, meter <c>CrossProvince.Recording</c>.</summary>
internal sealed class RecordingMetrics
{
    public const string Meter = "CrossProvince.Recording";

    private readonly Meter _meter;
    private readonly Histogram<int> _groups;
    private readonly Histogram<double> _appends;
    private readonly Histogram<double> _drains;
    private long _unrecorded;
    private long _refused;
    private long _damaged;
    private long _missing;

    public RecordingMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(Meter);
        _groups = _meter.CreateHistogram(
            "crossprovince.spool.group", "{record}", "Records that one flush made durable.", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384] });
        _appends = _meter.CreateHistogram("crossprovince.spool.append", "s", "Time in which one group was written and flushed.", advice: Durations.Advice);
        _drains = _meter.CreateHistogram("crossprovince.spool.drain", "s", "Time in which the database took one batch of records.", advice: Durations.Advice);
        _meter.CreateObservableCounter("crossprovince.spool.lost", Lost, "{event}", "Records that are not in the database and will not come there by themselves.");
    }

    /// <summary>The meter itself.</summary>
    public Meter Source => _meter;

    /// <summary>Has the backlog observed.</summary>
    /// <param name="records">Records that are not in the database yet.</param>
    /// <param name="bytes">Bytes of the spool's files.</param>
    /// <param name="age">Age of the oldest record that is not in the database, seconds.</param>
    public void Observe(Func<long> records, Func<long> bytes, Func<double> age)
    {
        _meter.CreateObservableGauge("crossprovince.spool.records", records, "{record}", "Records that are not in the database yet.");
        _meter.CreateObservableGauge("crossprovince.spool.bytes", bytes, "By", "Bytes of the spool's files.");
        _meter.CreateObservableGauge("crossprovince.spool.age", age, "s", "Age of the oldest record that is not in the database yet; 0 when there is none.");
    }

    public void Appended(int records, TimeSpan took)
    {
        _groups.Record(records);
        _appends.Record(took.TotalSeconds);
    }

    public void Drained(TimeSpan took) => _drains.Record(took.TotalSeconds);

    /// <summary>Verifications that were answered without a record.</summary>
    public void Unrecorded(int records) => Interlocked.Add(ref _unrecorded, records);

    /// <summary>A record that the database refuses.</summary>
    public void Refused() => Interlocked.Increment(ref _refused);

    /// <summary>A place in the spool that was damaged.</summary>
    public void Damaged() => Interlocked.Increment(ref _damaged);

    /// <summary>Records that should have been in the spool.</summary>
    public void Missing(long records) => Interlocked.Add(ref _missing, records);

    /// <summary>All kinds always, so that whoever watches sees the first of each.</summary>
    private IEnumerable<Measurement<long>> Lost() =>
        [Of("unrecorded", ref _unrecorded), Of("refused", ref _refused), Of("damaged", ref _damaged), Of("missing", ref _missing)];

    private static Measurement<long> Of(string kind, ref long count) => new(Interlocked.Read(ref count), new KeyValuePair<string, object?>("kind", kind));
}
