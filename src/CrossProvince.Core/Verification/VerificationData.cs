using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Verification;

/// <summary>What a verification is judged by: one consistent view, taken once for a whole batch.</summary>
public sealed record VerificationData
{
    /// <summary>Regions and keys.</summary>
    public required TrustList Trust { get; init; }

    /// <summary>How far the trust list can be relied on.</summary>
    public required TrustFreshness TrustFreshness { get; init; }

    /// <summary>Licence types, scenarios and recognitions.</summary>
    public required LicenceCatalogue Catalogue { get; init; }

    /// <summary>Status and tag of every licence of every region.</summary>
    public required LicenceIndex Index { get; init; }

    /// <summary>The trusted time.</summary>
    public required TrustedTime Time { get; init; }
}
