using CrossProvince.Core.Identifiers;

namespace CrossProvince.Core.Trust;

/// <summary>A region of the trust list.</summary>
public sealed record TrustedRegion
{
    /// <summary>The region.</summary>
    public required RegionCode Code { get; init; }

    /// <summary>Its names.</summary>
    public required LocalizedText Names { get; init; }

    /// <summary>X.509 certificates (DER) of the authorities that may issue this region's identities, 1 to 16.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> CertificateAuthorities { get; init; }

    /// <summary>Its signing keys, at most 256.</summary>
    public required IReadOnlyList<TrustedKey> Keys { get; init; }

    /// <summary>Where its node answers: an https URL.</summary>
    public required string ApiEndpoint { get; init; }

    /// <summary>Its list numbers are below this; 1 to 65,536.</summary>
    public required int ListBound { get; init; }

    /// <summary>Policy for its partners: the roles (<c>node</c>, <c>verifier</c>, <c>authority</c>) in which its identities are accepted.</summary>
    public required IReadOnlyList<string> PartnerRoles { get; init; }
}
