using CrossProvince.Core.Identifiers;

namespace CrossProvince.Service.Identity;

/// <summary>What one organisation of the own region may do.</summary>
internal sealed record PartnerEntry
{
    public required string Organisation { get; init; }

    /// <summary><c>verifier</c> or <c>authority</c>.</summary>
    public required string Role { get; init; }

    public PartnerNames? Names { get; init; }

    /// <summary>Scenarios it may use; null means those open to any organisation.</summary>
    public HashSet<string>? Scenarios { get; init; }

    /// <summary>Licence types that it may verify, or keep as an authority; null means all.</summary>
    public HashSet<string>? Types { get; init; }

    /// <summary>Issuer codes whose licences it may touch besides its own.</summary>
    public HashSet<string>? Issuers { get; init; }

    /// <summary>How much it may ask, where that is not what the configuration says for every organisation.</summary>
    public PartnerLimits? Limits { get; init; }

    public bool Revoked { get; init; }
}

/// <summary>What is agreed with another region, whose nodes call this one.</summary>
internal sealed record PartnerRegion
{
    /// <summary>Six digits.</summary>
    public required string Region { get; init; }

    /// <summary>How much one of its nodes may ask, where that is not what the configuration says for every node.</summary>
    public PartnerLimits? Limits { get; init; }

    /// <summary>Whether its nodes are refused, whatever the trust list says.</summary>
    public bool Revoked { get; init; }
}

/// <summary>How much one partner may ask; what is not set is as the configuration says.</summary>
internal sealed record PartnerLimits
{
    /// <summary>Calls a second; each code of a batch or stream counts as one.</summary>
    public int? PerSecond { get; init; }

    /// <summary>What may come at once after a pause.</summary>
    public int? Burst { get; init; }

    /// <summary>Calls at the same time, streams among them.</summary>
    public int? Calls { get; init; }

    /// <summary>Calls of one day of China Standard Time, at all nodes of the region together.</summary>
    public long? PerDay { get; init; }
}

internal sealed record PartnerNames(string Zh, string En);

/// <summary>A partner file that was read and found good.</summary>
/// <param name="Entries">By role and organisation.</param>
/// <param name="Regions">What is agreed with other regions.</param>
/// <param name="RevokedCertificates">SHA-256 of certificates (DER), upper-case hexadecimal.</param>
/// <param name="WrittenAt">When the file was written.</param>
internal sealed record PartnerList(
    Dictionary<(string Role, string Organisation), PartnerEntry> Entries, Dictionary<RegionCode, PartnerRegion> Regions, HashSet<string> RevokedCertificates, DateTime WrittenAt);
