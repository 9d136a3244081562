using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Tests.Presentation;

/// <summary>Codes made of fixed values.</summary>
internal static class SampleCodes
{
    public static readonly PresentationClaims Typical = new()
    {
        Region = new RegionCode(110000),
        ExpiresAt = 1_790_000_090,
        IssuedAt = 1_790_000_000,
        Showing = new ShowingId(0x0123456789AB),
        CodeNumber = 3,
        LicenceType = 1,
        Scenario = 1,
        List = 0,
        Index = 777_777,
        Presenter = Presenter.Holder,
    };

    public static readonly PresentationClaims Maximal = new()
    {
        Region = new RegionCode(999999),
        ExpiresAt = uint.MaxValue,
        IssuedAt = uint.MaxValue,
        Showing = new ShowingId(ShowingId.MaxValue),
        CodeNumber = 65_535,
        LicenceType = 0x7FFF,
        Specimen = true,
        Scenario = 255,
        List = 65_535,
        Index = (1 << 20) - 1,
        Presenter = Presenter.Operator,
    };

    public static readonly PresentationClaims Minimal = new()
    {
        Region = new RegionCode(100000),
        ExpiresAt = 65_536,
        IssuedAt = 65_536,
    };

    public static readonly Display TypicalDisplay = Display.Fit("张*明", "1****************X", 22_645, null);

    public static readonly Display MaximalDisplay = Display.Fit("京津冀协同发展示范区京津冀协同发展示范区", "9****************B", 65_535, "A1A2B1B2");

    public static readonly Display MinimalDisplay = Display.Fit("", "", null, null);

    public static byte[] TypicalOf(SignatureAlgorithm algorithm) => PresentationEncoder.Encode(Typical, TypicalDisplay, Signatures.TestKeys.Of(algorithm));

    public static byte[] MaximalOf(SignatureAlgorithm algorithm) => PresentationEncoder.Encode(Maximal, MaximalDisplay, Signatures.TestKeys.Of(algorithm));

    /// <summary>Whether the bytes decode and their signature holds.</summary>
    public static bool IsGood(byte[] message, PublicKey key)
    {
        if (!PresentationMessage.TryDecode(message, out var decoded) || decoded.Algorithm != key.Algorithm)
        {
            return false;
        }

        var toBeSigned = new byte[PresentationMessage.MaxToBeSignedBytes];
        return Signatures.TestKeys.Verifies(key, toBeSigned.AsMemory(0, decoded.WriteToBeSigned(toBeSigned)), decoded.Signature);
    }
}
