using System.Diagnostics.Metrics;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Telemetry;

namespace CrossProvince.Service.Verifying;

/// <summary>Counts verdicts and alarms and times the stages of a verification, meter <c>CrossProvince.Verifying</c>.</summary>
internal sealed class VerifyingMetrics
{
    public const string Meter = "CrossProvince.Verifying";

    private readonly Counter<long> _verdicts;
    private readonly Counter<long> _alarms;
    private readonly Histogram<double> _stages;

    public VerifyingMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        _verdicts = meter.CreateCounter<long>("crossprovince.verifications", unit: "{verification}", description: "Verifications answered, by verdict, reason and issuing region.");
        _alarms = meter.CreateCounter<long>("crossprovince.alarms", unit: "{alarm}", description: "Signs of a stolen key or a misused front end.");
        _stages = meter.CreateHistogram("crossprovince.verification.stage", "s", "Time of a stage: judge, record, answer.", advice: Durations.Advice);
    }

    /// <summary>Counts a verdict.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <param name="reason">Why it is undetermined.</param>
    /// <param name="issuing">The region whose key signed the code; null unless the signature holds, for until then anyone may have written it.</param>
    public void Count(Verdict verdict, UndeterminedReason reason, RegionCode? issuing) => _verdicts.Add(
        1,
        new KeyValuePair<string, object?>("verdict", verdict.ToString()),
        new KeyValuePair<string, object?>("reason", reason.ToString()),
        new KeyValuePair<string, object?>("region", issuing?.ToString() ?? "none"));

    /// <summary>Counts an alarm.</summary>
    /// <param name="kind">A constant.</param>
    public void Alarm(string kind) => _alarms.Add(1, new KeyValuePair<string, object?>("kind", kind));

    /// <summary>Times a stage, and traces it.</summary>
    /// <param name="name">A constant.</param>
    /// <param name="codes">How many codes it is about.</param>
    public Stage Begin(string name, int codes) => Stage.Begin(_stages, name, codes);
}
