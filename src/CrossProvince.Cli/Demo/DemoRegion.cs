using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli.Demo;

/// <summary>One province of the demonstration: its code and where its node answers.</summary>
/// <param name="Code">Region code.</param>
/// <param name="Api">The node's API, https on loopback.</param>
/// <param name="Web">The node's health, http on loopback.</param>
internal sealed record DemoRegion(RegionCode Code, Uri Api, Uri Web)
{
    internal static RegionCode Beijing { get; } = new(110000);

    internal static RegionCode Tianjin { get; } = new(120000);

    internal static RegionCode Hebei { get; } = new(130000);
}
