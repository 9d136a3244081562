using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace CrossProvince.Service.Telemetry;

/// <summary>One stage of a verification while it lasts: a span of the source <c>CrossProvince</c>, and a time in a histogram.</summary>
internal readonly struct Stage : IDisposable
{
    /// <summary>Name of the source.</summary>
    public const string Source = "CrossProvince";

    private static readonly ActivitySource s_source = new(Source);

    private readonly Activity? _activity;
    private readonly Histogram<double> _durations;
    private readonly string _name;
    private readonly long _start;

    private Stage(Histogram<double> durations, string name, Activity? activity)
    {
        (_durations, _name, _activity, _start) = (durations, name, activity, Stopwatch.GetTimestamp());
    }

    /// <summary>Begins a stage of one call.</summary>
    /// <param name="durations">Where its time goes, by <c>stage</c>.</param>
    /// <param name="name">A constant.</param>
    /// <param name="codes">How many codes it is about.</param>
    public static Stage Begin(Histogram<double> durations, string name, int codes) =>
        new(durations, name, s_source.StartActivity(name)?.SetTag("crossprovince.codes", codes));

    /// <summary>Begins a stage of several calls: its span stands in the trace of one of them, and is linked to those of all.</summary>
    /// <param name="durations">Where its time goes, by <c>stage</c>.</param>
    /// <param name="name">A constant.</param>
    /// <param name="codes">How many codes it is about.</param>
    /// <param name="parent">The span of the call in whose trace it stands.</param>
    /// <param name="calls">The spans of all calls, some named several times.</param>
    public static Stage Begin(Histogram<double> durations, string name, int codes, ActivityContext parent, IEnumerable<ActivityContext> calls)
    {
        var activity = s_source.HasListeners()
            ? s_source.StartActivity(ActivityKind.Internal, parent, links: calls.Where(call => call != default).Distinct().Select(call => new ActivityLink(call)), name: name)
            : null;
        return new Stage(durations, name, activity?.SetTag("crossprovince.codes", codes));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _durations.Record(Stopwatch.GetElapsedTime(_start).TotalSeconds, new KeyValuePair<string, object?>("stage", _name));
        _activity?.Dispose();
    }
}
