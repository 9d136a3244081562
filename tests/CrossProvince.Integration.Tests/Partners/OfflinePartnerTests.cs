using System.Text.Json.Nodes;
using CrossProvince.Integration.Tests.Nodes;

namespace CrossProvince.Integration.Tests.Partners;

/// <summary>A verifier in another language, written from the documentation: the program of docs/partners/offline over the test vectors.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class OfflinePartnerTests
{
    private static readonly string s_vectors = Repository.PathOf("tests", "Vectors");

    [Test]
    public async Task Vectors_All_AreJudgedAsTheySay()
    {
        var run = await NodePartner.RunInAsync("offline", [], "vectors.js", "--json");

        var wrong = run.Outcomes.Where(outcome => !(bool)outcome["ok"]!).Select(outcome => outcome.ToJsonString());
        Assert.That(wrong, Is.Empty);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        foreach (var file in Directory.GetFiles(s_vectors, "*.json").Where(file => Cases(file).Any()))
        {
            Assert.That(Ids(run, Path.GetFileName(file)), Is.EqualTo(Cases(file).Select(vector => (string)vector["id"]!)), file);
        }

        var verdicts = run.Outcomes.Where(outcome => (string)outcome["file"]! == "codes.json").Select(outcome => (string)outcome["got"]!["verdict"]!);
        Assert.That(verdicts, Is.EqualTo(Cases(Path.Combine(s_vectors, "codes.json")).Select(vector => (string)vector["expect"]!["verdict"]!)));
    }

    // A vector that says something else is found: the program does not repeat what stands there.
    [Test]
    public async Task Vectors_WithOtherExpectations_AreFoundWrong()
    {
        var folder = Directory.CreateTempSubdirectory("crossprovince-").FullName;
        try
        {
            foreach (var source in Directory.GetFiles(s_vectors, "*.json", SearchOption.AllDirectories))
            {
                var target = Path.Combine(folder, Path.GetRelativePath(s_vectors, source));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                await File.WriteAllTextAsync(target, Path.GetFileName(source) switch
                {
                    "codes.json" => (await File.ReadAllTextAsync(source))
                        .Replace("\"verdict\": \"REVOKED\"", "\"verdict\": \"WITHDRAWN\"", StringComparison.Ordinal)
                        .Replace("\"skewSeconds\": 30", "\"skewSeconds\": 29", StringComparison.Ordinal),
                    "heads.json" => (await File.ReadAllTextAsync(source)).Replace("\"accepted\": false", "\"accepted\": true", StringComparison.Ordinal),
                    _ => await File.ReadAllTextAsync(source),
                });
            }

            var run = await NodePartner.RunInAsync("offline", [], "vectors.js", "--json", "--vectors", folder);

            var wrong = run.Outcomes.Where(outcome => !(bool)outcome["ok"]!).Select(outcome => (string)outcome["id"]!).ToArray();
            Assert.That(wrong, Is.SupersetOf(new[] { "revoked", "issued-ahead", "expired-within-skew", "head-by-code-key", "head-changed" }).And.No.Member("valid-sm2"));
            Assert.That(run.ExitCode, Is.EqualTo(1), run.Error);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> Ids(NodePartner run, string file) => run.Outcomes.Where(outcome => (string)outcome["file"]! == file).Select(outcome => (string)outcome["id"]!);

    private static IEnumerable<JsonObject> Cases(string file) => (JsonNode.Parse(File.ReadAllText(file))!["cases"]?.AsArray() ?? []).Select(node => node!.AsObject());
}
