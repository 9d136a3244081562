using CrossProvince.Core.Verification;
using CrossProvince.Service.Licences;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;
using Presentation = CrossProvince.Contracts.Presentation.V1;
using Wire = CrossProvince.Contracts.Verification.V1;

namespace CrossProvince.Service.Tests.Architecture;

/// <summary>The contract's enums carry the numbers that the node thinks in, so that a cast is a translation.</summary>
public sealed class WireEnumTests
{
    [Test]
    public void Verdict_OnTheWire_HasCoresNumbers() => Assert.That(NumbersOf<Wire.Verdict>(), Is.EqualTo(NumbersOf<Verdict>()));

    [Test]
    public void UndeterminedReason_OnTheWire_HasCoresNumbers() =>
        Assert.That(NumbersOf<Wire.UndeterminedReason>(), Is.EqualTo(NumbersOf<UndeterminedReason>()));

    [Test]
    public void LicenceStatus_OnTheWire_HasTheNormalisedNumbers() =>
        Assert.That(NumbersOf<LicenceStatus>().Where(value => value.Number != 0), Is.SubsetOf(NumbersOf<NormalisedStatus>()));

    [Test]
    public void Presenter_OnTheWire_IsCoresPlusOne() =>
        Assert.That(
            NumbersOf<Presentation.Presenter>().Where(value => value.Number != 0).Select(value => (value.Name, value.Number - 1)),
            Is.EqualTo(NumbersOf<Core.Presentation.Presenter>()));

    [Test]
    public void VerificationMode_Values_AreFrozen() => Assert.That(NumbersOf<Wire.VerificationMode>(), Is.EqualTo(new[]
    {
        ("None", 0), ("Local", 1), ("Issuer", 2), ("Offline", 3),
    }));

    /// <summary>Names and numbers by number; the contract's zero, Unspecified, counts as None.</summary>
    private static (string Name, int Number)[] NumbersOf<T>()
        where T : struct, Enum =>
        [.. Enum.GetValues<T>()
            .Select(value => (Name: $"{value}" == "Unspecified" ? "None" : $"{value}", Number: Convert.ToInt32(value, null)))
            .OrderBy(value => value.Number)];
}
