using System.Security.Cryptography;
using System.Text;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;

namespace CrossProvince.Service.Tests.Storage;

/// <summary>What stands in the shared cache can't be read or made there.</summary>
public sealed class SealedRecordTests
{
    private const string Place = "cp:{110000}:v1:record:0:7";
    private static readonly byte[] s_key = RandomNumberGenerator.GetBytes(32);
    private static readonly LicenceFields s_fields = new("11011", "于平", "110112199811256091", "北京市公安局", "11110000XXXXXX001F", 19_000, 19_001, null, new SortedDictionary<string, string> { ["sex"] = "男" });

    [Test]
    public void Open_Sealed_IsTheSame()
    {
        var plain = SealedRecord.Open(s_key, Place, SealedRecord.Seal(s_key, Place, 1_000, s_fields.Encode()), since: 1_000)!;

        var fields = LicenceFields.Decode(plain)!;
        Assert.That(fields with { Fields = s_fields.Fields }, Is.EqualTo(s_fields));
        Assert.That(fields.Fields, Is.EqualTo(s_fields.Fields));
    }

    [Test]
    public void Seal_PersonalFields_AreNotReadable()
    {
        var kept = SealedRecord.Seal(s_key, Place, 1_000, s_fields.Encode());

        Assert.That(Encoding.UTF8.GetString(kept), Does.Not.Contain("于平").And.Not.Contain("110112199811256091"));
    }

    [Test]
    public void Open_AnyByteChangedOrCut_IsNothing()
    {
        var kept = SealedRecord.Seal(s_key, Place, 1_000, s_fields.Encode());
        for (var at = 0; at < kept.Length; at++)
        {
            var changed = kept.ToArray();
            changed[at] ^= 1;
            Assert.That(SealedRecord.Open(s_key, Place, changed, since: 0), Is.Null);
            Assert.That(SealedRecord.Open(s_key, Place, kept.AsSpan(0, at), since: 0), Is.Null);
        }
    }

    [Test]
    public void Open_OfAnotherEntryAnotherKeyOrTooOld_IsNothing()
    {
        var kept = SealedRecord.Seal(s_key, Place, 1_000, s_fields.Encode());

        Assert.That(SealedRecord.Open(s_key, Place + "1", kept, since: 0), Is.Null);
        Assert.That(SealedRecord.Open(RandomNumberGenerator.GetBytes(32), Place, kept, since: 0), Is.Null);
        Assert.That(SealedRecord.Open(s_key, Place, kept, since: 1_001), Is.Null);
    }

    // Frozen: 1, number, names and codes, days, null without a last day, fields.
    [Test]
    public void Encode_Fields_HasItsDocumentedLayout() => Assert.That(
        Convert.ToHexString(new LicenceFields("n", "h", "c", "i", "j", 1, 2, null, new SortedDictionary<string, string> { ["a"] = "b" }).Encode()),
        Is.EqualTo("8A01616E616861636169616A0102F6A161616162"));

    [Test]
    public void Decode_OtherVersion_IsNothing()
    {
        var encoded = s_fields.Encode();
        encoded[1] = 2;

        Assert.That(LicenceFields.Decode(encoded), Is.Null);
    }
}
