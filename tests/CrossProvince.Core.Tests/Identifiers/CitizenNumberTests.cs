using CrossProvince.Core.Identifiers;
using CsCheck;

namespace CrossProvince.Core.Tests.Identifiers;

public sealed class CitizenNumberTests
{
    [TestCase("11010519491231002X", 1949, 12, 31)]
    [TestCase("440524188001010014", 1880, 1, 1)]
    [TestCase("110112199003072825", 1990, 3, 7)]
    [TestCase("120102201806010133", 2018, 6, 1)]
    [TestCase("131082195511111245", 1955, 11, 11)]
    public void TryGetBirthDate_ValidNumber_GivesIt(string number, int year, int month, int day)
    {
        Assert.That(CitizenNumber.IsValid(number), Is.True);
        Assert.That(CitizenNumber.CheckDigit(number.AsSpan(0, 17)), Is.EqualTo(number[17]));
        Assert.That(CitizenNumber.TryGetBirthDate(number, out var birthDate), Is.True);
        Assert.That(birthDate, Is.EqualTo(new DateOnly(year, month, day)));
    }

    [TestCase("", TestName = "{m}(empty)")]
    [TestCase("11010519491231002x", TestName = "{m}(lower-case x)")]
    [TestCase("110105194912310021", TestName = "{m}(wrong check digit)")]
    [TestCase("1101051949123100X", TestName = "{m}(17 characters)")]
    [TestCase("11010519491231002X0", TestName = "{m}(19 characters)")]
    [TestCase("1101051949123100X2", TestName = "{m}(X not at the end)")]
    [TestCase("010105194912310020", TestName = "{m}(region beginning with 0)")]
    [TestCase("１１010519491231002X", TestName = "{m}(full-width digits)")]
    public void IsValid_OtherText_IsRefused(string number) => Assert.That(CitizenNumber.IsValid(number), Is.False);

    [TestCase("11010519490230002")]
    [TestCase("11010519491331002")]
    [TestCase("11010519490229002")]
    [TestCase("11010500000101002")]
    public void IsValid_DayNotInTheCalendar_IsRefused(string first17) =>
        Assert.That(CitizenNumber.IsValid(first17 + CitizenNumber.CheckDigit(first17)), Is.False);

    [Test]
    public void IsValid_LeapDay_IsAccepted() =>
        Assert.That(CitizenNumber.IsValid("11010520000229002" + CitizenNumber.CheckDigit("11010520000229002")), Is.True);

    [TestCase("1101051949123100")]
    [TestCase("1101051949123100X")]
    public void CheckDigit_Not17Digits_Throws(string text) => Assert.That(() => CitizenNumber.CheckDigit(text), Throws.ArgumentException);

    [Test]
    public void IsValid_OneDigitOfTheLastFourChanged_IsRefused() => Gen.Int[14, 16].Select(Gen.Char['0', '9']).Sample((position, digit) =>
    {
        var number = "110112199003072825".ToCharArray();
        var changed = number[position] != digit;
        number[position] = digit;
        return CitizenNumber.IsValid(number) != changed;
    });
}
