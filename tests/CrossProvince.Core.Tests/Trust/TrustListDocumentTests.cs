using System.Buffers.Binary;
using System.Formats.Cbor;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;
using static CrossProvince.Core.Tests.Trust.RawCbor;

namespace CrossProvince.Core.Tests.Trust;

public sealed class TrustListDocumentTests
{
    private static readonly TestFederation s_federation = TestFederation.Shared;
    private static readonly byte[] s_document = TrustListDocument.Sign(s_federation.List, s_federation.Roots[..2]);

    [Test]
    public void EncodePayload_FixedList_IsGolden()
    {
        // The public key of GB/T 32918.5 Annex A.
        var spki = Hex("3059301306072A8648CE3D020106082A811CCF5501822D034200 04"
            + "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
            + "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13");
        var certificate = TestFederation.AuthorityDer.ToArray();
        var hash = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        var key = new TrustedKey
        {
            Key = PublicKey.FromSpki(spki),
            Use = KeyUse.Code,
            Types = [11, 300],
            NotBefore = 10,
            NotAfter = 1000,
            RetiredAt = 900,
            CompromisedAt = 950,
        };
        var list = new TrustList(7, 16, 100_000, [TestFederation.Region(TestFederation.Beijing, key)], hash);

        var keyBytes = Join(
            0xA8, "alg", Hex("3A00010000"), "use", "code", "spki", Blob(spki), "types", Hex("82 0B 19012C"),
            "not_after", Hex("1903E8"), "not_before", 10, "retired_at", Hex("190384"), "compromised_at", Hex("1903B6"));
        var regionBytes = Join(
            0xA7, "cas", 0x81, Blob(certificate), "code", "110000", "keys", 0x81, keyBytes, "lists", 0xA1, "bound", 4,
            "names", 0xA2, "en", "Beijing", "zh", "北京市", "partners", 0xA1, "roles", 0x82, "node", "verifier",
            "endpoints", 0xA1, "api", "https://node.example:7443");
        var expected = Join(
            0xA5, "exp", Hex("1A000186A0"), "iat", 0x10, "regions", 0x81, regionBytes, "version", 7, "catalogue_hash", Blob(hash));
        Assert.That(Convert.ToHexString(TrustListDocument.EncodePayload(list)), Is.EqualTo(Convert.ToHexString(expected)));
    }

    [Test]
    public void Open_TwoOfThree_GivesWhatWasSigned()
    {
        var opened = TrustListDocument.Open(s_document, s_federation.TrustRoots);

        Assert.That(TrustListDocument.EncodePayload(opened), Is.EqualTo(TrustListDocument.EncodePayload(s_federation.List)));
        Assert.That(opened.FindKeys(TestFederation.Beijing, s_federation.Code.PublicKey.Id, KeyUse.Code).Length, Is.EqualTo(1));
    }

    [Test]
    public void Open_OneSignature_IsRefused() => Refused(TrustListDocument.Sign(s_federation.List, s_federation.Roots[..1]), "1 root keys");

    [Test]
    public void Open_SameRootTwice_CountsOnce() => Refused(TrustListDocument.Sign(s_federation.List, [s_federation.Roots[0], s_federation.Roots[0]]), "1 root keys");

    [Test]
    public void Open_RootListedTwice_CountsOnce()
    {
        var document = TrustListDocument.Sign(s_federation.List, s_federation.Roots[..1]);
        var root = s_federation.Roots[0].PublicKey;

        Assert.That(() => TrustListDocument.Open(document, new TrustRoots([root, root])), Throws.TypeOf<TrustListException>());
    }

    [Test]
    public void Open_StrangersSigned_IsRefused() => Refused(TrustListDocument.Sign(s_federation.List, [TestFederation.NewSigner(), s_federation.Index]), "0 root keys");

    [Test]
    public void AddSignature_SecondRoot_CompletesTheList()
    {
        var one = TrustListDocument.Sign(s_federation.List, s_federation.Roots[2..]);

        Assert.That(() => TrustListDocument.Open(TrustListDocument.AddSignature(one, s_federation.Roots[1]), s_federation.TrustRoots), Throws.Nothing);
    }

