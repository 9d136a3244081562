using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Tests.Signatures;

namespace CrossProvince.Core.Tests.Presentation;

public sealed class PresentationEncoderTests
{
    private static readonly SignatureAlgorithm[] s_algorithms = Enum.GetValues<SignatureAlgorithm>();

    private static readonly (string Name, PresentationClaims Claims, Display Display)[] s_kinds =
    [
        ("typical", SampleCodes.Typical, SampleCodes.TypicalDisplay),
        ("maximal", SampleCodes.Maximal, SampleCodes.MaximalDisplay),
        ("minimal", SampleCodes.Minimal, SampleCodes.MinimalDisplay),
    ];

    private static readonly TestCaseData[] s_outOfRange =
    [
        new(SampleCodes.Typical with { Region = new RegionCode(99_999) }),
        new(SampleCodes.Typical with { Region = new RegionCode(1_000_000) }),
        new(SampleCodes.Typical with { ExpiresAt = 65_535 }),
        new(SampleCodes.Typical with { ExpiresAt = 1L << 32 }),
        new(SampleCodes.Typical with { IssuedAt = 65_535 }),
        new(SampleCodes.Typical with { IssuedAt = 1L << 32 }),
        new(SampleCodes.Typical with { Showing = new ShowingId(1UL << 48) }),
        new(SampleCodes.Typical with { Showing = new ShowingId(ulong.MaxValue) }),
        new(SampleCodes.Typical with { CodeNumber = -1 }),
        new(SampleCodes.Typical with { CodeNumber = 65_536 }),
        new(SampleCodes.Typical with { LicenceType = -1 }),
        new(SampleCodes.Typical with { LicenceType = 0x8000 }),
        new(SampleCodes.Typical with { Scenario = -1 }),
        new(SampleCodes.Typical with { Scenario = 256 }),
        new(SampleCodes.Typical with { List = -1 }),
        new(SampleCodes.Typical with { List = 65_536 }),
        new(SampleCodes.Typical with { Index = -1 }),
        new(SampleCodes.Typical with { Index = 1 << 20 }),
        new(SampleCodes.Typical with { Presenter = (Presenter)4 }),
        new(SampleCodes.Typical with { Presenter = (Presenter)(-1) }),
    ];

    [Test]
    public void Encode_DecodedAgain_SaysTheSameAndVerifies([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm)
    {
        foreach (var (name, claims, display) in s_kinds)
        {
            var message = PresentationEncoder.Encode(claims, display, TestKeys.Of(algorithm));
            Assert.That(PresentationMessage.TryDecode(message, out var decoded), Is.True, name);
            Assert.That(decoded.Algorithm, Is.EqualTo(algorithm));
            Assert.That(decoded.KeyId, Is.EqualTo(TestKeys.Of(algorithm).PublicKey.Id));
            Assert.That(decoded.Claims, Is.EqualTo(claims));
            Assert.That(decoded.LastValidDay, Is.EqualTo(display.LastValidDay));
            Assert.That(decoded.DisplayBytes.ToArray(), Is.EqualTo(display.Encode()));
            Assert.That(decoded.ReadDisplay(), Is.EqualTo(display));
            Assert.That(decoded.Message.ToArray(), Is.EqualTo(message));
            Assert.That(decoded.Signature.ToArray(), Is.EqualTo(message[^64..]));
            Assert.That(SampleCodes.IsGood(message, TestKeys.Of(algorithm).PublicKey), Is.True);
        }
    }

    [Test]
    public void Encode_Code_IsACoseSign1UnderTheDomainOfCodes([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm)
    {
        var message = SampleCodes.TypicalOf(algorithm);
        Assert.That(PresentationMessage.TryDecode(message, out var decoded), Is.True);
        Assert.That(CoseSign1.TryRead(message, out var cose), Is.True);
        var toBeSigned = new byte[PresentationMessage.MaxToBeSignedBytes];
        Assert.That(toBeSigned[..decoded.WriteToBeSigned(toBeSigned)], Is.EqualTo(cose.ToBeSigned("CP1"u8)));
    }

    // The wire format: these bytes may never change.
    [TestCase(
        SignatureAlgorithm.Sm2,
        "typical",
        "D2844DA2013A000100000444C97C174AA0584EA50166313130303030041A6AB13BDA061A6AB13B8007480123456789AB00033A00010000860101001A000BDE31008467E5BCA02AE6988E72312A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A58195875F65840")]
    [TestCase(
        SignatureAlgorithm.Esp256,
        "typical",
        "D28449A2012804445A7A78CCA0584EA50166313130303030041A6AB13BDA061A6AB13B8007480123456789AB00033A00010000860101001A000BDE31008467E5BCA02AE6988E72312A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A58195875F65840")]
    [TestCase(
        SignatureAlgorithm.Sm2,
        "minimal",
        "D2844DA2013A000100000444C97C174AA0582FA50166313030303030041A00010000061A000100000748000000000000 00003A000100008600000000 00846060F6F65840")]
    [TestCase(
        SignatureAlgorithm.Sm2,
        "maximal",
        "D2844DA2013A000100000444C97C174AA05869A50166393939393939041AFFFFFFFF061AFFFFFFFF0748FFFFFFFFFFFFFFFF3A000100008619FFFF18FF19FFFF1A000FFFFF03"
        + "84")]
    public void Encode_KnownValues_IsFrozen(SignatureAlgorithm algorithm, string kind, string start)
    {
        var (_, claims, display) = s_kinds.Single(k => k.Name == kind);
        var message = PresentationEncoder.Encode(claims, display, TestKeys.Of(algorithm));
        Assert.That(Convert.ToHexString(message), Does.StartWith(start.Replace(" ", "", StringComparison.Ordinal)));
    }

    [TestCaseSource(nameof(s_outOfRange))]
    public void Encode_ClaimOutOfRange_Throws(PresentationClaims claims) =>
        Assert.That(() => PresentationEncoder.Encode(claims, SampleCodes.TypicalDisplay, TestKeys.P256), Throws.ArgumentException);

    [Test]
    public void Encode_LargestCode_KeepsTheSizeBudget()
    {
        var message = SampleCodes.MaximalOf(SignatureAlgorithm.Sm2);
        Assert.That(SampleCodes.MaximalDisplay.Encode(), Has.Length.EqualTo(Display.MaxEncodedBytes));
        Assert.That(message, Has.Length.EqualTo(190));
        Assert.That(message, Has.Length.EqualTo(PresentationMessage.MaxBytes));
        Assert.That(PresentationText.Write(message), Has.Length.EqualTo(307));
        Assert.That(PresentationMessage.TryDecode(message, out var decoded), Is.True);
        Assert.That(decoded.WriteToBeSigned(new byte[PresentationMessage.MaxToBeSignedBytes]), Is.EqualTo(PresentationMessage.MaxToBeSignedBytes));
    }
}
