using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Licences;

namespace CrossProvince.Service.Verifying;

/// <summary>Fields granted beyond the display, and why some are missing.</summary>
internal sealed record DisclosedFields(IReadOnlyDictionary<string, string> Fields, LocalizedText? Note)
{
    public static DisclosedFields None { get; } = new(new Dictionary<string, string>(), null);
}

/// <summary>Reads the full fields that a scenario grants, where this node is the issuing region.</summary>
internal sealed class Disclosure(NodeSettings node, RecordCache records)
{
    private static readonly LocalizedText s_elsewhere = new(
        "本场景允许查看完整信息，但须由签发地区提供，目前无法取得；核验结果有效，仅显示脱敏信息。",
        "This scenario grants full fields, which the issuing region must give and could not be asked for; the verdict stands, with masked fields.");

    /// <summary>The fields granted to an organisation for a code, should it be found valid.</summary>
    public async Task<DisclosedFields> ReadAsync(Caller caller, VerificationAnswer answer)
    {
        if (answer.Scenario is not { Discloses.Count: > 0 } scenario || !caller.Rights.IsOrganisation)
        {
            return DisclosedFields.None;
        }

        var claims = answer.Code.Claims;
        if (claims.Region != node.Region)
        {
            return new DisclosedFields(DisclosedFields.None.Fields, s_elsewhere);
        }

        // A partner region's node gets fields through its own rpc, which checks recognition and records it there.
        if (caller.Role == CallerRole.Node || await records.FindAsync(claims.List, claims.Index) is not { } licence)
        {
            return DisclosedFields.None;
        }

        return new DisclosedFields(
            scenario.Discloses.Select(name => (Name: name, Value: licence.Find(name))).Where(f => f.Value is not null).ToDictionary(f => f.Name, f => f.Value!), null);
    }
}
