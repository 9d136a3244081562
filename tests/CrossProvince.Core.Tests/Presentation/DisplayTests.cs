using System.Globalization;
using System.Text;
using CrossProvince.Core.Presentation;

namespace CrossProvince.Core.Tests.Presentation;

public sealed class DisplayTests
{
    [TestCase("张*明", "1****************X", 22645, null, "8467E5BCA02AE6988E72312A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A58195875F6")]
    [TestCase("", "", null, null, "846060F6F6")]
    [TestCase("A", "B", 0, "C1", "8461416142006243 31")]
    [TestCase("A", "B", 23, null, "846141614217F6")]
    [TestCase("A", "B", 24, null, "84614161421818F6")]
    [TestCase("A", "B", 255, null, "846141614218FFF6")]
    [TestCase("A", "B", 256, null, "8461416142190100F6")]
    [TestCase("A", "B", 65535, null, "846141614219FFFFF6")]
    [TestCase("ABCDEFGHIJKLMNOPQRSTUVW", "", null, null, "84774142434445464748494A4B4C4D4E4F5051525354555657 60F6F6")]
    [TestCase("ABCDEFGHIJKLMNOPQRSTUVWX", "", null, null, "8478184142434445464748494A4B4C4D4E4F505152535455565758 60F6F6")]
    public void Encode_Display_IsFrozen(string name, string number, int? day, string? extra, string hex)
    {
        var display = Display.Fit(name, number, day, extra);
        var encoded = display.Encode();
        Assert.That(Convert.ToHexString(encoded), Is.EqualTo(hex.Replace(" ", "", StringComparison.Ordinal)));
        Assert.That(Display.TryDecode(encoded, out var decoded), Is.True);
        Assert.That(decoded, Is.EqualTo(display));
    }

    [Test]
    public void Fit_LongName_IsTheLongestPrefixOfWholeCodePoints([Values("京", "𠮷", "é", "A", "京𠮷A·")] string unit, [Values(0, 12, 23, 24, 30)] int numberLength)
    {
        var name = string.Concat(Enumerable.Repeat(unit, 60));
        var fitted = Display.Fit(name, new string('*', numberLength), 22645, "C1");
        var runes = name.EnumerateRunes().ToArray();
        var kept = fitted.Name.EnumerateRunes().ToArray();
        Assert.That(fitted.Name, Does.EndWith("…"));
        Assert.That(kept[..^1], Is.EqualTo(runes[..(kept.Length - 1)]));
        Assert.That(fitted.Encode(), Has.Length.LessThanOrEqualTo(Display.MaxEncodedBytes));

        var longer = string.Concat(runes.Take(kept.Length)) + "…";
        var head = Encoding.UTF8.GetByteCount(longer) < 24 ? 1 : 2;
        Assert.That(1 + head + Encoding.UTF8.GetByteCount(longer) + (numberLength < 24 ? 1 : 2) + numberLength + 3 + 3, Is.GreaterThan(Display.MaxEncodedBytes), "one more code point would not fit");
    }

    [Test]
    public void Fit_NameThatJustFits_IsKept()
    {
        var name = new string('A', 48);
        Assert.That(Display.Fit(name, "", null, null).Name, Is.EqualTo(name));
        Assert.That(Display.Fit(name, "", null, null).Encode(), Has.Length.EqualTo(54));
        Assert.That(Display.Fit(name + "A", "", null, null).Name, Is.EqualTo(new string('A', 45) + "…"));
    }

    [Test]
    public void Fit_NoRoomForAName_Throws()
    {
        Assert.That(() => Display.Fit("名", new string('1', 60), null, null), Throws.ArgumentException);
        Assert.That(() => Display.Fit("名", new string('1', 30), null, new string('A', 30)), Throws.ArgumentException);
        Assert.That(() => Display.Fit("", new string('1', 60), null, null), Throws.ArgumentException);
    }

    [Test]
    public void Fit_DayOutOfRange_Throws([Values(-1, 65_536)] int day) =>
        Assert.That(() => Display.Fit("A", "B", day, null), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Fit_LoneSurrogate_Throws()
    {
        foreach (var text in new[] { "\uD842", "\uDFB7", "A\uD842B", "\uDFB7\uD842", "\uD842\uD842\uDFB7" })
        {
            Assert.That(() => Display.Fit(text, "B", null, null), Throws.ArgumentException);
            Assert.That(() => Display.Fit("A", text, null, null), Throws.ArgumentException);
            Assert.That(() => Display.Fit("A", "B", null, text), Throws.ArgumentException);
        }
    }

    [TestCase("", TestName = "TryDecode_Empty_IsRefused")]
    [TestCase("83614161 42F6", TestName = "TryDecode_ThreeItems_IsRefused")]
    [TestCase("85614161 42F6F6F6", TestName = "TryDecode_FiveItems_IsRefused")]
    [TestCase("9F61416142F6F6FF", TestName = "TryDecode_IndefiniteArray_IsRefused")]
    [TestCase("84780141 6142F6F6", TestName = "TryDecode_LongTextLength_IsRefused")]
    [TestCase("847F6141FF6142F6F6", TestName = "TryDecode_IndefiniteText_IsRefused")]
    [TestCase("8441416142F6F6", TestName = "TryDecode_BytesForText_IsRefused")]
    [TestCase("8461FF6142F6F6", TestName = "TryDecode_InvalidUtf8_IsRefused")]
    [TestCase("8463EDA0806142F6F6", TestName = "TryDecode_SurrogateInUtf8_IsRefused")]
    [TestCase("8462C1816142F6F6", TestName = "TryDecode_OverlongUtf8_IsRefused")]
    [TestCase("84614161421817F6", TestName = "TryDecode_LongDay_IsRefused")]
    [TestCase("84614161421900FFF6", TestName = "TryDecode_LongerDay_IsRefused")]
    [TestCase("846141614 21A00010000F6", TestName = "TryDecode_DayTooLarge_IsRefused")]
    [TestCase("846141614220F6", TestName = "TryDecode_NegativeDay_IsRefused")]
    [TestCase("8461416142F7F6", TestName = "TryDecode_UndefinedDay_IsRefused")]
    [TestCase("8461416142F6F7", TestName = "TryDecode_UndefinedExtra_IsRefused")]
    [TestCase("8461416142F600", TestName = "TryDecode_NumberForExtra_IsRefused")]
    [TestCase("84F66142F6F6", TestName = "TryDecode_NullName_IsRefused")]
    [TestCase("8461416142F6F600", TestName = "TryDecode_TrailingByte_IsRefused")]
    [TestCase("84782F2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A62414219FFFFF6", TestName = "TryDecode_TooLong_IsRefused")]
    public void TryDecode_OtherBytes_AreRefused(string hex)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.That(Display.TryDecode(bytes, out var display), Is.False);
        Assert.That(display, Is.Null);
    }

    [Test]
    public void LastValidDay_Range_IsThatOfTheCalendar() =>
        Assert.That(new DateOnly(1970, 1, 1).AddDays(Display.MaxDay).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Is.EqualTo("2149-06-06"));
}
