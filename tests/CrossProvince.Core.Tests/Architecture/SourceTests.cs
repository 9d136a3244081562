using System.Text.RegularExpressions;

namespace CrossProvince.Core.Tests.Architecture;

/// <summary>What the source may hold where: read from the files themselves.</summary>
public sealed partial class SourceTests
{
    private static readonly string s_source = Path.Combine(Root(), "src");

    [Test]
    public void UnsafeCode_OutsideSignatures_DoesNotOccur()
    {
        var signatures = Path.Combine(s_source, "CrossProvince.Core", "Signatures") + Path.DirectorySeparatorChar;
        var found = FilesOf(s_source).Where(file => UnsafeWord().IsMatch(CodeOf(file))).ToArray();
        Assert.That(found, Is.Not.Empty, "it does occur");
        Assert.That(found.Where(file => !file.StartsWith(signatures, StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void UnsafeCode_OfProjects_IsAllowedInCoreOnly() =>
        Assert.That(
            Directory.GetFiles(s_source, "*.csproj", SearchOption.AllDirectories).Where(file => File.ReadAllText(file).Contains("AllowUnsafeBlocks", StringComparison.Ordinal)).Select(Path.GetFileName),
            Is.EqualTo(["CrossProvince.Core.csproj"]));

    [Test]
    public void Signing_FloatingPointAndVariableTime_DoNotOccur()
    {
        // Secrets stay with integers whose operations take the same time whatever they are; BigInteger and division do not.
        var signing = FilesOf(Path.Combine(s_source, "CrossProvince.Core", "Signatures", "Signing")).ToArray();
        Assert.That(signing, Is.Not.Empty);
        foreach (var file in signing)
        {
            Assert.That(FloatingPoint().Matches(CodeOf(file)).Select(match => match.Value), Is.Empty, file);
        }
    }

    [Test]
    public void Signing_ArithmeticOnSecrets_ComparesNothingButCounters()
    {
        // if, ?:, &&, || and switch are what could depend on a secret; loops are by counters.
        foreach (var name in new[] { "SecretElement", "SecretScalar", "SecretPoint", "SecretInverse" })
        {
            var code = CodeOf(Path.Combine(s_source, "CrossProvince.Core", "Signatures", "Signing", $"{name}.cs"));
            Assert.That(Choice().Matches(code).Select(match => match.Value), Is.Empty, name);
            Assert.That(Comparison().Matches(code).Select(match => match.Value).Where(comparison => !Counter().IsMatch(comparison)), Is.Empty, name);
        }
    }

    [TestCase("unsafe int* p;", true)]
    [TestCase("// unsafe int* p;", false)]
    [TestCase("var s = \"unsafe\";", false)]
    public void UnsafeWord_InCodeOnly_IsFound(string line, bool found) => Assert.That(UnsafeWord().IsMatch(WithoutText(line)), Is.EqualTo(found));

    [TestCase("double x;", true)]
    [TestCase("Vector256<double> x;", true)]
    [TestCase("var x = 1.5 * 2;", true)]
    [TestCase("Math.Sqrt(2)", true)]
    [TestCase("x[1..3] doubled", false)]
    public void FloatingPoint_AnyForm_IsFound(string line, bool found) => Assert.That(FloatingPoint().IsMatch(line), Is.EqualTo(found));

    [TestCase("if (x == 0)", true)]
    [TestCase("x ? y : z", true)]
    [TestCase("a && b", true)]
    [TestCase("(x & y) | z", false)]
    public void Choice_AnyForm_IsFound(string line, bool found) => Assert.That(Choice().IsMatch(line), Is.EqualTo(found));

    [TestCase("x[0] < y", "x[0] < y", false)]
    [TestCase("return a._x0 == b._x0;", "a._x0 == b._x0", false)]
    [TestCase("for (var i = 0; i < Limbs; i++)", "i < Limbs", true)]
    [TestCase("i < x", "i < x", false)]
    public void Comparison_OfCountersOrOthers_IsFound(string line, string comparison, bool counter)
    {
        Assert.That(Comparison().Match(line).Value, Is.EqualTo(comparison));
        Assert.That(Counter().IsMatch(comparison), Is.EqualTo(counter));
    }

    private static IEnumerable<string> FilesOf(string folder) => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories);

    private static string CodeOf(string file) => WithoutText(File.ReadAllText(file));

    private static string WithoutText(string code) => Text().Replace(code, "");

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "CrossProvince.sln")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }

    // Comments and strings.
    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|"{3}.*?"{3}|"(?:\\.|[^"\\\n])*" """, RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Text();

    [GeneratedRegex(@"\bunsafe\b")]
    private static partial Regex UnsafeWord();

    [GeneratedRegex(@"\b(double|float|decimal|Half|Double|Single|Decimal|Sqrt|Pow)\b|\b\d+\.\d")]
    private static partial Regex FloatingPoint();

    [GeneratedRegex(@"\bif\b|\bswitch\b|\?|&&|\|\||\bwhile\b")]
    private static partial Regex Choice();

    [GeneratedRegex(@"[^\s(;]+\s(?:<|>|<=|>=|==|!=)\s[^\s;)]+")]
    private static partial Regex Comparison();

    [GeneratedRegex(@"^(i|j|round) < (\d+|[A-Z]\w+)$")]
    private static partial Regex Counter();
}
