using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Tests.Trust;
using CrossProvince.Core.Verification;
using static CrossProvince.Core.Tests.Trust.RawCbor;

namespace CrossProvince.Core.Tests.Status;

public sealed class VerificationReceiptDocumentTests
{
    private static readonly TestFederation s_federation = TestFederation.Shared;
    private static readonly VerificationReceipt s_receipt = new()
    {
        VerificationId = "v1",
        TimeMs = TestFederation.Now * 1000,
        Verifier = "urn:x",
        Terminal = "t1",
        Issuer = TestFederation.Beijing,
        List = 1,
        Index = 70_000,
        Scenario = 3,
        Matter = "m",
        Verdict = Verdict.Undetermined,
        Reason = UndeterminedReason.Stale,
        AsOfMs = 24,
        TrustListVersion = 7,
        Disclosed = ["name"],
    };

    [Test]
    public void EncodePayload_FixedReceipt_IsGolden()
    {
        var expected = Join(
            0xAE, "iss", "110000", "list", 1, "time", Hex("1B000001AEBC97C400"), "as_of", Hex("1818"), "index", Hex("1A00011170"), "matter", "m", "reason", 2,
            "verdict", Hex("183C"), "scenario", 3, "terminal", "t1", "verifier", "urn:x", "disclosed", 0x81, "name", "trust_version", 7, "verification_id", "v1");

        Assert.That(Convert.ToHexString(VerificationReceiptDocument.EncodePayload(s_receipt)), Is.EqualTo(Convert.ToHexString(expected)));
    }

    [Test]
    public void Open_AsSigned_GivesTheReceipt() =>
        Assert.That(VerificationReceiptDocument.EncodePayload(Open(VerificationReceiptDocument.Sign(s_receipt, s_federation.Receipt))), Is.EqualTo(VerificationReceiptDocument.EncodePayload(s_receipt)));

    [Test]
    public void Open_UnreadableCode_HasNoIssuer()
    {
        var bare = s_receipt with { Issuer = null, List = null, Index = null, Scenario = null, Matter = null, Verdict = Verdict.Malformed, Reason = UndeterminedReason.None, AsOfMs = null, Disclosed = [] };

        var opened = Open(VerificationReceiptDocument.Sign(bare, s_federation.Receipt));

        Assert.That(
            (opened.Issuer, opened.List, opened.Index, opened.Scenario, opened.Matter, opened.Verdict, opened.Reason, opened.AsOfMs, opened.Disclosed.Count),
            Is.EqualTo(((CrossProvince.Core.Identifiers.RegionCode?)null, (int?)null, (int?)null, (int?)null, (string?)null, Verdict.Malformed, UndeterminedReason.None, (long?)null, 0)));
    }

    [Test]
    public void Open_SignedByIndexKey_IsRefused() => Refused(VerificationReceiptDocument.Sign(s_receipt, s_federation.Index));

    [Test]
    public void Open_OtherPurpose_IsRefused() => Refused(CoseSign1.Sign(s_federation.Receipt, "CP1"u8, VerificationReceiptDocument.EncodePayload(s_receipt)));

    [Test]
    public void Open_TimeBeforeKey_IsRefused() => Refused(VerificationReceiptDocument.Sign(s_receipt with { TimeMs = 5 }, s_federation.Receipt));

    [Test]
    public void Open_EmptyVerifier_IsRefused() => Refused(VerificationReceiptDocument.Sign(s_receipt with { Verifier = "" }, s_federation.Receipt));

    [Test]
    public void Open_EveryByteFlipped_IsRefused()
    {
        var document = VerificationReceiptDocument.Sign(s_receipt, s_federation.Receipt);
        for (var i = 0; i < document.Length; i++)
        {
            var flipped = document.ToArray();
            flipped[i] ^= (byte)(1 << (i & 7));
            Refused(flipped);
        }
    }

    private static VerificationReceipt Open(byte[] document) => VerificationReceiptDocument.Open(document, s_federation.List, TestFederation.Beijing, TestFederation.Now);

    private static void Refused(byte[] document) => Assert.That(() => Open(document), Throws.TypeOf<StatusDocumentException>());
}
