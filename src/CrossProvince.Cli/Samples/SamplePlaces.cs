using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli.Samples;

/// <summary>Where sample holders of a region live.</summary>
/// <param name="Name">The region's name.</param>
/// <param name="Plate">What number plates begin with.</param>
/// <param name="Counties">County codes (GB/T 2260) for citizen numbers, with their full names.</param>
internal sealed record SamplePlaces(string Name, string Plate, IReadOnlyList<(string Code, string Name)> Counties)
{
    private static readonly Dictionary<RegionCode, SamplePlaces> s_known = new()
    {
        [new RegionCode(110000)] = new("北京市", "京", [("110105", "北京市朝阳区"), ("110112", "北京市通州区")]),
        [new RegionCode(120000)] = new("天津市", "津", [("120102", "天津市河东区"), ("120116", "天津市滨海新区")]),
        [new RegionCode(130000)] = new("河北省", "冀",
        [
            ("131082", "河北省廊坊市三河市"), ("131028", "河北省廊坊市大厂回族自治县"), ("131024", "河北省廊坊市香河县"),
            ("130629", "河北省保定市容城县"), ("130632", "河北省保定市安新县"), ("130638", "河北省保定市雄县"),
        ]),
    };

    /// <summary>The places of a region; for one that samples don't know, the region's code stands for its name and county.</summary>
    public static SamplePlaces Of(RegionCode region) =>
        s_known.GetValueOrDefault(region) ?? new SamplePlaces($"{region}地区", "样", [(region.ToString(), $"{region}地区样本县")]);
}
