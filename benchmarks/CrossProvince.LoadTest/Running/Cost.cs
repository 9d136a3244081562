namespace CrossProvince.LoadTest.Running;

/// <summary>What a phase took of the machine. Zero stands for what can't be seen: the process of a running node, and servers elsewhere than in /proc.</summary>
/// <param name="Server">Processor time of the node, or of the echo.</param>
/// <param name="Driver">Processor time of this process.</param>
/// <param name="Database">Processor time of PostgreSQL, all of its processes.</param>
/// <param name="Cache">Processor time of Redis.</param>
/// <param name="Allocated">Bytes that the node allocated.</param>
/// <param name="Paused">How long the node's garbage collector stopped it.</param>
internal readonly record struct Cost(TimeSpan Server, TimeSpan Driver, TimeSpan Database, TimeSpan Cache, long Allocated, TimeSpan Paused)
{
    /// <summary>Processor time of everybody.</summary>
    public TimeSpan All => Server + Driver + Database + Cache;

    public static Cost operator +(Cost a, Cost b) =>
        new(a.Server + b.Server, a.Driver + b.Driver, a.Database + b.Database, a.Cache + b.Cache, a.Allocated + b.Allocated, a.Paused + b.Paused);

    public static Cost operator -(Cost a, Cost b) =>
        new(a.Server - b.Server, a.Driver - b.Driver, a.Database - b.Database, a.Cache - b.Cache, a.Allocated - b.Allocated, a.Paused - b.Paused);
}
