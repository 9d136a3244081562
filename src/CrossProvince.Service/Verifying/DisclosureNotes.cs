using CrossProvince.Service.Federation.Asking;

namespace CrossProvince.Service.Verifying;

/// <summary>Why fields that a scenario grants are missing, in words for a counter. Each says that the verdict stands.</summary>
internal static class DisclosureNotes
{
    /// <summary>The issuing region is not asked for this caller.</summary>
    public static DisclosedFields NotAsked { get; } = DisclosedFields.Missing(
        "本场景允许查看完整信息，但须由签发地区提供：请由核验机构通过本地区的节点核验；核验结果有效，仅显示脱敏信息。",
        "This scenario grants full fields, which the issuing region gives to organisations that ask through their own region's node; the verdict stands, with masked fields.");

    /// <summary>The own records cannot be read.</summary>
    public static DisclosedFields Unreadable { get; } = DisclosedFields.Missing(
        "本场景允许查看完整信息，但目前无法读取；核验结果有效，仅显示脱敏信息。",
        "This scenario grants full fields, which could not be read now; the verdict stands, with masked fields.");

    private static readonly DisclosedFields s_away = DisclosedFields.Missing(
        "本场景允许查看完整信息，但目前联系不上签发地区；核验结果有效，仅显示脱敏信息。稍后可再次扫码。",
        "This scenario grants full fields, but the issuing region could not be reached; the verdict stands, with masked fields. Scan again later if they are needed.");

    private static readonly DisclosedFields s_refused = DisclosedFields.Missing(
        "本场景允许查看完整信息，但签发地区未予提供；核验结果有效，仅显示脱敏信息。如需要，请告知运维人员。",
        "This scenario grants full fields, but the issuing region did not give them; the verdict stands, with masked fields. Tell the node's operator if they are needed.");

    /// <summary>Asking the issuing region ended without an answer.</summary>
    public static DisclosedFields For(AskOutcome outcome) => outcome is AskOutcome.Refused or AskOutcome.Undecided or AskOutcome.Implausible ? s_refused : s_away;
}
