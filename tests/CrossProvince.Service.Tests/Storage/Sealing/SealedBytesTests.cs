using System.Text;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Storage.Sealing;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace CrossProvince.Service.Tests.Storage.Sealing;

/// <summary>What is sealed opens in its place with its key, and in no other.</summary>
public sealed class SealedBytesTests
{
    private const string Keys = """
        # made for tests
        seal    a AES-256-GCM AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= current
        seal    b SM4-GCM     AAECAwQFBgcICQoLDA0ODw==
        look-up a HMAC-SHA-256 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= current
        look-up b HMAC-SM3     AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
        """;

    private static readonly KeyRing s_ring = KeyFile.Parse(Keys, "test");
    private static readonly byte[] s_plain = Encoding.UTF8.GetBytes("于平 110112199811256091");

    [Test]
    public void Open_ItsPlace_IsWhatWasSealed([Values("a", "b")] string key, [Values(0, 1, 16, 33, 5_000)] int length)
    {
        var plain = new byte[length];
        Random.Shared.NextBytes(plain);

        var value = SealedBytes.Seal(s_ring.FindDataKey(key)!, SealedPlace.Licence(7), plain);

        Assert.That(s_ring.Open(SealedPlace.Licence(7), value), Is.EqualTo(plain));
        Assert.That(value, Has.Length.EqualTo(2 + 1 + 12 + length + 16));
    }

    [Test]
    public void Open_AnotherPlace_IsRefusedByNameAndWithoutContent([Values("a", "b")] string key)
    {
        var value = SealedBytes.Seal(s_ring.FindDataKey(key)!, SealedPlace.Licence(7), s_plain);

        foreach (var place in new[] { SealedPlace.Licence(8), SealedPlace.StatusNote(7), SealedPlace.Secret("7"), SealedPlace.CheckValue(key) })
        {
            Assert.That(() => s_ring.Open(place, value), Throws.TypeOf<SealedDataException>().With.Message.StartsWith($"What is sealed in {place} cannot be opened: data key '{key}' does not fit"));
        }
    }

    [Test]
    public void Open_AnyBitTurned_IsRefused([Values("a", "b")] string key)
    {
        var value = SealedBytes.Seal(s_ring.FindDataKey(key)!, SealedPlace.Licence(7), s_plain);

        for (var bit = 0; bit < value.Length * 8; bit++)
        {
            var damaged = value.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(() => s_ring.Open(SealedPlace.Licence(7), damaged), Throws.TypeOf<SealedDataException>(), $"bit {bit}");
        }
    }

    [Test]
    public void Open_CutShort_IsRefused([Range(0, 30)] int length)
    {
        var value = s_ring.Seal(SealedPlace.Licence(7), s_plain);

        Assert.That(() => s_ring.Open(SealedPlace.Licence(7), value.AsSpan(0, length)), Throws.TypeOf<SealedDataException>());
    }

    [Test]
    public void Open_KeyNotInTheRing_NamesKeyAndRow()
    {
        var other = KeyFile.Parse(Keys.Replace("seal    a", "seal    z", StringComparison.Ordinal), "test");

        Assert.That(
            () => s_ring.Open(SealedPlace.Licence(7), other.Seal(SealedPlace.Licence(7), s_plain)),
            Throws.TypeOf<SealedDataException>().With.Message.Contains("licences.sealed of licence_row 7").And.Message.Contains("needs data key 'z', which the key file does not have"));
    }

    [Test]
    public void Seal_SameAgain_IsDifferent() =>
        Assert.That(Enumerable.Range(0, 100).Select(_ => Convert.ToHexString(s_ring.Seal(SealedPlace.Licence(7), s_plain))), Is.Unique);

    // Another library reads it by the description alone: version, id and place are what is authenticated.
    [TestCase("a")]
    [TestCase("b")]
    public void Seal_ReadByAnotherLibrary_IsAsDescribed(string key)
    {
        var value = SealedBytes.Seal(s_ring.FindDataKey(key)!, SealedPlace.Licence(0x0102), s_plain);

        var cipher = new GcmBlockCipher(key == "a" ? new AesEngine() : new SM4Engine());
        var bytes = Enumerable.Range(0, key == "a" ? 32 : 16).Select(n => (byte)n).ToArray();
        byte[] context = [1, 1, (byte)key[0], .. "licences.sealed"u8, 0, 0, 0, 0, 0, 0, 0, 1, 2];
        cipher.Init(false, new AeadParameters(new KeyParameter(bytes), 128, value[3..15], context));
        var plain = new byte[cipher.GetOutputSize(value.Length - 15)];
        cipher.DoFinal(plain, cipher.ProcessBytes(value, 15, value.Length - 15, plain, 0));

        Assert.That(value[..3], Is.EqualTo(new byte[] { 1, 1, (byte)key[0] }));
        Assert.That(plain, Is.EqualTo(s_plain));
    }

    // Rows of today must be found by the programs of tomorrow. Made with OpenSSL: printf 'person\000111\000110112199811256091' | openssl dgst -sha256|-sm3 -mac HMAC -macopt hexkey:000102…1f
    [Test]
    public void HashesOf_Person_AreFrozen() => Assert.That(
        s_ring.HashesOf(new Person("110112199811256091", "111")).Select(Convert.ToHexStringLower), Is.EqualTo(new[] { "bd02f8c5360142044b9bfd26292c298a", "708149765587d0f89742fef68fb858c6" }));

    // Made in the same way of 'licence\000…\000'.
    [Test]
    public void HashOf_Licence_IsFrozen() => Assert.That(
        Convert.ToHexStringLower(s_ring.HashOf("1.2.156.3005.2.11100000000013127D001.11110000XXXXXX001F.0000000100000001.001.7")), Is.EqualTo("44d6db1b70c8ba819f0605d53046ee0d"));

    [Test]
    public void HashesOf_LookUpKeys_CurrentFirst()
    {
        var person = new Person("110112199811256091", "111");
        var turned = KeyFile.Parse(Keys.Replace("Hh8= current\nlook-up b", "Hh8=\nlook-up b", StringComparison.Ordinal) + " current", "test");

        Assert.That(turned.HashesOf(person), Is.EqualTo(s_ring.HashesOf(person).Reverse()));
        Assert.That(turned.IsHashOf(person, s_ring.HashOf(person)), Is.True);
        Assert.That(turned.IsHashOf(person with { CodeType = "999" }, s_ring.HashOf(person)), Is.False);
    }
}
