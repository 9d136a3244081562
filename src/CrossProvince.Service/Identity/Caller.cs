using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;

namespace CrossProvince.Service.Identity;

/// <summary>Who calls: from the TLS session or a token, never from a request field.</summary>
internal sealed record Caller
{
    public required CallerRole Role { get; init; }

    /// <summary>Why nobody is known to be calling; null otherwise.</summary>
    public CallerRefusal? Refusal { get; init; }

    public RegionCode Region { get; init; }

    /// <summary>Organisation of a certificate or an operator; empty for a holder.</summary>
    public string Organisation { get; init; } = "";

    /// <summary>Certificate URI, <c>operator:ORGANISATION</c> or <c>holder:PSEUDONYM</c>: what is recorded. Never a person's code.</summary>
    public string Uri { get; init; } = "";

    /// <summary>Which scenarios it may verify for.</summary>
    public VerifierRights Rights { get; init; } = VerifierRights.Person;

    /// <summary>Issuer codes whose licences an authority may touch besides its own.</summary>
    public IReadOnlySet<string> Issuers { get; init; } = new HashSet<string>();

    /// <summary>Numbers of the licence types that an authority may import; null means all.</summary>
    public IReadOnlySet<int>? Types { get; init; }

    /// <summary>What is agreed with this partner of how much it may ask; null: what the configuration says.</summary>
    public PartnerLimits? Limits { get; init; }

    /// <summary>The signed-in person; of no meaning for a certificate or an operator.</summary>
    public Person Person { get; init; }

    /// <summary>How surely it is known who calls; high for a certificate.</summary>
    public LevelOfAssurance Level { get; init; } = LevelOfAssurance.High;

    /// <summary>Terminal named in an operator's token; empty otherwise.</summary>
    public string Terminal { get; init; } = "";

    /// <summary>An operator who runs the region's nodes: sees figures of the whole region and the node's state (docs/adr/0051).</summary>
    public bool RunsNodes { get; init; }

    /// <summary>Whether this caller may touch licences of an issuer.</summary>
    public bool MayTouch(string issuerCode) => Role == CallerRole.Authority && (issuerCode == Organisation || Issuers.Contains(issuerCode));
}
