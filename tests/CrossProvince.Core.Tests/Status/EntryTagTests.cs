using System.Buffers.Binary;
using System.Formats.Cbor;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;

namespace CrossProvince.Core.Tests.Status;

public sealed class EntryTagTests
{
    private static readonly byte[] s_display = [0x84, 0x61, 0x41, 0x61, 0x42, 0x19, 0xFF, 0xFF, 0xF6];

    [TestCase(0, 0, 0)]
    [TestCase(23, 23, 23)]
    [TestCase(24, 24, 24)]
    [TestCase(255, 255, 255)]
    [TestCase(256, 256, 256)]
    [TestCase(65535, 65535, 0x7FFF)]
    [TestCase(3, 65536, 11)]
    [TestCase(3, (1 << 20) - 1, 0x800B)]
    public void Compute_Ranges_AgreeWithGeneralWriter(int list, int index, int type)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartArray(6);
        writer.WriteTextString("CP1-TAG");
        writer.WriteTextString("130000");
        writer.WriteInt32(list);
        writer.WriteInt32(index);
        writer.WriteInt32(type & 0x7FFF);
        writer.WriteEncodedValue(s_display);
        writer.WriteEndArray();
        var expected = BinaryPrimitives.ReadUInt64BigEndian(Sm3.Hash(writer.Encode()));

        Assert.That(EntryTag.Compute(new RegionCode(130000), list, index, type, s_display).Value, Is.EqualTo(expected));
    }

    [Test]
    public void Compute_FixedInput_IsGolden() =>
        Assert.That(EntryTag.Compute(new RegionCode(110000), 1, 70_000, 1, s_display).ToString(), Is.EqualTo("a7789657614f7437"));

    [Test]
    public void FromBytes_ToBytes_AreBigEndian() =>
        Assert.That((new EntryTag(0x0102030405060708).ToBytes()[7], EntryTag.FromBytes([1, 2, 3, 4, 5, 6, 7, 8]).Value), Is.EqualTo(((byte)8, 0x0102030405060708ul)));

    [TestCase(-1, 0)]
    [TestCase(65536, 0)]
    [TestCase(0, -1)]
    [TestCase(0, 1 << 20)]
    public void Compute_OutOfRange_Throws(int list, int index) =>
        Assert.That(() => EntryTag.Compute(new RegionCode(110000), list, index, 1, s_display), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void Compute_DisplayTooLong_Throws() =>
        Assert.That(() => EntryTag.Compute(new RegionCode(110000), 0, 0, 1, new byte[55]), Throws.TypeOf<ArgumentOutOfRangeException>());
}
