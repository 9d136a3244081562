using System.Diagnostics;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.LoadTest.Codes;

namespace CrossProvince.LoadTest.Running;

/// <summary>Judges the same codes with Core alone, as the node does: text to verdict, no transport, no record.</summary>
internal static class InProcess
{
    private const int Group = 64;

    /// <summary>Judges until the time is over, or until a verdict is wrong.</summary>
    /// <param name="scans">The codes; those used before count as genuine, for Core keeps no uses.</param>
    /// <param name="licences">What the index must hold.</param>
    /// <param name="trust">The list they are judged by.</param>
    /// <param name="catalogue">The catalogue they are judged by.</param>
    /// <param name="region">Where they are verified.</param>
    /// <param name="threads">How many judge at once.</param>
    /// <param name="longest">How long to go on.</param>
    /// <returns>Codes a second, and what was wrong, or null.</returns>
    public static (double CodesPerSecond, string? Wrong) Measure(
        IReadOnlyList<Scan> scans, IReadOnlyList<CodeTemplate> licences, TrustList trust, LicenceCatalogue catalogue, RegionCode region, int threads, TimeSpan longest)
    {
        var nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var data = new VerificationData
        {
            Trust = trust,
            TrustFreshness = default,
            Catalogue = catalogue,
            Index = Fill(licences, trust, nowMs),
            Time = new TrustedTime(nowMs, ClockBehind: false),
        };
        var verifier = new LicenceVerifier(new TableSignatureVerifier(), new VerifyingRules());
        var counter = new VerifierRights(IsOrganisation: true, catalogue.Scenarios.Select(scenario => scenario.Id).ToHashSet());
        var groups = scans.Chunk(Group).ToArray();
        var questions = groups.Select(group => group.Select(scan => new VerificationQuestion(scan.Code.AsMemory(), null, region, counter)).ToArray()).ToArray();
        var next = -1;
        var judged = 0L;
        string? wrong = null;

        // The tables of keys are there before it counts, as they are in a node.
        verifier.VerifyMany(data, questions[0], new VerificationAnswer[Group]);
        var start = Stopwatch.GetTimestamp();
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
        {
            var answers = new VerificationAnswer[Group];
            while (Stopwatch.GetElapsedTime(start) < longest && wrong is null)
            {
                var i = Interlocked.Increment(ref next) % groups.Length;
                verifier.VerifyMany(data, questions[i], answers.AsSpan(0, questions[i].Length));
                wrong ??= FindWrong(groups[i], answers);
                Interlocked.Add(ref judged, groups[i].Length);
            }
        });
        return (judged / Stopwatch.GetElapsedTime(start).TotalSeconds, wrong);
    }

    private static LicenceIndex Fill(IReadOnlyList<CodeTemplate> licences, TrustList trust, long nowMs)
    {
        var index = new LicenceIndex();
        var code = licences[0].Claims.Region;
        var region = index.GetOrAdd(code, trust.FindRegion(code)!.ListBound);
        var seq = 0L;
        foreach (var (claims, display) in licences.DistinctBy(licence => (licence.Claims.List, licence.Claims.Index)))
        {
            var tag = EntryTag.Compute(code, claims.List, claims.Index, claims.LicenceType, display.Encode());
            region.Apply(new StatusChange(++seq, nowMs, claims.List, claims.Index, LicenceStatus.InForce, tag, StatusReason.None));
        }

        region.Publish(nowMs);
        return index;
    }

    private static string? FindWrong(Scan[] scans, VerificationAnswer[] answers)
    {
        for (var i = 0; i < scans.Length; i++)
        {
            var expected = scans[i].Expected == Contracts.Verification.V1.Verdict.Replayed ? Verdict.Valid : (Verdict)(int)scans[i].Expected;
            if (answers[i].Verdict != expected)
            {
                return $"WRONG in this process: {expected} expected, {answers[i].Verdict} answered";
            }
        }

        return null;
    }
}
