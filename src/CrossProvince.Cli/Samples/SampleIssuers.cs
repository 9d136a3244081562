using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli.Samples;

/// <summary>The made-up authorities that issue sample licences: a handful in each region.</summary>
internal static class SampleIssuers
{
    private static readonly string[] s_offices =
    [
        "公安局", "市场监督管理局", "卫生健康委员会", "公安局交通管理局", "规划和自然资源局", "交通运输局", "住房和城乡建设局", "人力资源和社会保障局",
    ];

    private static readonly Dictionary<string, int> s_officeOfType = new()
    {
        ["identity-card"] = 0,
        ["residence-permit"] = 0,
        ["household-register"] = 0,
        ["business-licence"] = 1,
        ["birth-certificate"] = 2,
        ["driving-licence"] = 3,
        ["vehicle-licence"] = 3,
        ["real-estate-title"] = 4,
        ["real-estate-registration"] = 4,
        ["road-transport-worker-qualification"] = 5,
        ["road-transport-permit"] = 5,
        ["road-transport-business-permit"] = 5,
        ["ride-hailing-driver-licence"] = 5,
        ["construction-safety-certificate"] = 6,
        ["special-operations-certificate"] = 6,
        ["social-security-card"] = 7,
    };

    /// <summary>All authorities of a region.</summary>
    /// <param name="region">Any region.</param>
    public static IReadOnlyList<SampleIssuer> Of(RegionCode region) => [.. Enumerable.Range(0, s_offices.Length).Select(office => Make(region, office))];

    /// <summary>The authority of a region that issues a licence type.</summary>
    /// <param name="region">Any region.</param>
    /// <param name="licenceType">Catalogue id of the type.</param>
    public static SampleIssuer For(RegionCode region, string licenceType) => Make(region, s_officeOfType[licenceType]);

    private static SampleIssuer Make(RegionCode region, int office)
    {
        // Six X say that the authority is made up.
        var first17 = $"11{region}XXXXXX{office + 1:D3}";
        return new SampleIssuer($"{SamplePlaces.Of(region).Name}{s_offices[office]}（样本）", first17 + SocialCreditCode.CheckCharacter(first17));
    }
}
