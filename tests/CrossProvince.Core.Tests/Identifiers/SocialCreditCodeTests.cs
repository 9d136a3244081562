using CrossProvince.Core.Identifiers;

namespace CrossProvince.Core.Tests.Identifiers;

public sealed class SocialCreditCodeTests
{
    [TestCase("91110000802100433B")]
    [TestCase("91350100M000100Y43")]
    [TestCase("11100000MB0143028R")]
    [TestCase("11100000000013127D", TestName = "{m}(body of the identity card's type code)")]
    [TestCase("11100000MB03271699", TestName = "{m}(body of the real estate types)")]
    [TestCase("11100000000019713D", TestName = "{m}(body of the transport types)")]
    [TestCase("11100000000013338W", TestName = "{m}(body of the construction types)")]
    public void IsValid_PublishedCode_IsAccepted(string code)
    {
        Assert.That(SocialCreditCode.IsValid(code), Is.True);
        Assert.That(SocialCreditCode.CheckCharacter(code.AsSpan(0, 17)), Is.EqualTo(code[17]));
    }

    [TestCase("")]
    [TestCase("91110000802100433A", TestName = "{m}(wrong check)")]
    [TestCase("91110000802100433b", TestName = "{m}(lower case)")]
    [TestCase("91110000802100433", TestName = "{m}(17 characters)")]
    [TestCase("91110000802100433B0", TestName = "{m}(19 characters)")]
    [TestCase("9111000080210043IB", TestName = "{m}(a letter the alphabet leaves out)")]
    public void IsValid_OtherText_IsRefused(string code) => Assert.That(SocialCreditCode.IsValid(code), Is.False);

    [TestCase("9111000080210043")]
    [TestCase("9111000080210043O")]
    public void CheckCharacter_Not17OfItsAlphabet_Throws(string text) =>
        Assert.That(() => SocialCreditCode.CheckCharacter(text), Throws.ArgumentException);
}
