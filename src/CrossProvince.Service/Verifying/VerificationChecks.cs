using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Identity;

namespace CrossProvince.Service.Verifying;

/// <summary>What is wrong with one request: the field, and what to do.</summary>
internal sealed record RequestFault(string Field, string Problem, bool Denied = false);

/// <summary>Checks a request's own fields, before the code is looked at.</summary>
internal static class VerificationChecks
{
    private const int LongestField = 64;

    /// <summary>The fault of a request, or null.</summary>
    public static RequestFault? FindFault(VerifyRequest request, Caller caller, LicenceCatalogue catalogue) => request switch
    {
        { Code.Length: 0 } => new("code", "is empty: send the scanned text."),
        { Scenario.Length: > 0 } when catalogue.FindScenario(request.Scenario) is null => new("scenario", "is not in the catalogue of scenarios."),
        { TerminalId.Length: 0 or > LongestField } => new("terminal_id", $"must have 1 to {LongestField} characters."),
        { MatterCode.Length: > LongestField } => new("matter_code", $"must have at most {LongestField} characters."),
        { CaseNumber.Length: > LongestField } => new("case_number", $"must have at most {LongestField} characters."),
        { RequestId.Length: > LongestField } => new("request_id", $"must have at most {LongestField} characters."),
        _ when HasControl(request.TerminalId) => new("terminal_id", "must not have control characters."),
        _ when HasControl(request.MatterCode) => new("matter_code", "must not have control characters."),
        _ when HasControl(request.CaseNumber) => new("case_number", "must not have control characters."),
        _ when HasControl(request.RequestId) => new("request_id", "must not have control characters."),
        _ when caller.Terminal.Length > 0 && caller.Terminal != request.TerminalId => new("terminal_id", "is not the terminal of the operator's token.", Denied: true),
        _ => FindFaultOnBehalf(request, caller),
    };

    /// <summary>The fault of a request that lacks what its scenario requires, or null.</summary>
    public static RequestFault? FindMissing(VerifyRequest request, Scenario? scenario) => scenario switch
    {
        not null when request.MatterCode.Length == 0 && scenario.Requires.Contains("matter-code") => new("matter_code", $"is required by scenario {scenario.Id}."),
        not null when request.CaseNumber.Length == 0 && scenario.Requires.Contains("case-number") => new("case_number", $"is required by scenario {scenario.Id}."),
        _ => null,
    };

    private static RequestFault? FindFaultOnBehalf(VerifyRequest request, Caller caller)
    {
        if (request.OnBehalfOf.Length == 0)
        {
            return null;
        }

        if (caller.Role != CallerRole.Node)
        {
            return new("on_behalf_of", "is for a region's node only.", Denied: true);
        }

        if (!SocialCreditCode.IsValid(request.OnBehalfOf))
        {
            return new("on_behalf_of", "is not a unified social credit code with a correct check character (GB 32100).");
        }

        return request.OnBehalfOf.AsSpan(2, 2).SequenceEqual(caller.Region.ToString().AsSpan(0, 2))
            ? null
            : new("on_behalf_of", $"is an organisation of another region than the caller's, {caller.Region}.", Denied: true);
    }

    private static bool HasControl(string text) => text.Any(char.IsControl);
}
