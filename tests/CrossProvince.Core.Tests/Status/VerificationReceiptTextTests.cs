using CrossProvince.Core.Status;

namespace CrossProvince.Core.Tests.Status;

public sealed class VerificationReceiptTextTests
{
    [Test]
    public void Write_Document_IsGolden() => Assert.That(VerificationReceiptText.Write("foobar"u8), Is.EqualTo("CPR1MZXW6YTBOI"));

    [Test]
    public void TryRead_WrittenOfAnyLength_GivesItBack()
    {
        for (var length = 1; length <= 400; length++)
        {
            var document = Enumerable.Range(0, length).Select(i => (byte)((i * 7) + length)).ToArray();
            Assert.That(VerificationReceiptText.TryRead(VerificationReceiptText.Write(document), out var read) && read.AsSpan().SequenceEqual(document), Is.True, $"{length} bytes");
        }
    }

    [TestCase("cpr1mzxw6ytboi")]
    [TestCase(" CPR1MZXW 6YTB\r\nOI\n")]
    public void TryRead_AsScannersAndPeopleTypeIt_IsRead(string text) =>
        Assert.That(VerificationReceiptText.TryRead(text, out var document) && document.AsSpan().SequenceEqual("foobar"u8), Is.True);

    [TestCase("", Description = "nothing")]
    [TestCase("CPR1", Description = "nothing in it")]
    [TestCase("CP12KCEAAAA", Description = "a presentation code")]
    [TestCase("MZXW6YTBOI", Description = "no prefix")]
    [TestCase("CPR1MZXW6YTBO", Description = "cut short")]
    [TestCase("CPR1MZXW6YTBOJ", Description = "bits left over")]
    [TestCase("CPR1MZXW0YTBOI", Description = "another character")]
    [TestCase("CPR1MZXW6YTBOI======", Description = "padding")]
    [TestCase("CPR1证照", Description = "no text of ours")]
    public void TryRead_SomethingElse_IsNot(string text) =>
        Assert.That((VerificationReceiptText.TryRead(text, out var document), document.Length), Is.EqualTo((false, 0)));

    [Test]
    public void TryRead_LongerThanAnyReceipt_IsNot() => Assert.That(VerificationReceiptText.TryRead("CPR1" + new string('A', 32_768), out _), Is.False);
}
