using CrossProvince.Core.Status;
using CrossProvince.Core.Tests.Trust;

namespace CrossProvince.Core.Tests.Status;

public sealed class StatusFeedDocumentTests
{
    private const long HeldSeq = 7;
    private static readonly TestFederation s_federation = TestFederation.Shared;
    private static readonly byte[] s_heldHash = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly StatusChange[] s_changes = [.. Enumerable.Range(1, 3).Select(i => new StatusChange(HeldSeq + i, 1_000 + i, 2, i * 300_000, LicenceStatus.Ended, new EntryTag((ulong)i << 60), StatusReason.Revoked))];
    private static readonly StatusHead s_head = new(TestFederation.Beijing, HeldSeq + 3, HashOf(s_changes), TestFederation.Now * 1000, []);
    private static readonly byte[] s_document = StatusFeedDocument.Sign(TestFederation.Beijing, s_changes, s_head.Hash.Span, s_federation.Index);

    [Test]
    public void Open_AsSigned_GivesTheChanges() => Assert.That(Open(s_document), Is.EqualTo(s_changes));

    [Test]
    public void Sign_FixedChange_IsGolden()
    {
        var document = StatusFeedDocument.Sign(TestFederation.Beijing, s_changes[..1], s_heldHash, s_federation.Index);
        var payload = RawCbor.Join(
            0xA4, "iss", "110000", "records", 0x81, 0x87, 8, RawCbor.Hex("1903E9"), 2, RawCbor.Hex("1A000493E0"), 1, 0x48, RawCbor.Hex("1000000000000000"), 1, "from_seq", 8, "head_hash", RawCbor.Blob(s_heldHash));

        Assert.That(Convert.ToHexString(document), Does.Contain(Convert.ToHexString(payload)));
    }

    [Test]
    public void Open_ChangeLeftOut_IsRefused() => Refused(Sign([s_changes[0], s_changes[2]]), "stands where");

    [Test]
    public void Open_LastChangeLeftOut_IsRefused() => Refused(Sign(s_changes[..2]), "do not lead");

    [Test]
    public void Open_FirstChangeLeftOut_IsRefused() => Refused(Sign(s_changes[1..]), "stands where");

    [Test]
    public void Open_NoChange_IsRefused() => Refused(Sign([s_changes[0] with { Seq = 99 }]), "stands where");

    [Test]
    public void Open_ChangeAltered_IsRefused() => Refused(Sign([s_changes[0], s_changes[1] with { Status = LicenceStatus.InForce, Reason = StatusReason.None }, s_changes[2]]), "do not lead");

    [Test]
    public void Open_CopyOfAnotherHistory_IsRefused() => Assert.That(
        () => StatusFeedDocument.Open(s_document, s_federation.List, s_head, HeldSeq, new byte[32], TestFederation.Now), Throws.TypeOf<StatusDocumentException>().With.Message.Contains("do not lead"));

    [Test]
    public void Open_LeadsToAnotherHead_IsRefused() => Refused(StatusFeedDocument.Sign(TestFederation.Beijing, s_changes, new byte[32], s_federation.Index), "another head");

    [Test]
    public void Open_SpeaksOfAnotherRegion_IsRefused() => Refused(StatusFeedDocument.Sign(TestFederation.Tianjin, s_changes, s_head.Hash.Span, s_federation.Index), "another region");

    [Test]
    public void Open_SignedByCodeKey_IsRefused() => Refused(StatusFeedDocument.Sign(TestFederation.Beijing, s_changes, s_head.Hash.Span, s_federation.Code), "no key");

    [Test]
    public void Open_SignedByAnotherRegion_IsRefused() => Refused(StatusFeedDocument.Sign(TestFederation.Beijing, s_changes, s_head.Hash.Span, s_federation.TianjinIndex), "no key");

    [Test]
    public void Open_AHead_IsRefused() => Refused(StatusHeadDocument.Sign(s_head, s_federation.Index), "signed it");

    [Test]
    public void Open_TooLong_IsRefused() => Refused(new byte[StatusFeedDocument.MaxBytes + 1], "bytes");

    [Test]
    public void Open_BitFlipped_IsRefused()
    {
        for (var at = 0; at < s_document.Length; at += 3)
        {
            var flipped = s_document.ToArray();
            flipped[at] ^= 1;
            Assert.That(() => Open(flipped), Throws.TypeOf<StatusDocumentException>(), $"byte {at}");
        }
    }

    // The largest batch there can be must fit the bound.
    [Test]
    public void Sign_MostChanges_AreTaken()
    {
        const long From = long.MaxValue - StatusFeedDocument.MaxChanges;
        var changes = Enumerable.Range(1, StatusFeedDocument.MaxChanges)
            .Select(i => new StatusChange(From + i, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds(), ushort.MaxValue, StatusList.Capacity - 1, LicenceStatus.NotActive, new EntryTag(ulong.MaxValue), (StatusReason)255)).ToArray();
        var head = s_head with { Seq = changes[^1].Seq, Hash = HashOf(changes) };

        var document = StatusFeedDocument.Sign(TestFederation.Beijing, changes, head.Hash.Span, s_federation.Index);

        Assert.That(StatusFeedDocument.Open(document, s_federation.List, head, From, s_heldHash, TestFederation.Now), Has.Count.EqualTo(changes.Length));
    }

    private static byte[] Sign(StatusChange[] changes) => StatusFeedDocument.Sign(TestFederation.Beijing, changes, s_head.Hash.Span, s_federation.Index);

    private static IReadOnlyList<StatusChange> Open(byte[] document) => StatusFeedDocument.Open(document, s_federation.List, s_head, HeldSeq, s_heldHash, TestFederation.Now);

    private static void Refused(byte[] document, string why) => Assert.That(() => Open(document), Throws.TypeOf<StatusDocumentException>().With.Message.Contains(why));

    private static byte[] HashOf(IEnumerable<StatusChange> changes) => changes.Aggregate(s_heldHash, (hash, change) => change.NextHash(hash));
}
