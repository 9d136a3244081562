using System.Formats.Cbor;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Tests.Trust;

/// <summary>Roots that hand over to others, and those who would like to take over.</summary>
public sealed class RootChangesTests
{
    private static readonly TestFederation s_federation = TestFederation.Shared;
    private static readonly SoftwareSigner[] s_first = s_federation.Roots;
    private static readonly SoftwareSigner[] s_second = [s_first[0], .. Signers(2)];
    private static readonly SoftwareSigner[] s_third = Signers(3);
    private static readonly TrustRoots s_pinned = RootsOf(s_first);
    private static readonly byte[] s_toSecond = Change(2, s_second, s_first[1], s_first[2], s_second[1], s_second[2]);
    private static readonly byte[] s_toThird = Change(3, s_third, s_second[0], s_second[1], s_third[0], s_third[2]);

    [Test]
    public void EncodePayload_FixedChange_IsGolden()
    {
        var key = PublicKey.FromSpki(Convert.FromHexString(
            "3059301306072A8648CE3D020106082A811CCF5501822D034200 04".Replace(" ", "", StringComparison.Ordinal)
            + "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"));
        var other = s_first[0].PublicKey;

        var payload = RootChangeDocument.EncodePayload(new RootChange(2, 2, 16, [key, other]));

        var expected = RawCbor.Join(0xA4, "iat", 0x10, "keys", 0x82, RawCbor.Blob(key.Spki.ToArray()), RawCbor.Blob(other.Spki.ToArray()), "threshold", 2, "generation", 2);
        Assert.That(Convert.ToHexString(payload), Is.EqualTo(Convert.ToHexString(expected)));
    }

    [Test]
    public void Open_ListOfTheSecondRoots_ByNodeThatKnowsTheFirst_IsTaken()
    {
        var list = TrustListDocument.Open(ListOf([s_toSecond], s_second[1], s_second[2]), s_pinned, out var signers);

        Assert.That((signers.Generation, signers.Keys.Count, list.RootChanges.Count), Is.EqualTo((2, 3, 1)));
    }

    [Test]
    public void Open_TwoChangesMissed_AreFollowedOneAfterTheOther()
    {
        TrustListDocument.Open(ListOf([s_toSecond, s_toThird], s_third[0], s_third[1]), s_pinned, out var signers);

        Assert.That(signers.Generation, Is.EqualTo(3));
    }

    [Test]
    public void Open_RootsOfTheMiddleConfigured_GoOnFromThere()
    {
        TrustListDocument.Open(ListOf([s_toSecond, s_toThird], s_third[0], s_third[1]), RootsOf(s_second), out var signers);

        Assert.That(signers.Generation, Is.EqualTo(3));
    }

    [Test]
    public void Open_NewestRootsConfigured_NeedNoChange()
    {
        Assert.That(() => TrustListDocument.Open(ListOf([], s_third[0], s_third[1]), RootsOf(s_third)), Throws.Nothing);
        Assert.That(() => TrustListDocument.Open(ListOf([s_toSecond, s_toThird], s_third[0], s_third[1]), RootsOf(s_third)), Throws.Nothing);
    }

    [Test]
    public void Open_ChangesLeftOutThatWereFollowed_IsTaken()
    {
        var known = RootsOf(s_second) with { Generation = 2 };

        Assert.That(() => TrustListDocument.Open(ListOf([s_toThird], s_third[0], s_third[1]), known), Throws.Nothing);
        Assert.That(() => TrustListDocument.Open(ListOf([], s_second[0], s_second[1]), known), Throws.Nothing);
    }

    [Test]
    public void Open_ListOfTheSecondRoots_SignedByTheFirst_IsRefused() => Refused(ListOf([s_toSecond], s_first[1], s_first[2]), s_pinned, "0 root keys; 2 are needed");

    [Test]
    public void Open_OldRootsAfterTheChange_AreRefused()
    {
        var known = RootsOf(s_second) with { Generation = 2 };

        Refused(ListOf([], s_first[1], s_first[2]), known, "0 root keys");
    }