    [Test]
    public void Open_AnyByteFlipped_IsRefused()
    {
        for (var i = 0; i < s_document.Length; i++)
        {
            var flipped = s_document.ToArray();
            flipped[i] ^= (byte)(1 << (i % 8));
            Assert.That(() => TrustListDocument.Open(flipped, s_federation.TrustRoots), Throws.TypeOf<TrustListException>(), $"byte {i}");
        }
    }

    [Test]
    public void Open_CutShort_IsRefused()
    {
        for (var length = 0; length < s_document.Length; length++)
        {
            Assert.That(() => TrustListDocument.Open(s_document.AsMemory(0, length), s_federation.TrustRoots), Throws.TypeOf<TrustListException>());
        }
    }

    [Test]
    public void Open_OtherPurpose_IsRefused() =>
        Refused(CoseSign.Sign(s_federation.Roots[..2], "CP1-HEAD"u8, TrustListDocument.EncodePayload(s_federation.List)), "0 root keys");

    [Test]
    public void Open_UnknownKeys_AreIgnored()
    {
        // Same length of key as "exp" and before it, so that the order stays canonical.
        var payload = TrustListDocument.EncodePayload(s_federation.List);
        byte[] grown = [0xA6, .. Join("abc", 0x82, 1, 2), .. payload.AsSpan(1)];

        Assert.That(TrustListDocument.Open(Sign(grown), s_federation.TrustRoots).Version, Is.EqualTo(7));
    }

    [Test]
    public void Open_MissingField_IsRefused()
    {
        var payload = TrustListDocument.EncodePayload(s_federation.List);
        byte[] shrunk = [0xA4, .. payload.AsSpan(Join(0xA5, "exp").Length + 5)];

        Refused(Sign(shrunk), "'exp' is missing");
    }

    [Test]
    public void Open_SomethingBehind_IsRefused() => Refused(Sign([.. TrustListDocument.EncodePayload(s_federation.List), 0]), "follows");

    [Test]
    public void Open_KeysOutOfOrder_IsRefused()
    {
        var payload = TrustListDocument.EncodePayload(s_federation.List);
        byte[] disordered = [0xA6, .. payload.AsSpan(1), .. Join("abc", 1)];

        Refused(Sign(disordered), "refused");
    }

    [Test]
    public void Open_AlgorithmNotTheKeys_IsRefused()
    {
        var payload = TrustListDocument.EncodePayload(s_federation.List);
        var at = payload.AsSpan().IndexOf(Hex("3A00010000"));
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(at + 1), 0x10001);

        Refused(Sign(payload), "another algorithm");
    }

    [Test]
    public void Open_RootAsRegionsKey_IsRefused()
    {
        var list = TestFederation.ListOf(TestFederation.Region(TestFederation.Beijing, TestFederation.Key(s_federation.Roots[0], KeyUse.Code)));

        Refused(TrustListDocument.Sign(list, s_federation.Roots[..2]), "root key");
    }

    [Test]
    public void Open_TooManyRegions_IsRefused()
    {
        var writer = new CborWriter();
        writer.WriteStartMap(1);
        writer.WriteTextString("regions");
        writer.WriteStartArray(65);
        for (var i = 0; i < 65; i++)
        {
            writer.WriteNull();
        }

        writer.WriteEndArray();
        writer.WriteEndMap();

        Refused(Sign(writer.Encode()), "65 items");
    }

    [Test]
    public void Open_LengthFarBeyondTheBytes_IsRefused() => Refused(Sign(Join(0xA1, "regions", Hex("9B 7FFFFFFFFFFFFFFF"))), "refused");

    private static byte[] Sign(ReadOnlySpan<byte> payload) => CoseSign.Sign(s_federation.Roots[..2], TrustListDocument.ExternalAad, payload);

    private static void Refused(byte[] document, string reason) => Assert.That(
        () => TrustListDocument.Open(document, s_federation.TrustRoots), Throws.TypeOf<TrustListException>().With.Message.Contains(reason));
}
