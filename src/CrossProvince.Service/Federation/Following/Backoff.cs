namespace CrossProvince.Service.Federation.Following;

/// <summary>How long is waited before a region is tried again: longer each time, and never by all at the same moment.</summary>
/// <param name="longest">The longest wait.</param>
internal sealed class Backoff(TimeSpan longest)
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);

    private int _failures;

    /// <summary>All is well again.</summary>
    public void Reset() => _failures = 0;

    /// <summary>How long to wait after another failure.</summary>
    /// <param name="atLeast">What the other side asked for, up to a minute.</param>
    public TimeSpan Next(TimeSpan atLeast = default)
    {
        var ceiling = Math.Min(longest.TotalMilliseconds, s_first.TotalMilliseconds * Math.Pow(2, Math.Min(_failures++, 10)));
        var wait = TimeSpan.FromMilliseconds(ceiling * (0.5 + (Random.Shared.NextDouble() / 2)));
        var asked = atLeast < TimeSpan.FromMinutes(1) ? atLeast : TimeSpan.FromMinutes(1);
        return wait > asked ? wait : asked + TimeSpan.FromMilliseconds(asked.TotalMilliseconds * Random.Shared.NextDouble() / 4);
    }
}
