namespace CrossProvince.LoadTest.Running;

/// <summary>One turn of the node between two of the echo.</summary>
/// <param name="Node">Times of the node's answers.</param>
/// <param name="Before">Those of the echo before.</param>
/// <param name="After">Those of the echo after.</param>
/// <param name="Backlog">What was not in the database when the last answer came; null where that can't be seen.</param>
internal sealed record Turn(Timings Node, Timings Before, Timings After, Backlog? Backlog)
{
    /// <summary>How much of the echo's rate the node reached.</summary>
    public double Ratio => Node.PerSecond / ((Before.PerSecond + After.PerSecond) / 2);
}

/// <summary>Answered records that had not reached the database.</summary>
/// <param name="Records">How many, when the last answer came.</param>
/// <param name="Draining">How long it took until they had.</param>
internal sealed record Backlog(long Records, TimeSpan Draining);
