using CrossProvince.Tests;

namespace CrossProvince.Logs.Tests;

/// <summary>Runs after all other tests: nothing of a person may stand in what the nodes said meanwhile, at any level.</summary>
public sealed class LogTests
{
    private const int Shown = 20;

    private static readonly string[] s_persons = ["王小明", "110101199001010015"];

    [Test]
    public void Logs_OfTheWholeSuite_HoldNoPerson()
    {
        var logs = Files(CapturedLogs.LogPattern);
        if (logs.Length == 0 && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Assert.Ignore("No test has run before that captured a log: eng/test.sh runs this one last.");
        }

        Assert.That(logs, Is.Not.Empty, "No log was captured: the tests that start nodes did not run before this one.");
        var finder = new PersonFinder(Files(CapturedLogs.ValuePattern).SelectMany(File.ReadLines));
        Assert.That(finder.Count, Is.Positive, "No personal value was remembered, though nodes ran.");

        var found = logs.SelectMany(finder.FindIn).ToList();

        Assert.That(found, Is.Empty, $"{found.Count} lines; the first:\n{string.Join('\n', found.Take(Shown))}\n");
    }

    [TestCase("info: Node[0] holder 王小明 was found", "a name or number of a sample person")]
    [TestCase("GET /v1/licences/1.2.156.3005.2.11100000000013127D001.X.110101199001010015.001.7", "a name or number of a sample person")]
    [TestCase("code CP12KCEBAIBAEBQEAYEAUDAOCAJB verified", "a presentation code")]
    [TestCase("code cp12kcebaibaebqeayeaudaocajb verified", "a presentation code")]
    [TestCase("Authorization: Bearer eyJhbGciOiJFUzI1NiJ9.eyJob2xkZXIiOiIxIn0.c2ln", "a token")]
    [TestCase("number=11010519491231002X", "a citizen number")]
    public void Find_PlantedValue_IsFoundWithoutBeingRepeated(string line, string kind)
    {
        var finder = new PersonFinder(s_persons);
        Assert.That(finder.Find(line), Is.EqualTo(kind));

        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, ["all is well", line]);
            Assert.That(finder.FindIn(file), Is.EqualTo(new[] { $"{Path.GetFileName(file)}:2: {kind}" }));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestCase("info: Trust list version 1 with 3 regions is in use; it expires 2036-10-24 11:22:33Z.")]
    [TestCase("TraceId:0af7651916cd43dd8448eb211c80319c seq 110105194912310020 key 638123456789012345")]
    [TestCase("urn:crossprovince:110000:verifier:11110000XXXXXX902M")]
    [TestCase("CP1 is the beginning of a code")]
    public void Find_OrdinaryLine_IsLeftAlone(string line) => Assert.That(new PersonFinder(s_persons).Find(line), Is.Null);

    [Test]
    public void Find_OneCharacterOrShortNumber_IsNotLookedFor() => Assert.That(new PersonFinder(["王", "1", "P1"]).Count, Is.Zero);

    private static string[] Files(string pattern) => Directory.Exists(CapturedLogs.Folder) ? Directory.GetFiles(CapturedLogs.Folder, pattern) : [];
}
