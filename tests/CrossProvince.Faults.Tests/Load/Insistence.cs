using System.Diagnostics;
using CrossProvince.Client.Connecting;
using CrossProvince.Faults.Tests.History;
using Grpc.Core;

namespace CrossProvince.Faults.Tests.Load;

/// <summary>Asks until there is an answer, as real clients do: what was not answered is asked again, of the next node.</summary>
internal sealed class Insistence(Book book)
{
    /// <summary>No outage of a run lasts longer.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks the nodes in turn.</summary>
    /// <param name="nodes">Numbers of nodes, the first to be asked first.</param>
    /// <param name="call">Asks one.</param>
    /// <param name="count">How many requests a call without answer counts as.</param>
    public async Task<T> AskAsync<T>(IReadOnlyList<int> nodes, Func<int, Task<T>> call, int count = 1)
    {
        var start = Stopwatch.GetTimestamp();
        for (var tried = 0; ; tried++)
        {
            try
            {
                return await call(nodes[tried % nodes.Count]);
            }
            catch (NodeException e) when (IsToBeRepeated(e) && Stopwatch.GetElapsedTime(start) < s_patience)
            {
                for (var i = 0; i < count; i++)
                {
                    book.CountUnanswered(e.Reason ?? e.Failure.ToString());
                }

                await Task.Delay(s_pause);
            }
        }
    }

    /// <summary>Whether no decision was reached, and asking again may help.</summary>
    public static bool IsToBeRepeated(NodeException e) =>
        e.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted && e.Reason != "LICENCE_TOO_NEW";
}
