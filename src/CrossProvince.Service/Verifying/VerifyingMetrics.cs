using System.Diagnostics.Metrics;
using CrossProvince.Core.Verification;

namespace CrossProvince.Service.Verifying;

/// <summary>Counts verdicts and alarms, meter <c>CrossProvince.Verifying</c>.</summary>
internal sealed class VerifyingMetrics
{
    private readonly Counter<long> _verdicts;
    private readonly Counter<long> _alarms;

    public VerifyingMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("CrossProvince.Verifying");
        _verdicts = meter.CreateCounter<long>("crossprovince.verifications", unit: "{verification}", description: "Verifications answered, by verdict and reason.");
        _alarms = meter.CreateCounter<long>("crossprovince.alarms", unit: "{alarm}", description: "Signs of a stolen key or a misused front end.");
    }

    public void Count(Verdict verdict, UndeterminedReason reason) => _verdicts.Add(
        1, new KeyValuePair<string, object?>("verdict", verdict.ToString()), new KeyValuePair<string, object?>("reason", reason.ToString()));

    public void Alarm(string kind) => _alarms.Add(1, new KeyValuePair<string, object?>("kind", kind));
}
