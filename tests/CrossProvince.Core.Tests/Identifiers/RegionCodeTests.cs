using CrossProvince.Core.Identifiers;

namespace CrossProvince.Core.Tests.Identifiers;

public sealed class RegionCodeTests
{
    [TestCase("110000", 110000)]
    [TestCase("120116", 120116)]
    [TestCase("131082", 131082)]
    [TestCase("999999", 999999)]
    public void TryParse_SixDigits_IsReadAndWrittenBack(string text, int value)
    {
        Assert.That(RegionCode.TryParse(text, out var region), Is.True);
        Assert.That(region.Value, Is.EqualTo(value));
        Assert.That(region.ToString(), Is.EqualTo(text));
        Assert.That(RegionCode.Parse(text), Is.EqualTo(region));
    }

    [TestCase("")]
    [TestCase("11000")]
    [TestCase("1100000")]
    [TestCase("010000")]
    [TestCase("11000A")]
    [TestCase("-11000")]
    [TestCase("１10000")]
    [TestCase("110000\n")]
    public void TryParse_OtherText_IsRefused(string text)
    {
        Assert.That(RegionCode.TryParse(text, out var region), Is.False);
        Assert.That(region, Is.EqualTo(default(RegionCode)));
        Assert.That(() => RegionCode.Parse(text), Throws.TypeOf<FormatException>().With.Message.Contains("six digits"));
    }
}
