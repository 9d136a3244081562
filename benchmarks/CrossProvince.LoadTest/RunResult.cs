using CrossProvince.LoadTest.Running;

namespace CrossProvince.LoadTest;

/// <summary>What one run found.</summary>
/// <param name="Plan">How it was made.</param>
/// <param name="Node">Times of the node's answers.</param>
/// <param name="Echo">Times of the echo's, half taken before and half after.</param>
/// <param name="Tally">Whether the answers were right.</param>
internal sealed record RunResult(RunPlan Plan, Timings Node, Timings Echo, Tally Tally)
{
    /// <summary>Codes answered a second.</summary>
    public double CodesPerSecond => Node.PerSecond * Plan.CodesPerCall;

    /// <summary>Messages echoed a second.</summary>
    public double EchoesPerSecond => Echo.PerSecond * Plan.CodesPerCall;

    /// <summary>0 all right; 1 a wrong verdict; 3 an answer is missing.</summary>
    public int ExitCode => Tally.Wrong > 0 ? 1 : Tally.Missing > 0 || Node.Overrun ? 3 : 0;
}
