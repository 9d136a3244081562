using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli.Certs;

/// <summary>Made-up organisations of a region, and the names of the regions.</summary>
internal static class SampleOrganisations
{
    /// <summary>A made-up unified social credit code with a right check character.</summary>
    internal static string Code(RegionCode region, IdentityRole role)
    {
        // No real body's code has six X.
        var body = $"11{region}XXXXXX9{(int)role:D2}";
        return body + SocialCreditCode.CheckCharacter(body);
    }

    internal static LocalizedText RegionNames(RegionCode region) => region.Value switch
    {
        110000 => new("北京市", "Beijing"),
        120000 => new("天津市", "Tianjin"),
        130000 => new("河北省", "Hebei"),
        _ => new($"地区 {region}", $"Region {region}"),
    };

    internal static LocalizedText Names(RegionCode region, IdentityRole role)
    {
        var (zh, en) = RegionNames(region);
        return role switch
        {
            IdentityRole.Node => new($"{zh}样例节点", $"{en} sample node"),
            IdentityRole.Verifier => new($"{zh}样例政务服务大厅", $"{en} sample service hall"),
            _ => new($"{zh}样例发证机关", $"{en} sample issuing authority"),
        };
    }
}
