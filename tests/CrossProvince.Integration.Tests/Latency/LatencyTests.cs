using System.Diagnostics;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Integration.Tests.Processes;

namespace CrossProvince.Integration.Tests.Latency;

/// <summary>Issue in one region, verify in another: two nodes as processes, TLS, SM2, single use, recorded before it is answered.</summary>
[Category("Alone")]
public sealed class LatencyTests
{
    private const int Licences = 100;
    private const int WarmUps = 400;
    private const int Pairs = 2_000;

    /// <summary>A machine that does something else at the same time gets another try.</summary>
    private const int MostRounds = 3;

    private const double LimitMilliseconds = 5;

    [Test]
    public async Task IssueAndVerify_TwoRegions_TakesLessThanFiveMilliseconds()
    {
        var (issuing, verifying) = (RegionCode.Parse("110000"), RegionCode.Parse("120000"));
        using var federation = NodeFederation.Create(issuing, verifying);
        await using var first = NodeProcess.Start(federation, issuing);
        await using var second = NodeProcess.Start(federation, verifying);
        await Task.WhenAll(first.ReadyAsync(), second.ReadyAsync());
        using var authority = federation.Connect(issuing, "authority");
        using var issuer = federation.Connect(issuing, "verifier");
        using var verifier = federation.Connect(verifying, "verifier");

        var cards = federation.Lines(issuing, Licences * 2, seed: 7).Where(Importing.IsIdentityCard).Take(Licences).ToList();
        await authority.ImportAsync(cards);
        var holders = new List<Holder>();
        foreach (var card in cards)
        {
            holders.Add(await Holder.SignInAsync(issuer, Importing.LicenceId(card)));
        }

        // Codes are made for entries only that have stood in a published head for 5 s.
        await Eventually.HoldsAsync(async () => await CanBeShownAsync(holders[^1]), "codes are good in the other region");
        await MeasureAsync(WarmUps);
        var best = double.MaxValue;
        for (var round = 1; round <= MostRounds && best >= LimitMilliseconds; round++)
        {
            best = Math.Min(best, Say(round, await MeasureAsync(Pairs)));
        }

        Assert.That(best, Is.LessThan(LimitMilliseconds), "p50 of issue and verify together, milliseconds");

        async Task<bool> CanBeShownAsync(Holder holder)
        {
            try
            {
                var code = await holder.PresentAsync();
                return (await verifier.Verifications.VerifyAsync(new VerifyRequest { Code = code.Code, TerminalId = "latency" })).Verification.Verdict == Verdict.Valid;
            }
            catch (NodeException)
            {
                return false;
            }
        }

        async Task<List<(double Issue, double Verify)>> MeasureAsync(int pairs)
        {
            var times = new List<(double, double)>(pairs);
            for (var i = 0; i < pairs; i++)
            {
                var start = Stopwatch.GetTimestamp();
                var code = await holders[i % holders.Count].PresentAsync();
                var issued = Stopwatch.GetTimestamp();
                var answer = await verifier.Verifications.VerifyAsync(new VerifyRequest
                {
                    Code = code.Code,
                    TerminalId = "latency",
                    Scenario = "counter-check",
                    RequestId = Guid.NewGuid().ToString("N"),
                });
                times.Add((Stopwatch.GetElapsedTime(start, issued).TotalMilliseconds, Stopwatch.GetElapsedTime(issued).TotalMilliseconds));
                Assert.That(answer.Verification.Verdict, Is.EqualTo(Verdict.Valid));
            }

            return times;
        }
    }

    private static double Say(int round, List<(double Issue, double Verify)> times)
    {
        var both = Percentiles(times.Select(t => t.Issue + t.Verify));
        var issue = Percentiles(times.Select(t => t.Issue));
        var verify = Percentiles(times.Select(t => t.Verify));
        TestContext.Out.WriteLine(
            $"round {round}, {times.Count} pairs: issue p50 {issue.P50:F2} ms p99 {issue.P99:F2} ms · verify p50 {verify.P50:F2} ms p99 {verify.P99:F2} ms · both p50 {both.P50:F2} ms p99 {both.P99:F2} ms");
        return both.P50;
    }

    private static (double P50, double P99) Percentiles(IEnumerable<double> times)
    {
        var sorted = times.Order().ToList();
        return (sorted[sorted.Count / 2], sorted[sorted.Count * 99 / 100]);
    }
}