    [Test]
    public void Open_ChangeSignedByOneOldRoot_IsRefused() =>
        Refused(ListOf([Change(2, s_second, s_first[1], s_second[1], s_second[2])], s_second[1], s_second[2]), s_pinned, "by the roots before, has good signatures of 1");

    [Test]
    public void Open_ChangeSignedByOneOldRootTwice_IsRefused() =>
        Refused(ListOf([Change(2, s_second, s_first[1], s_first[1], s_second[1], s_second[2])], s_second[1], s_second[2]), s_pinned, "by the roots before, has good signatures of 1");

    [Test]
    public void Open_ChangeSignedByOneNewRoot_IsRefused() =>
        Refused(ListOf([Change(2, s_third, s_first[0], s_first[1], s_third[0])], s_third[0], s_third[1]), s_pinned, "by the new roots, has good signatures of 1");

    [Test]
    public void Open_ChangeByStrangers_IsRefused() => Refused(ListOf([Change(2, s_third, s_third)], s_third[0], s_third[1]), s_pinned, "by the roots before, has good signatures of 0");

    [Test]
    public void Open_GenerationLeftOut_IsRefused()
    {
        Refused(ListOf([s_toThird], s_third[0], s_third[1]), s_pinned, "by the roots before");
        Refused(ListOf([s_toSecond, Change(4, s_third, s_second[0], s_second[1], s_third[0], s_third[1])], s_third[0], s_third[1]), s_pinned, "does not follow");
        Refused(ListOf([Change(4, s_third, s_second[0], s_second[1], s_third[0], s_third[1])], s_third[0], s_third[1]), RootsOf(s_second) with { Generation = 2 }, "generation 3 is missing");
    }

    [Test]
    public void Open_OtherRootsOfAGenerationThatWasFollowed_IsRefused()
    {
        // The old roots were stolen after the change, and hand over to thieves.
        var stolen = Change(2, s_third, s_first[0], s_first[1], s_third[0], s_third[1]);

        Refused(ListOf([stolen], s_third[0], s_third[1]), RootsOf(s_second) with { Generation = 2 }, "other roots of generation 2");
    }

    [Test]
    public void Open_ListCutDownToItsChange_IsNoChange()
    {
        // A list's signatures don't pass for those of a change: each kind of document is signed as what it is.
        var payload = RootChangeDocument.EncodePayload(new RootChange(2, 2, 16, [.. s_third.Select(signer => signer.PublicKey)]));
        var asList = CoseSign.Sign([s_first[0], s_first[1], s_third[0], s_third[1]], TrustListDocument.ExternalAad, payload);

        Refused(ListOf([asList], s_third[0], s_third[1]), s_pinned, "has good signatures of 0");
    }

    [Test]
    public void Open_ThresholdOfThree_NeedsThree()
    {
        var change = CoseSign.Sign(
            [s_first[0], s_first[1], .. s_third], RootChangeDocument.ExternalAad, RootChangeDocument.EncodePayload(new RootChange(2, 3, 16, [.. s_third.Select(signer => signer.PublicKey)])));

        Refused(ListOf([change], s_third[0], s_third[1]), s_pinned, "good signatures of 2 root keys; 3 are needed");
        Assert.That(() => TrustListDocument.Open(ListOf([change], s_third), s_pinned), Throws.Nothing);
    }

    [Test]
    public void Open_NewRootAsRegionsKey_IsRefused()
    {
        var list = new TrustList(1, 1, 2, [TestFederation.Region(TestFederation.Beijing, TestFederation.Key(s_second[1], KeyUse.Code))], new byte[32], [s_toSecond]);

        Refused(TrustListDocument.Sign(list, [s_second[0], s_second[2]]), s_pinned, "root key");
    }

