namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>Waits for what nodes do by themselves.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(20);

    internal static Task HoldsAsync(Func<bool> holds, string what) => HoldsAsync(() => Task.FromResult(holds()), what);

    internal static async Task HoldsAsync(Func<Task<bool>> holds, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.That(TimeProvider.System.GetElapsedTime(start), Is.LessThan(s_patience), $"It never came about that {what}.");
            await Task.Delay(s_interval);
        }
    }
}
