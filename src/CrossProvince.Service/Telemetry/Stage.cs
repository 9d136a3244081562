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

    private Stage(Histogram<double> durations, string name, int codes)
    {
        (_durations, _name, _start) = (durations, name, Stopwatch.GetTimestamp());
        _activity = s_source.StartActivity(name);
        _activity?.SetTag("crossprovince.codes", codes);
    }

    /// <summary>Begins a stage.</summary>
    /// <param name="durations">Where its time goes, by <c>stage</c>.</param>
    /// <param name="name">A constant.</param>
    /// <param name="codes">How many codes it is about.</param>
    public static Stage Begin(Histogram<double> durations, string name, int codes) => new(durations, name, codes);

    /// <inheritdoc/>
    public void Dispose()
    {
        _durations.Record(Stopwatch.GetElapsedTime(_start).TotalSeconds, new KeyValuePair<string, object?>("stage", _name));
        _activity?.Dispose();
    }
}
