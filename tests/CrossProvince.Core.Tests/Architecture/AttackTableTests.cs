using System.Text.RegularExpressions;

namespace CrossProvince.Core.Tests.Architecture;

/// <summary>Every attack of docs/attacks.md has tests, and those that it names are there.</summary>
public sealed partial class AttackTableTests
{
    private static readonly string s_root = Root();

    private static readonly string[] s_rows = [.. File.ReadLines(Path.Combine(s_root, "docs", "attacks.md")).Where(line => line.StartsWith("| **", StringComparison.Ordinal))];

    [Test]
    public void Table_EveryAttack_HasTests()
    {
        Assert.That(s_rows, Has.Length.GreaterThan(20));
        Assert.That(s_rows.Where(row => TestName().Count(TestsOf(row)) == 0), Is.Empty);
    }

    [Test]
    public void Table_EveryTest_IsThere()
    {
        var files = Directory.EnumerateFiles(Path.Combine(s_root, "tests"), "*Tests.cs", SearchOption.AllDirectories).ToLookup(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);
        var named = s_rows.SelectMany(row => TestName().Matches(TestsOf(row))).Select(name => (Class: name.Groups[1].Value, Method: name.Groups[2].Value)).Distinct();

        Assert.That(named.Where(test => !files[test.Class].Any(code => IsTest(code, test.Method))), Is.Empty);
    }

    [TestCase("[Test]\n    public void A_B_C() =>", true)]
    [TestCase("[Test]\n    [Category(\"X\")]\n    public async Task A_B_C(string of)\n", true)]
    [TestCase("[TestCase(1)]\n    public Task A_B_C(int of)\n", true)]
    [TestCase("    public void A_B_C()\n", false)]
    [TestCase("[Test]\n    public void A_B_CD() =>", false)]
    [TestCase("[Test, Explicit(\"by hand\")]\n    public void A_B_C() =>", false)]
    public void IsTest_MethodOfThatName_MustBeRun(string code, bool expected) => Assert.That(IsTest(code, "A_B_C"), Is.EqualTo(expected));

    private static bool IsTest(string code, string method) => Regex.IsMatch(code, $@"\[Test(\]|Case|CaseSource)[^;{{}}]*\b{method}\(", RegexOptions.None);

    /// <summary>The last column.</summary>
    private static string TestsOf(string row) => row.Split('|')[^2];

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "CrossProvince.sln")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
