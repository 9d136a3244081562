using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using static CrossProvince.Core.Tests.Trust.RawCbor;

namespace CrossProvince.Core.Tests.Status;

public sealed class StatusChangeTests
{
    private static readonly StatusChange s_change = new(300, 1_850_000_000_123, 2, 70_000, LicenceStatus.Suspended, new EntryTag(0x0102030405060708), StatusReason.Frozen);

    [Test]
    public void Encode_FixedRecord_IsGolden() =>
        Assert.That(Convert.ToHexString(s_change.Encode()), Is.EqualTo("87" + "19012C" + "1B000001AEBC97C47B" + "02" + "1A00011170" + "02" + "480102030405060708" + "0B"));

    [Test]
    public void NextHash_Chain_IsSm3OfPreviousAndRecord()
    {
        var first = s_change with { Seq = 1 };
        var second = s_change with { Seq = 2, Status = LicenceStatus.InForce, Reason = StatusReason.None };

        var h1 = first.NextHash(StatusChange.GenesisHash.Span);
        var h2 = second.NextHash(h1);

        var expected1 = Sm3.Hash(Join(new byte[32], Hex("87 01 1B000001AEBC97C47B 02 1A00011170 02 480102030405060708 0B")));
        var expected2 = Sm3.Hash(Join(expected1, Hex("87 02 1B000001AEBC97C47B 02 1A00011170 00 480102030405060708 00")));
        Assert.That((Convert.ToHexString(h1), Convert.ToHexString(h2)), Is.EqualTo((Convert.ToHexString(expected1), Convert.ToHexString(expected2))));
        Assert.That(Convert.ToHexStringLower(h2), Is.EqualTo("05fbdce5925a69c0f04d10bcfc8e2b3aeacb05b3bc04267a3114b7c49ef3fc85"));
    }

    [TestCase(0)]
    [TestCase(31)]
    [TestCase(33)]
    public void NextHash_WrongLength_Throws(int length) => Assert.That(() => s_change.NextHash(new byte[length]), Throws.TypeOf<ArgumentOutOfRangeException>());
}
