using CrossProvince.LoadTest.Running;

namespace CrossProvince.LoadTest;

/// <summary>What one run found.</summary>
/// <param name="Plan">How it was made.</param>
/// <param name="Codes">Distinct codes that were sent or could have been.</param>
/// <param name="Bytes">Mean bytes of a request and of its answer; the echo's are the same.</param>
/// <param name="Turns">Node and echo in turns.</param>
/// <param name="Tally">Whether the answers were right.</param>
internal sealed record RunResult(RunPlan Plan, int Codes, (int Request, int Answer) Bytes, IReadOnlyList<Turn> Turns, Tally Tally)
{
    /// <summary>Times of all the node's answers.</summary>
    public Timings Node { get; } = Timings.Join(Turns.Select(turn => turn.Node));

    /// <summary>Times of all the echo's.</summary>
    public Timings Echo { get; } = Timings.Join(Turns.Take(1).Select(turn => turn.Before).Concat(Turns.Select(turn => turn.After)));

    /// <summary>Codes answered a second.</summary>
    public double CodesPerSecond => Node.PerSecond * Plan.CodesPerCall;

    /// <summary>Messages echoed a second.</summary>
    public double EchoesPerSecond => Echo.PerSecond * Plan.CodesPerCall;

    /// <summary>How much of the echo's rate the node reached: the median of the turns.</summary>
    public double OfEcho => Turns.Count == 0 ? 0 : Turns.Select(turn => turn.Ratio).Order().ElementAt(Turns.Count / 2);

    /// <summary>A share of what the node's turns took, for a code: microseconds.</summary>
    public double Microseconds(Func<Cost, TimeSpan> share) => share(Node.Cost).TotalMicroseconds / Math.Max(1, (double)Node.Calls * Plan.CodesPerCall);

    /// <summary>Processor time of echo and driver for a message, microseconds: what the transport alone takes.</summary>
    public double EchoMicroseconds => (Echo.Cost.Server + Echo.Cost.Driver).TotalMicroseconds / Math.Max(1, (double)Echo.Calls * Plan.CodesPerCall);

    /// <summary>Bytes that the node allocated for a code.</summary>
    public double AllocatedBytes => Node.Cost.Allocated / Math.Max(1, (double)Node.Calls * Plan.CodesPerCall);

    /// <summary>Codes a second once the time is counted in which the database catches up; the same as <see cref="CodesPerSecond"/> where that can't be seen.</summary>
    public double SustainedPerSecond => Node.Calls * Plan.CodesPerCall / (Node.Elapsed.TotalSeconds + Turns.Sum(turn => turn.Backlog?.Draining.TotalSeconds ?? 0));

    /// <summary>0 all right; 1 a wrong verdict; 3 an answer is missing.</summary>
    public int ExitCode => Tally.Wrong > 0 ? 1 : Tally.Missing > 0 || Node.Overrun ? 3 : 0;
}
