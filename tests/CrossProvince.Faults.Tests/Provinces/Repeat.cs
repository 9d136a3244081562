using CrossProvince.Faults.Tests.History;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>Work that is done again and again.</summary>
internal static class Repeat
{
    /// <summary>Does it, and does it again after a pause, until it is told to stop. It has no business to throw: that is written down as wrong.</summary>
    public static async Task UntilAsync(Book book, TimeSpan pause, Func<Task> work, CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                await work();
                await Task.Delay(pause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (Exception e)
        {
            book.Wrong.Enqueue(e.ToString());
        }
    }
}
