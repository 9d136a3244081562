using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Tests.Trust;

public sealed class TrustedKeyTests
{
    private static readonly TrustedKey s_key = TestFederation.Key(TestFederation.Shared.Code, KeyUse.Code) with { NotBefore = 1000, NotAfter = 2000 };

    [TestCase(999, false)]
    [TestCase(1000, true)]
    [TestCase(2000, true)]
    [TestCase(2001, false)]
    public void MaySignAt_Period_IsInclusive(long time, bool expected) => Assert.That(s_key.MaySignAt(time), Is.EqualTo(expected));

    [TestCase(999, false)]
    [TestCase(1000, true)]
    [TestCase(2630, true)]
    [TestCase(2631, false)]
    public void MayVerifyAt_Period_HasGraceAtItsEnd(long time, bool expected) => Assert.That(s_key.MayVerifyAt(time), Is.EqualTo(expected));

    [Test]
    public void MaySignAt_Retired_EndsEarlier()
    {
        var retired = s_key with { RetiredAt = 1500 };

        Assert.That(
            (retired.SigningEnds, retired.MaySignAt(1500), retired.MaySignAt(1501), retired.MayVerifyAt(2130), retired.MayVerifyAt(2131)),
            Is.EqualTo((1500L, true, false, true, false)));
    }

    [Test]
    public void MayVerifyAt_Compromised_IsNeverGood()
    {
        var compromised = s_key with { CompromisedAt = 1900 };

        Assert.That((compromised.MaySignAt(1100), compromised.MayVerifyAt(1100)), Is.EqualTo((false, false)));
    }

    [Test]
    public void MaySignType_Types_OnlyThose()
    {
        var limited = s_key with { Types = [11, 12] };

        Assert.That((limited.MaySignType(12), limited.MaySignType(1), s_key.MaySignType(1)), Is.EqualTo((true, false, true)));
    }
}
