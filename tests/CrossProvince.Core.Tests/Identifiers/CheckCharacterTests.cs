using CrossProvince.Core.Identifiers;

namespace CrossProvince.Core.Tests.Identifiers;

public sealed class CheckCharacterTests
{
    [TestCase("11100000000013338W01111110000000021135M20230329701003", 'Y')]
    [TestCase("11100000000013661B006113700000045046442209FA4E88F9E4C878F3E9BED2CE7EA49001", 'D')]
    [TestCase("11100000000013338W00911330105002500287C2025052201002", '0')]
    [TestCase("", '1')]
    public void Compute_KnownText_GivesItsCheckCharacter(string text, char expected) =>
        Assert.That(CheckCharacter.Compute(text), Is.EqualTo(expected));

    [TestCase("abc")]
    [TestCase("1.2")]
    [TestCase("证")]
    [TestCase("\uFF11")]
    public void Compute_CharacterOutsideTheAlphabet_Throws(string text) =>
        Assert.That(() => CheckCharacter.Compute(text), Throws.ArgumentException);

    [Test]
    public void Compute_OneCharacterChangedOrNeighboursExchanged_GivesAnother()
    {
        const string Text = "11100000MB03271699022340100000000016001";
        var check = CheckCharacter.Compute(Text);
        for (var i = 0; i < Text.Length; i++)
        {
            foreach (var c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".Where(c => c != Text[i]))
            {
                Assert.That(CheckCharacter.Compute(string.Concat(Text.AsSpan(0, i), c.ToString(), Text.AsSpan(i + 1))), Is.Not.EqualTo(check));
            }

            if (i > 0 && Text[i] != Text[i - 1])
            {
                Assert.That(CheckCharacter.Compute($"{Text[..(i - 1)]}{Text[i]}{Text[i - 1]}{Text[(i + 1)..]}"), Is.Not.EqualTo(check));
            }
        }
    }
}