    [Test]
    public void Open_ByteOfTheChangeFlipped_IsRefused()
    {
        // A step that meets every part of the document: verifying takes milliseconds here.
        for (var i = 0; i < s_toSecond.Length; i += 11)
        {
            var flipped = s_toSecond.ToArray();
            flipped[i] ^= (byte)(1 << (i % 8));
            Assert.That(() => RootChanges.Follow(s_pinned, [flipped]), Throws.TypeOf<TrustListException>(), $"byte {i}");
        }
    }

    [TestCase(1, 2, 3, "generation")]
    [TestCase(2, 1, 3, "at least 2")]
    [TestCase(2, 4, 3, "at least 2")]
    [TestCase(2, 2, 1, "2 to 8")]
    [TestCase(2, 2, 9, "2 to 8")]
    public void RootChange_RuleBroken_IsRefused(int generation, int threshold, int keys, string reason) => Assert.That(
        () => new RootChange(generation, threshold, 16, [.. Enumerable.Range(0, keys).Select(_ => TestFederation.NewSigner().PublicKey)]), Throws.TypeOf<TrustListException>().With.Message.Contains(reason));

    [Test]
    public void RootChange_KeyTwice_IsRefused() => Assert.That(
        () => new RootChange(2, 2, 16, [s_first[0].PublicKey, s_first[0].PublicKey]), Throws.TypeOf<TrustListException>().With.Message.Contains("twice"));

    [Test]
    public void Open_ThirtyThreeChanges_AreNotLookedAt()
    {
        var writer = new CborWriter();
        writer.WriteStartMap(1);
        writer.WriteTextString("roots");
        writer.WriteStartArray(33);
        for (var i = 0; i < 33; i++)
        {
            writer.WriteByteString(s_toSecond);
        }

        writer.WriteEndArray();
        writer.WriteEndMap();

        Refused(CoseSign.Sign(s_first[..2], TrustListDocument.ExternalAad, writer.Encode()), s_pinned, "33 items");
    }

    [Test]
    public void Combine_CopiesOfOneList_HaveAllSignatures()
    {
        var payload = TrustListDocument.EncodePayload(s_federation.List);
        var copies = s_first[..2].Select(root => (ReadOnlyMemory<byte>)CoseSign.Sign([root], TrustListDocument.ExternalAad, payload)).ToList();

        var combined = CoseSign.Combine([copies[0], copies[1], copies[0]]);

        Assert.That(CoseSign.TryRead(combined, out var message) ? message.Signatures.Count : 0, Is.EqualTo(2));
        Assert.That(() => TrustListDocument.Open(combined, s_pinned), Throws.Nothing);
        Assert.That(() => CoseSign.Combine([copies[0], CoseSign.Sign([s_first[1]], TrustListDocument.ExternalAad, "else"u8)]), Throws.ArgumentException);
        Assert.That(() => CoseSign.Combine([copies[0], "garbage"u8.ToArray()]), Throws.ArgumentException);
    }

    private static SoftwareSigner[] Signers(int count) => [.. Enumerable.Range(0, count).Select(_ => TestFederation.NewSigner())];

    private static TrustRoots RootsOf(IEnumerable<SoftwareSigner> signers) => new([.. signers.Select(signer => signer.PublicKey)]);

    private static byte[] Change(int generation, SoftwareSigner[] to, params SoftwareSigner[] signedBy) =>
        CoseSign.Sign(signedBy, RootChangeDocument.ExternalAad, RootChangeDocument.EncodePayload(new RootChange(generation, 2, 16, [.. to.Select(signer => signer.PublicKey)])));

    private static byte[] ListOf(byte[][] changes, params SoftwareSigner[] signedBy)
    {
        var list = s_federation.List;
        return TrustListDocument.Sign(
            new TrustList(list.Version, list.IssuedAt, list.ExpiresAt, list.Regions, list.CatalogueHash, [.. changes.Select(change => (ReadOnlyMemory<byte>)change)]), signedBy);
    }

    private static void Refused(byte[] document, TrustRoots known, string reason) =>
        Assert.That(() => TrustListDocument.Open(document, known), Throws.TypeOf<TrustListException>().With.Message.Contains(reason));
}
