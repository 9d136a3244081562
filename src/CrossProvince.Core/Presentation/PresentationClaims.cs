using CrossProvince.Core.Identifiers;

namespace CrossProvince.Core.Presentation;

/// <summary>What a code claims, beside its display. Believed only once the signature holds.</summary>
public readonly record struct PresentationClaims
{
    /// <summary>The issuing region.</summary>
    public RegionCode Region { get; init; }

    /// <summary>End of the code's life, Unix seconds, 65,536 to 2^32 − 1.</summary>
    public long ExpiresAt { get; init; }

    /// <summary>When the code was made, Unix seconds, 65,536 to 2^32 − 1.</summary>
    public long IssuedAt { get; init; }

    /// <summary>The showing.</summary>
    public ShowingId Showing { get; init; }

    /// <summary>The number of the code within its showing, 0 to 65,535.</summary>
    public int CodeNumber { get; init; }

    /// <summary>The licence type's number in the catalogue, 0 to 32,767.</summary>
    public int LicenceType { get; init; }

    /// <summary>Whether the licence is a specimen, not a real one.</summary>
    public bool Specimen { get; init; }

    /// <summary>The scenario's number in the catalogue, 0 to 255.</summary>
    public int Scenario { get; init; }

    /// <summary>The list of the licence index, 0 to 65,535.</summary>
    public int List { get; init; }

    /// <summary>The entry of that list, 0 to 2^20 − 1.</summary>
    public int Index { get; init; }

    /// <summary>Who shows the licence.</summary>
    public Presenter Presenter { get; init; }
}
