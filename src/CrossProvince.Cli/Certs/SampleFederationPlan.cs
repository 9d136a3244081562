using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli.Certs;

/// <summary>What a federation for samples and tests is to be.</summary>
internal sealed record SampleFederationPlan
{
    /// <summary>Its regions.</summary>
    internal required IReadOnlyList<RegionCode> Regions { get; init; }

    /// <summary>Where each region's node answers; a region that isn't named gets a port of loopback, from 7443 on.</summary>
    internal IReadOnlyDictionary<RegionCode, string> Endpoints { get; init; } = new Dictionary<RegionCode, string>();

    /// <summary>Names and addresses of the nodes besides those of loopback, for their certificates.</summary>
    internal IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>When everything is good.</summary>
    internal required Period Period { get; init; }

    /// <summary>The catalogue: its hash goes into the trust list, its scenarios into the partner files.</summary>
    internal required LicenceCatalogue Catalogue { get; init; }

    /// <summary>Whether SAMPLE stands in every subject.</summary>
    internal bool Sample { get; init; }

    /// <summary>Where a region's node answers.</summary>
    internal string EndpointOf(RegionCode region)
    {
        const int FirstPort = 7443;
        return Endpoints.TryGetValue(region, out var endpoint) ? endpoint : $"https://127.0.0.1:{FirstPort + Regions.ToList().IndexOf(region)}";
    }
}
