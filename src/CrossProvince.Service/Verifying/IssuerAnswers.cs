using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation.Asking;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Presenting;

namespace CrossProvince.Service.Verifying;

/// <summary>What an issuing region's answer about a scan is worth. The region decides on its licences, showings and uses, and on nothing else.</summary>
internal sealed class IssuerAnswers(LicenceCatalogue catalogue, NodeSettings node, TrustedClock clock)
{
    private const int LongestValue = 4_000;

    /// <summary>Judges an answer.</summary>
    public AskOutcome Judge(Scan scan, IssuerQuestion question, Verification answer)
    {
        var verdict = (Core.Verification.Verdict)(int)answer.Verdict;
        if (verdict == Core.Verification.Verdict.None || !Enum.IsDefined(verdict))
        {
            return AskOutcome.Implausible;
        }

        // What both regions know alike was good here: a region that finds otherwise has another clock, trust list or catalogue, and its word on that counts no more than this node's.
        if (!IsForTheIssuer(verdict))
        {
            return AskOutcome.Undecided;
        }

        return IsAboutTheScan(scan, answer) && HasOnlyWhatWasAsked(scan, question, answer) && (verdict != Core.Verification.Verdict.Valid || IsGoodNow(scan, answer))
            ? AskOutcome.Answered
            : AskOutcome.Implausible;
    }

    private static bool IsForTheIssuer(Core.Verification.Verdict verdict) => verdict is
        Core.Verification.Verdict.Valid or Core.Verification.Verdict.Revoked or Core.Verification.Verdict.Suspended or Core.Verification.Verdict.NotActive
        or Core.Verification.Verdict.Replayed or Core.Verification.Verdict.LicenceExpired or Core.Verification.Verdict.LicenceUnknown
        or Core.Verification.Verdict.CodeNotIssued or Core.Verification.Verdict.CodeWithdrawn or Core.Verification.Verdict.Withdrawn;

    private bool IsAboutTheScan(Scan scan, Verification answer)
    {
        var claims = scan.Core.Code.Claims;
        return answer.Mode == VerificationMode.Local && answer.IssuingRegion == claims.Region.ToString() && answer.Scenario == scan.Core.Scenario!.Id
            && answer.LicenceType == catalogue.FindType(claims.LicenceType)?.Id && WireDisplay.From(scan.Core.Code.ReadDisplay()).Equals(answer.Display);
    }

    /// <summary>The region's own index is always of now.</summary>
    private bool IsGoodNow(Scan scan, Verification answer)
    {
        if (answer.StatusAsOf is not { } time)
        {
            return false;
        }

        var (asOf, now) = (time.ToDateTimeOffset().ToUnixTimeSeconds(), clock.Now().UnixSeconds);
        return asOf <= now + NodeSettings.SkewSeconds && asOf >= now - (scan.Core.Scenario!.HardSeconds ?? (long)node.Options.Freshness.Hard.TotalSeconds);
    }

    /// <summary>Only fields that the scenario grants, and of the licence whose masked fields stand in the code.</summary>
    private bool HasOnlyWhatWasAsked(Scan scan, IssuerQuestion question, Verification answer)
    {
        if (question != IssuerQuestion.Disclose || answer.Verdict != Contracts.Verification.V1.Verdict.Valid)
        {
            return answer.Disclosed.Count == 0;
        }

        var type = catalogue.FindType(scan.Core.Code.Claims.LicenceType)!;
        var shown = scan.Core.Code.ReadDisplay();
        return answer.Disclosed.All(field => scan.Core.Scenario!.Discloses.Contains(field.Key) && field.Value.Length <= LongestValue && !field.Value.Any(IsOdd))
            && IsShown(type.Display.Name, shown.Name) && IsShown(type.Display.Number, shown.Number) && (type.Display.Extra is not { } extra || IsShown(extra, shown.Extra ?? ""));

        bool IsShown(DisplayPart part, string masked) => !answer.Disclosed.TryGetValue(part.From, out var full) || catalogue.IsShownAs(part, full, masked);
    }

    private static bool IsOdd(char character) => char.IsControl(character) && character is not ('\n' or '\r' or '\t');
}
