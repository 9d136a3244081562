using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Identity;

namespace CrossProvince.Service.Verifying;

/// <summary>What is wrong with one request: the field, and what to do.</summary>
internal sealed record RequestFault(string Field, string Zh, string En, bool Denied = false);

/// <summary>Checks a request's own fields, before the code is looked at.</summary>
internal static class VerificationChecks
{
    private const int LongestField = 64;

    /// <summary>The fault of a request, or null.</summary>
    public static RequestFault? FindFault(VerifyRequest request, Caller caller, ScanDemand demand, LicenceCatalogue catalogue) => request switch
    {
        { Code.Length: 0 } => new("code", "为空：请发送扫描所得文本。", "is empty: send the scanned text."),
        { Scenario.Length: > 0 } when catalogue.FindScenario(request.Scenario) is null => new("scenario", "不在应用场景目录中。", "is not in the catalogue of scenarios."),
        { TerminalId.Length: 0 or > LongestField } => new("terminal_id", $"须为 1 至 {LongestField} 个字符。", $"must have 1 to {LongestField} characters."),
        { MatterCode.Length: > LongestField } => new("matter_code", $"最多 {LongestField} 个字符。", $"must have at most {LongestField} characters."),
        { CaseNumber.Length: > LongestField } => new("case_number", $"最多 {LongestField} 个字符。", $"must have at most {LongestField} characters."),
        { RequestId.Length: > LongestField } => new("request_id", $"最多 {LongestField} 个字符。", $"must have at most {LongestField} characters."),
        _ when HasControl(request.TerminalId) => new("terminal_id", "不得含控制字符。", "must not have control characters."),
        _ when HasControl(request.MatterCode) => new("matter_code", "不得含控制字符。", "must not have control characters."),
        _ when HasControl(request.CaseNumber) => new("case_number", "不得含控制字符。", "must not have control characters."),
        _ when HasControl(request.RequestId) => new("request_id", "不得含控制字符。", "must not have control characters."),
        _ when caller.Terminal.Length > 0 && caller.Terminal != request.TerminalId => new("terminal_id", "不是操作员令牌中的终端。", "is not the terminal of the operator's token.", Denied: true),
        _ => FindFaultOnBehalf(request, caller) ?? (demand == ScanDemand.Verify ? null : FindFaultOfDemand(request, demand, catalogue)),
    };

    /// <summary>The fault of a scan that this region is asked about as the issuer and is not, or null.</summary>
    public static RequestFault? FindForeign(ScanDemand demand, bool isOwn) => demand == ScanDemand.Verify || isOwn
        ? null
        : new("code", "不是本地区签发的码：请向签发地区查询。", "is of another region: ask the one that issued it.");

    /// <summary>The fault of a request that lacks what its scenario requires, or null.</summary>
    public static RequestFault? FindMissing(VerifyRequest request, Scenario? scenario) => scenario switch
    {
        not null when request.MatterCode.Length == 0 && scenario.Requires.Contains("matter-code") => new("matter_code", $"是应用场景 {scenario.Id} 所必需的。", $"is required by scenario {scenario.Id}."),
        not null when request.CaseNumber.Length == 0 && scenario.Requires.Contains("case-number") => new("case_number", $"是应用场景 {scenario.Id} 所必需的。", $"is required by scenario {scenario.Id}."),
        _ => null,
    };

    private static RequestFault? FindFaultOfDemand(VerifyRequest request, ScanDemand demand, LicenceCatalogue catalogue) => (demand, catalogue.FindScenario(request.Scenario)) switch
    {
        (_, null) => new("scenario", "为空：请指明应用场景。", "is empty: name the scenario."),
        (_, _) when request.RequestId.Length == 0 => new("request_id", "为空：请发送本次核验的编号。", "is empty: send the id of your own verification."),
        (ScanDemand.Disclose, { Discloses.Count: 0 }) => new("scenario", "不授予任何完整信息。", "grants no fields."),
        (ScanDemand.Disclose, _) when request.OnBehalfOf.Length == 0 => new("on_behalf_of", "为空：完整信息只提供给机构，请指明机构。", "is empty: fields are given to organisations only, so name one."),
        (ScanDemand.Redeem, { Use: not UseRule.OnceEverywhere }) => new("scenario", "的码不在签发地区核销。", "has no codes that are consumed at the issuer."),
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
            return new("on_behalf_of", "只供地区节点使用。", "is for a region's node only.", Denied: true);
        }

        if (!SocialCreditCode.IsValid(request.OnBehalfOf))
        {
            return new("on_behalf_of", "不是校验位正确的统一社会信用代码（GB 32100）。", "is not a unified social credit code with a correct check character (GB 32100).");
        }

        return IsOrganisationOf(request.OnBehalfOf, caller.Region)
            ? null
            : new("on_behalf_of", $"是另一地区的机构，调用方地区为 {caller.Region}。", $"is an organisation of another region than the caller's, {caller.Region}.", Denied: true);
    }

    /// <summary>Whether a code is that of an organisation of a region: registered in its province.</summary>
    public static bool IsOrganisationOf(string organisation, RegionCode region) =>
        SocialCreditCode.IsValid(organisation) && organisation.AsSpan(2, 2).SequenceEqual(region.ToString().AsSpan(0, 2));

    private static bool HasControl(string text) => text.Any(char.IsControl);
}
