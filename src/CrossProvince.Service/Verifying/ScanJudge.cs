using System.Buffers;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;

namespace CrossProvince.Service.Verifying;

/// <summary>Steps 1 to 10 of a group: one view of trust list, catalogue, index and time for all of it; who asks is a property of each scan.</summary>
internal sealed class ScanJudge(LicenceVerifier verifier, LicenceCatalogue catalogue, LicenceIndex index, TrustSource trust, TrustedClock clock, NodeSettings node)
{
    /// <summary>Judges every scan, or finds its fault.</summary>
    public void Judge(IReadOnlyList<Scan> group)
    {
        var time = clock.Now();
        var data = new VerificationData
        {
            Trust = trust.List,
            TrustFreshness = trust.Freshness(time.UnixSeconds),
            Catalogue = catalogue,
            Index = index,
            Time = time,
        };
        var questions = ArrayPool<VerificationQuestion>.Shared.Rent(group.Count);
        var answers = ArrayPool<VerificationAnswer>.Shared.Rent(group.Count);
        try
        {
            for (var i = 0; i < group.Count; i++)
            {
                questions[i] = Ask(group[i]);
            }

            verifier.VerifyMany(data, questions.AsSpan(0, group.Count), answers.AsSpan(0, group.Count));
            for (var i = 0; i < group.Count; i++)
            {
                group[i].Take(answers[i], time, data.Trust.Version);
                group[i].Fault = VerificationChecks.FindForeign(group[i].Call.Demand, !answers[i].SignatureHolds || answers[i].Code.Claims.Region == node.Region)
                    ?? VerificationChecks.FindMissing(group[i].Request, questions[i].Scenario ?? answers[i].Scenario);
            }
        }
        finally
        {
            ArrayPool<VerificationQuestion>.Shared.Return(questions, clearArray: true);
            ArrayPool<VerificationAnswer>.Shared.Return(answers, clearArray: true);
        }
    }

    private VerificationQuestion Ask(Scan scan) => new(
        scan.Request.Code.AsMemory(),
        scan.Request.Scenario.Length == 0 ? null : catalogue.FindScenario(scan.Request.Scenario),
        scan.Caller.Role == CallerRole.Node ? scan.Caller.Region : node.Region,
        scan.Caller.Rights);
}
