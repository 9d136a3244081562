using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Tests.Architecture;

/// <summary>Numbers that stand in codes, documents and databases: append only. A line here is never changed.</summary>
public sealed class FrozenEnumTests
{
    [Test]
    public void Verdict_Values_AreFrozen() => Assert.That(ValuesOf<Verdict>(), Is.EqualTo(
    [
        "None = 0", "Valid = 1",
        "Malformed = 10", "UnsupportedVersion = 11", "Truncated = 12",
        "UnknownKey = 20", "KeyNotValid = 21", "BadSignature = 22", "KeyNotAllowed = 23",
        "NotYetValid = 30", "Expired = 31", "LifetimeNotAllowed = 32",
        "NotRecognised = 40", "ScenarioMismatch = 41", "VerifierNotAllowed = 42", "Specimen = 43",
        "Revoked = 50", "Suspended = 51", "NotActive = 52", "Replayed = 53", "LicenceExpired = 54",
        "LicenceUnknown = 55", "CodeNotIssued = 56", "CodeWithdrawn = 57", "Withdrawn = 58",
        "Undetermined = 60",
    ]));

    [Test]
    public void UndeterminedReason_Values_AreFrozen() => Assert.That(ValuesOf<UndeterminedReason>(), Is.EqualTo(
    [
        "None = 0", "NoStatus = 1", "Stale = 2", "UseNotChecked = 3", "TrustStale = 4", "Clock = 5", "NotYetSeen = 6", "SourceUnknown = 7",
    ]));

    [Test]
    public void LicenceStatus_Values_AreFrozen() => Assert.That(ValuesOf<LicenceStatus>(), Is.EqualTo(
    [
        "InForce = 0", "Ended = 1", "Suspended = 2", "NotActive = 3",
    ]));

    [Test]
    public void StatusReason_Values_AreFrozen() => Assert.That(ValuesOf<StatusReason>(), Is.EqualTo(
    [
        "None = 0", "Revoked = 1", "Cancelled = 2", "Void = 3", "TransferredOut = 4", "Replaced = 5",
        "Suspended = 10", "Frozen = 11", "NotYetActive = 20", "SourceUnknown = 21",
    ]));

    [Test]
    public void Presenter_Values_AreFrozen() => Assert.That(ValuesOf<Presenter>(), Is.EqualTo(
    [
        "Holder = 0", "Guardian = 1", "Agent = 2", "Operator = 3",
    ]));

    [Test]
    public void SignatureAlgorithm_Values_AreFrozen() => Assert.That(ValuesOf<SignatureAlgorithm>(), Is.EqualTo(
    [
        "Sm2 = -65537", "Esp256 = -9",
    ]));

    private static string[] ValuesOf<T>()
        where T : struct, Enum =>
        [.. Enum.GetValues<T>().OrderBy(value => Convert.ToInt64(value, null)).Select(value => $"{value} = {value:D}")];
}
