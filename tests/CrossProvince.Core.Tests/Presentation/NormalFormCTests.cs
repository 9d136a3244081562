using System.Globalization;
using System.Text;
using CrossProvince.Core.Presentation;

namespace CrossProvince.Core.Tests.Presentation;

public sealed class NormalFormCTests
{
    [TestCase("0041 030A", "00C5", TestName = "Of_LetterAndMark_AreComposed")]
    [TestCase("212B", "00C5", TestName = "Of_AngstromSign_IsTheLetter")]
    [TestCase("1E9B 0323", "1E9B 0323", TestName = "Of_BlockedMark_Stays")]
    [TestCase("0073 0307 0323", "1E69", TestName = "Of_MarksInOtherOrder_AreSorted")]
    [TestCase("1E0B 0323", "1E0D 0307", TestName = "Of_ComposedLetterAndLowerMark_IsComposedAnew")]
    [TestCase("0061 0315 0300 05AE 0300 0062", "00E0 05AE 0300 0315 0062", TestName = "Of_ManyMarks_KeepTheirOrderWithinAClass")]
    [TestCase("1100 1161", "AC00", TestName = "Of_HangulPair_IsASyllable")]
    [TestCase("1100 1161 11A8", "AC01", TestName = "Of_HangulTriple_IsASyllable")]
    [TestCase("AC00 11A8", "AC01", TestName = "Of_HangulSyllableAndFinal_IsASyllable")]
    [TestCase("AC00 11A7", "AC00 11A7", TestName = "Of_HangulSyllableAndNoFinal_Stays")]
    [TestCase("F900", "8C48", TestName = "Of_CompatibilityIdeograph_IsTheUnifiedOne")]
    [TestCase("2F800", "4E3D", TestName = "Of_CompatibilityIdeographBeyondThePlane_IsTheUnifiedOne")]
    [TestCase("FA0E", "FA0E", TestName = "Of_UnifiedIdeographAmongCompatibility_Stays")]
    [TestCase("0958", "0915 093C", TestName = "Of_CompositionExclusion_IsDecomposed")]
    [TestCase("0344", "0308 0301", TestName = "Of_NonStarterDecomposition_IsDecomposed")]
    [TestCase("0F71 0F72 0F74", "0F71 0F72 0F74", TestName = "Of_TibetanVowels_Stay")]
    [TestCase("5F20 002A 660E", "5F20 002A 660E", TestName = "Of_MaskedName_Stays")]
    [TestCase("4E70 00B7 20BB7 2026", "4E70 00B7 20BB7 2026", TestName = "Of_LongName_Stays")]
    public void Of_Text_IsNormalFormC(string source, string expected)
    {
        Assert.That(Hex(NormalFormC.Of(Text(source))), Is.EqualTo(expected));
        Assert.That(NormalFormC.IsNormal(Encoding.UTF8.GetBytes(Text(source))), Is.EqualTo(source == expected));
        Assert.That(NormalFormC.IsNormal(Encoding.UTF8.GetBytes(Text(expected))), Is.True);
    }

    [Test]
    public void IsNormal_EveryCharacterAmongOthers_AgreesWithTheFramework()
    {
        var others = new List<int>();
        for (var code = 0; code <= 0x10FFFF; code++)
        {
            if (Rune.IsValid(code))
            {
                var text = $"A{new Rune(code)}\u4E00";
                var expected = code != 0xFFFE && text.IsNormalized(NormalizationForm.FormC);
                if (NormalFormC.IsNormal(Encoding.UTF8.GetBytes(text)) != expected)
                {
                    others.Add(code);
                }
            }
        }

        Assert.That(others, Is.Empty);
    }

    /// <summary>The framework throws for this one; a code that holds it must be refused before anyone has signed it.</summary>
    [Test]
    public void IsNormal_Fffe_IsRefusedAndNeverThrows() => Assert.That(NormalFormC.IsNormal("\uFFFE"u8), Is.False);

    [Test]
    public void IsAvailable_ThisProcess_CanNormalise() => Assert.That(NormalFormC.IsAvailable, Is.True);

    [Test]
    public void Fit_TextNotNormal_IsNormalised()
    {
        var display = Display.Fit("\uF900e\u0301", "\u212B", null, "\u1100\u1161");
        Assert.That(display, Is.EqualTo(Display.Fit("\u8C48\u00E9", "\u00C5", null, "\uAC00")));
    }

    [Test]
    public void TryDecode_TextNotNormal_IsRefused()
    {
        Assert.That(Display.TryDecode(Convert.FromHexString("8463E8B18860F6F6"), out _), Is.True);
        Assert.That(Display.TryDecode(Convert.FromHexString("8463EFA48060F6F6"), out _), Is.False);
        Assert.That(Display.TryDecode(Convert.FromHexString("846365CC8160F6F6"), out _), Is.False);
    }

    private static string Text(string hex) =>
        string.Concat(hex.Split(' ').Select(code => new Rune(int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString()));

    private static string Hex(string text) =>
        string.Join(' ', text.EnumerateRunes().Select(rune => rune.Value.ToString("X4", CultureInfo.InvariantCulture)));
}
