using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Presentation;

/// <summary>What was read from a code, and where in it the payload and the display are.</summary>
internal readonly record struct PresentationFields
{
    public SignatureAlgorithm Algorithm { get; init; }

    public KeyId KeyId { get; init; }

    public PresentationClaims Claims { get; init; }

    public int? LastValidDay { get; init; }

    public int PayloadStart { get; init; }

    public int PayloadLength { get; init; }

    public int DisplayStart { get; init; }

    public int DisplayLength { get; init; }
}
