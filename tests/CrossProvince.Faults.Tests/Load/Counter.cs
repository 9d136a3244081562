using System.Diagnostics;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Faults.Tests.Region;
using Grpc.Core;

namespace CrossProvince.Faults.Tests.Load;

/// <summary>Scans codes, keeps every answer, and asks again under the same request ids for what was not answered.</summary>
internal sealed class Counter(IRegion region, Book book, Insistence insistence)
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(15);
    private static int s_requests;

    /// <summary>Has some scans verified together.</summary>
    /// <param name="nodes">Which nodes to ask, in this order.</param>
    /// <param name="scans">Codes and the terminals that scan them.</param>
    /// <returns>One answer each, in order.</returns>
    public async Task<IReadOnlyList<Answer>> VerifyAsync(IReadOnlyList<int> nodes, IReadOnlyList<(HeldCode Code, string Terminal)> scans)
    {
        var asked = Outages.Now();
        var requests = scans.Select(scan => Request(scan.Code, scan.Terminal, $"r{Interlocked.Increment(ref s_requests)}")).ToList();
        var answers = new Answer[scans.Count];
        while (true)
        {
            var open = Enumerable.Range(0, scans.Count).Where(i => answers[i] is null).ToList();
            if (open.Count == 0)
            {
                break;
            }

            var (node, response) = await insistence.AskAsync(nodes, n => CallAsync(n, open.Select(i => requests[i])), open.Count);
            foreach (var (i, result) in open.Zip(response.Results))
            {
                if (result.Verification is { } verification)
                {
                    answers[i] = Keep(node, requests[i], scans[i], asked, verification);
                }
                else
                {
                    book.CountUnanswered(((StatusCode)result.Error.Code).ToString());
                    Assert.That((StatusCode)result.Error.Code, Is.EqualTo(StatusCode.Unavailable).Or.EqualTo(StatusCode.DeadlineExceeded), result.Error.Message);
                }
            }
        }

        return answers;
    }

    /// <summary>Asks once more what was answered before.</summary>
    /// <returns>What is answered now.</returns>
    public async Task<(string VerificationId, Verdict Verdict)> RepeatAsync(int node, Answer before)
    {
        var answer = (await region.Verifier(node).Verifications.VerifyAsync(Request(before.Code, before.Terminal, before.RequestId))).Verification;
        return (answer.VerificationId, answer.Verdict);
    }

    private static VerifyRequest Request(HeldCode code, string terminal, string id) =>
        new() { Code = code.Text, TerminalId = terminal, RequestId = id, MatterCode = code.Scenario == HeldCode.OnceEverywhere ? "fault-test" : "" };

    private async Task<(int Node, VerifyBatchResponse Response)> CallAsync(int node, IEnumerable<VerifyRequest> requests)
    {
        var (began, start) = (Outages.Now(), Stopwatch.GetTimestamp());
        try
        {
            return (node, await region.Verifier(node).Verifications.VerifyBatchAsync(new VerifyBatchRequest { Requests = { requests } }, deadline: DateTime.UtcNow + s_deadline));
        }
        finally
        {
            book.Times.Enqueue((began, Stopwatch.GetElapsedTime(start).TotalMilliseconds));
        }
    }

    private Answer Keep(int node, VerifyRequest request, (HeldCode Code, string Terminal) scan, long asked, Verification answer)
    {
        var kept = new Answer(
            node, request.RequestId, answer.VerificationId, answer.Verdict, answer.Reason, answer.StatusAsOf?.ToDateTimeOffset().ToUnixTimeMilliseconds() ?? 0, answer.Stale,
            answer.VerifiedAt.ToDateTimeOffset().ToUnixTimeMilliseconds(), asked, Outages.Now(), scan.Code, scan.Terminal, answer.Mode == VerificationMode.Issuer);
        book.Answers.Enqueue(kept);
        return kept;
    }
}
