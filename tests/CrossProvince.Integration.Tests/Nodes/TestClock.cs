namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>A clock that goes on by itself and can be moved, backwards too; timers stay real.</summary>
/// <param name="source">What it is relative to.</param>
internal sealed class TestClock(TimeProvider source) : TimeProvider
{
    private long _offsetTicks;

    internal long Milliseconds => GetUtcNow().ToUnixTimeMilliseconds();

    internal long Seconds => GetUtcNow().ToUnixTimeSeconds();

    public override DateTimeOffset GetUtcNow() => source.GetUtcNow().AddTicks(Interlocked.Read(ref _offsetTicks));

    internal void Move(TimeSpan by) => Interlocked.Add(ref _offsetTicks, by.Ticks);
}
