using CrossProvince.Core.Catalogue;
using CsCheck;

namespace CrossProvince.Core.Tests.Catalogue;

public sealed class MasksTests
{
    private static readonly HashSet<string> s_compoundSurnames = ["欧阳", "爱新觉罗"];

    [TestCase("张", "*")]
    [TestCase("张明", "张*")]
    [TestCase("张小明", "张*明")]
    [TestCase("张欧小明", "张**明")]
    [TestCase("欧阳", "欧*")]
    [TestCase("欧阳明", "欧阳*")]
    [TestCase("欧阳小明", "欧阳**")]
    [TestCase("爱新觉罗明明", "爱新觉罗**")]
    [TestCase("阿卜杜拉·买买提", "阿******提")]
    [TestCase("𠮷小𠮷", "𠮷*𠮷")]
    [TestCase("𠮷田", "𠮷*")]
    [TestCase("", "")]
    public void Name_OfAnAdult_KeepsFirstAndLastOrTheCompoundSurname(string name, string expected) =>
        Assert.That(Masks.Name(name, s_compoundSurnames), Is.EqualTo(expected));

    [TestCase("张", "*")]
    [TestCase("张明", "张*")]
    [TestCase("张小明", "张**")]
    [TestCase("欧阳小明", "欧阳**")]
    [TestCase("阿卜杜拉·买买提", "阿*******")]
    public void NameOfMinor_KeepsOnlyTheSurname(string name, string expected) =>
        Assert.That(Masks.NameOfMinor(name, s_compoundSurnames), Is.EqualTo(expected));

    [TestCase("citizen-number", "11010519491231002X", "1****************X")]
    [TestCase("citizen-number", "12", "**")]
    [TestCase("citizen-number-on-screen", "11010519491231002X", "110105********002X")]
    [TestCase("citizen-number-on-screen", "1101050021", "**********")]
    [TestCase("phone", "13800138000", "138****8000")]
    [TestCase("phone", "12345", "*****")]
    [TestCase("licence-number", "P110099887", "P1******87")]
    [TestCase("licence-number", "京A12345", "京*****5")]
    [TestCase("licence-number", "A12345678901", "A12******901")]
    [TestCase("licence-number", "京(2024)朝不动产权第0012345号", "京(2********45号")]
    [TestCase("licence-number", "123", "***")]
    [TestCase("address", "北京市朝阳区建国路1号", "北京市朝阳区***")]
    [TestCase("address", "河北省廊坊市三河市燕郊镇", "河北省廊坊市三河市***")]
    [TestCase("address", "河北省廊坊市大厂回族自治县大厂镇", "河北省廊坊市大厂回族自治县***")]
    [TestCase("address", "天津市滨海新区第一大街2号", "天津市滨海新区***")]
    [TestCase("address", "河北省保定市雄县雄州镇", "河北省保定市雄县***")]
    [TestCase("address", "河北省雄安新区容城县容城镇", "河北省雄安新区***")]
    [TestCase("address", "浙江省杭州市西湖区文三路", "浙江省杭州市西湖区***")]
    [TestCase("address", "湖北省恩施土家族苗族自治州恩施市小渡船花园小区", "湖北省恩施土家族苗族自治州恩施市***")]
    [TestCase("address", "北京市朝阳区都市花园小区3号", "北京市朝阳区***")]
    [TestCase("address", "建国路1号", "***")]
    [TestCase("none", "京东方公司", "京东方公司")]
    [TestCase("name", "欧阳小明", "欧阳**")]
    [TestCase("name-of-minor", "张小明", "张**")]
    public void Apply_KnownMask_HidesWhatItShould(string mask, string value, string expected)
    {
        Assert.That(Masks.IsKnown(mask), Is.True);
        Assert.That(Masks.Apply(mask, value, s_compoundSurnames), Is.EqualTo(expected));
    }

    [Test]
    public void Apply_UnknownMask_Throws()
    {
        Assert.That(Masks.IsKnown("nothing"), Is.False);
        Assert.That(() => Masks.Apply("nothing", "x", s_compoundSurnames), Throws.ArgumentException.With.Message.Contains("'nothing'"));
    }

    [TestCase("name")]
    [TestCase("name-of-minor")]
    [TestCase("citizen-number")]
    [TestCase("citizen-number-on-screen")]
    [TestCase("phone")]
    [TestCase("licence-number")]
    public void Apply_AnyText_HidesSomethingAndNeverThrows(string mask) => Gen.String[1, 40].Sample(text =>
        Masks.Apply(mask, text.Replace('*', '.'), s_compoundSurnames).Contains('*', StringComparison.Ordinal));
}
