namespace CrossProvince.Service.Federation.Following;

/// <summary>How long is waited before a region is tried again: longer each time, up to two seconds, and never by all at the same moment.</summary>
internal sealed class Backoff
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(2);

    private int _failures;

    /// <summary>All is well again.</summary>
    public void Reset() => _failures = 0;

    /// <summary>How long to wait after another failure.</summary>
    /// <param name="atLeast">What the other side asked for, up to a minute.</param>
    public TimeSpan Next(TimeSpan atLeast = default)
    {
        var ceiling = Math.Min(s_longest.TotalMilliseconds, s_first.TotalMilliseconds * Math.Pow(2, Math.Min(_failures++, 10)));
        var wait = TimeSpan.FromMilliseconds(ceiling * (0.5 + (Random.Shared.NextDouble() / 2)));
        var asked = atLeast < TimeSpan.FromMinutes(1) ? atLeast : TimeSpan.FromMinutes(1);
        return wait > asked ? wait : asked + TimeSpan.FromMilliseconds(asked.TotalMilliseconds * Random.Shared.NextDouble() / 4);
    }
}
