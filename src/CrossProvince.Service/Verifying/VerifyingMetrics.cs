using System.Diagnostics.Metrics;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Telemetry;

namespace CrossProvince.Service.Verifying;

/// <summary>Counts verdicts and alarms and times the stages of a verification, meter <c>CrossProvince.Verifying</c>.</summary>
internal sealed class VerifyingMetrics
{
    public const string Meter = "CrossProvince.Verifying";

    /// <summary>The label of <see cref="Verdicts"/> that names the verdict.</summary>
    public const string VerdictLabel = "verdict";

    private readonly Counter<long> _alarms;
    private readonly Histogram<double> _stages;
    private readonly Histogram<int> _groups;
    private readonly Histogram<double> _waits;
    private readonly Meter _meter;

    public VerifyingMetrics(IMeterFactory meters)
    {
        var meter = _meter = meters.Create(Meter);
        Verdicts = meter.CreateCounter<long>("crossprovince.verifications", unit: "{verification}", description: "Verifications answered, by verdict, reason and issuing region.");
        _alarms = meter.CreateCounter<long>("crossprovince.alarms", unit: "{alarm}", description: "Signs of a stolen key or a misused front end.");
        _stages = meter.CreateHistogram("crossprovince.verification.stage", "s", "Time of a stage: judge, record, ask, answer.", advice: Durations.Advice);
        _groups = meter.CreateHistogram(
            "crossprovince.verification.group", "{code}", "Codes that were verified together.", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] });
        _waits = meter.CreateHistogram("crossprovince.verification.wait", "s", "Time that the code of a group waited which had waited longest.", advice: Durations.Advice);
    }

    /// <summary>Verifications answered.</summary>
    public Counter<long> Verdicts { get; }

    /// <summary>Has the queue observed.</summary>
    /// <param name="length">Codes that wait.</param>
    public void Observe(Func<int> length) =>
        _meter.CreateObservableGauge("crossprovince.verification.queue", length, "{code}", "Codes that wait to be verified.");

    /// <summary>A group has been taken up.</summary>
    /// <param name="codes">How many codes it has.</param>
    /// <param name="waited">How long the one that waited longest has waited.</param>
    public void Gathered(int codes, TimeSpan waited)
    {
        _groups.Record(codes);
        _waits.Record(waited.TotalSeconds);
    }

    /// <summary>Counts a verdict.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <param name="reason">Why it is undetermined.</param>
    /// <param name="issuing">The region whose key signed the code; null unless the signature holds, for until then anyone may have written it.</param>
    public void Count(Verdict verdict, UndeterminedReason reason, RegionCode? issuing) => Verdicts.Add(
        1,
        new KeyValuePair<string, object?>(VerdictLabel, verdict.ToString()),
        new KeyValuePair<string, object?>("reason", reason.ToString()),
        new KeyValuePair<string, object?>("region", issuing?.ToString() ?? "none"));

    /// <summary>Counts an alarm.</summary>
    /// <param name="kind">A constant.</param>
    public void Alarm(string kind) => _alarms.Add(1, new KeyValuePair<string, object?>("kind", kind));

    /// <summary>Times a stage of one call, and traces it.</summary>
    /// <param name="name">A constant.</param>
    /// <param name="codes">How many codes it is about.</param>
    public Stage Begin(string name, int codes) => Stage.Begin(_stages, name, codes);

    /// <summary>Times a stage of a group, and traces it.</summary>
    /// <param name="name">A constant.</param>
    /// <param name="group">What it is about.</param>
    public Stage Begin(string name, IReadOnlyList<Scan> group) => Stage.Begin(_stages, name, group.Count, group[0].Call.Trace, group.Select(scan => scan.Call.Trace));
}
