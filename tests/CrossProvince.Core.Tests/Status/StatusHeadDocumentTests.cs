using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Tests.Trust;
using CrossProvince.Core.Trust;
using static CrossProvince.Core.Tests.Trust.RawCbor;

namespace CrossProvince.Core.Tests.Status;

public sealed class StatusHeadDocumentTests
{
    private static readonly TestFederation s_federation = TestFederation.Shared;
    private static readonly byte[] s_hash = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly StatusHead s_head = new(TestFederation.Beijing, 300, s_hash, TestFederation.Now * 1000, [new ListHead(0, s_hash, 1 << 20), new ListHead(3, s_hash, 24)]);
    private static readonly byte[] s_document = StatusHeadDocument.Sign(s_head, s_federation.Index);

    [Test]
    public void EncodePayload_FixedHead_IsGolden()
    {
        var first = Join(0xA3, "list", 0, "root", Blob(s_hash), "allocated", Hex("1A00100000"));
        var second = Join(0xA3, "list", 3, "root", Blob(s_hash), "allocated", Hex("1818"));
        var expected = Join(0xA5, "iss", "110000", "seq", Hex("19012C"), "hash", Blob(s_hash), "time", Hex("1B000001AEBC97C400"), "lists", 0x82, first, second);

        Assert.That(Convert.ToHexString(StatusHeadDocument.EncodePayload(s_head)), Is.EqualTo(Convert.ToHexString(expected)));
    }

    [Test]
    public void Open_AsSigned_GivesTheHead()
    {
        var opened = StatusHeadDocument.Open(s_document, s_federation.List, TestFederation.Beijing, TestFederation.Now);

        Assert.That(StatusHeadDocument.EncodePayload(opened), Is.EqualTo(StatusHeadDocument.EncodePayload(s_head)));
    }

    [Test]
    public void Open_SignedByCodeKey_IsRefused() => Refused(StatusHeadDocument.Sign(s_head, s_federation.Code), "no key");

    [Test]
    public void Open_SignedByAnotherRegion_IsRefused() => Refused(StatusHeadDocument.Sign(s_head, s_federation.TianjinIndex), "no key");

    [Test]
    public void Open_SpeaksOfAnotherRegion_IsRefused() => Refused(StatusHeadDocument.Sign(s_head with { Region = TestFederation.Tianjin }, s_federation.Index), "120000");

    [Test]
    public void Open_AskedForAnotherRegion_IsRefused() => Assert.That(
        () => StatusHeadDocument.Open(s_document, s_federation.List, TestFederation.Tianjin, TestFederation.Now), Throws.TypeOf<StatusDocumentException>());

    [Test]
    public void Open_UnknownRegion_IsRefused() => Assert.That(
        () => StatusHeadDocument.Open(s_document, s_federation.List, new RegionCode(130000), TestFederation.Now), Throws.TypeOf<StatusDocumentException>().With.Message.Contains("130000"));

    [Test]
    public void Open_OtherPurpose_IsRefused() => Refused(CoseSign1.Sign(s_federation.Index, "CP1-RCPT"u8, StatusHeadDocument.EncodePayload(s_head)), "signed it");

    [Test]
    public void Open_EveryBitFlipped_IsRefused()
    {
        for (var bit = 0; bit < s_document.Length * 8; bit++)
        {
            var flipped = s_document.ToArray();
            flipped[bit >> 3] ^= (byte)(1 << (bit & 7));
            Assert.That(() => StatusHeadDocument.Open(flipped, s_federation.List, TestFederation.Beijing, TestFederation.Now), Throws.TypeOf<StatusDocumentException>(), $"bit {bit}");
        }
    }

    [Test]
    public void Open_CutShort_IsRefused()
    {
        for (var length = 0; length < s_document.Length; length++)
        {
            Refused(s_document[..length], "COSE_Sign1");
        }
    }

    [TestCase(TestFederation.Now, 30, true)]
    [TestCase(TestFederation.Now, 31, false)]
    public void Open_FromTheFuture_HasSkew(long now, int ahead, bool accepted)
    {
        var document = StatusHeadDocument.Sign(s_head with { TimeMs = (now + ahead) * 1000 }, s_federation.Index);

        Assert.That(() => StatusHeadDocument.Open(document, s_federation.List, TestFederation.Beijing, now), accepted ? Throws.Nothing : Throws.TypeOf<StatusDocumentException>().With.Message.Contains("future"));
    }

    [TestCase(TestFederation.From - 1, "signed")]
    [TestCase(TestFederation.Until + 1, "didn't sign")]
    public void Open_OutsideKeyPeriod_IsRefused(long time, string reason)
    {
        var document = StatusHeadDocument.Sign(s_head with { TimeMs = time * 1000 }, s_federation.Index);

        Assert.That(() => StatusHeadDocument.Open(document, s_federation.List, TestFederation.Beijing, time), Throws.TypeOf<StatusDocumentException>().With.Message.Contains(reason));
    }

    [Test]
    public void Open_KeyCompromised_IsRefused()
    {
        var key = TestFederation.Key(s_federation.Index, KeyUse.Index) with { CompromisedAt = TestFederation.Now + 1000 };
        var list = TestFederation.ListOf(TestFederation.Region(TestFederation.Beijing, key));

        Assert.That(() => StatusHeadDocument.Open(s_document, list, TestFederation.Beijing, TestFederation.Now), Throws.TypeOf<StatusDocumentException>());
    }

    [Test]
    public void Open_ListAtBound_IsRefused() => Refused(Sign(new ListHead(4, s_hash, 0)), "not within 0 to 3");

    [Test]
    public void Open_ListTwice_IsRefused() => Refused(Sign(new ListHead(1, s_hash, 0), new ListHead(1, s_hash, 0)), "ascend");

    [Test]
    public void Open_MoreListsThanBound_IsRefused() => Refused(Sign([.. Enumerable.Range(0, 5).Select(i => new ListHead(i, s_hash, 0))]), "5 items");

    [Test]
    public void Open_AllocatedBeyondCapacity_IsRefused() => Refused(Sign(new ListHead(1, s_hash, (1 << 20) + 1)), "1048577");

    [Test]
    public void Open_ShortRoot_IsRefused() => Refused(Sign(new ListHead(1, new byte[31], 0)), "31 bytes");

    [Test]
    public void Open_UnknownKeys_AreIgnored()
    {
        byte[] grown = [0xA6, .. Join("abc", 0xA1, "x", 0xF6), .. StatusHeadDocument.EncodePayload(s_head).AsSpan(1)];
        var document = CoseSign1.Sign(s_federation.Index, StatusHeadDocument.ExternalAad, grown);

        Assert.That(StatusHeadDocument.Open(document, s_federation.List, TestFederation.Beijing, TestFederation.Now).Seq, Is.EqualTo(300));
    }

    private static byte[] Sign(params ListHead[] lists) => StatusHeadDocument.Sign(s_head with { Lists = lists }, s_federation.Index);

    private static void Refused(byte[] document, string reason) => Assert.That(
        () => StatusHeadDocument.Open(document, s_federation.List, TestFederation.Beijing, TestFederation.Now), Throws.TypeOf<StatusDocumentException>().With.Message.Contains(reason));
}
