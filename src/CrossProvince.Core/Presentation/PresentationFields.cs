using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Presentation;

/// <summary>What was read from a code, and where in it the payload and the display are.</summary>
/// <remarks>Fields, written one by one where the struct stands: copies of what was just written are what decoding would spend most of its time with.</remarks>
internal struct PresentationFields
{
    public SignatureAlgorithm Algorithm;
    public KeyId KeyId;
    public PresentationClaims Claims;
    public int? LastValidDay;
    public int PayloadStart;
    public int PayloadLength;
    public int DisplayStart;
    public int DisplayLength;
}
