namespace CrossProvince.Cli.Tests;

internal sealed class LanguagesTests
{
    [TestCase("", "", "zh_CN.UTF-8", Language.Zh)]
    [TestCase("", "", "en_GB.UTF-8", Language.En)]
    [TestCase("", "", "", Language.En)]
    [TestCase("", "C", "zh_CN.UTF-8", Language.En)]
    [TestCase("verify --lang zh", "", "en_GB.UTF-8", Language.Zh)]
    [TestCase("--lang=en verify", "", "zh_CN.UTF-8", Language.En)]
    public void Detect_ArgumentsAndLocale_ArgumentsWinThenLcAllThenLang(string args, string lcAll, string lang, object expected)
    {
        var environment = new Dictionary<string, string> { ["LC_ALL"] = lcAll, ["LANG"] = lang };
        Assert.That(Languages.Detect(args.Split(' '), environment.GetValueOrDefault), Is.EqualTo(expected));
    }
}
