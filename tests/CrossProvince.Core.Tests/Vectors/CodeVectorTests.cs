using System.Security.Cryptography;
using System.Text.Json.Nodes;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>The codes of tests/Vectors are judged as they say, and the files say what this version makes.</summary>
public sealed class CodeVectorTests
{
    private const string Folder = "CROSSPROVINCE_WRITE_VECTORS";
    private const int MostBytes = 1_500_000;

    // Step 11 needs somebody who remembers: no vector reaches these.
    private static readonly Verdict[] s_notOffline = [Verdict.None, Verdict.Replayed, Verdict.CodeNotIssued, Verdict.CodeWithdrawn];

    private static IEnumerable<string> Files => VectorFiles.All.Keys;

    private static IEnumerable<TestCaseData> Codes => VectorFiles.CasesOf("codes.json").Select(vector => new TestCaseData(vector).SetArgDisplayNames((string)vector["id"]!));

    [TestCaseSource(nameof(Codes))]
    public void Code_Vector_GetsItsVerdict(object vector)
    {
        var code = (JsonObject)vector;

        Assert.That(VectorReader.Describe(VectorReader.Judge(code)).ToJsonString(), Is.EqualTo(code["expect"]!.ToJsonString()), (string)code["why"]!);
    }

    [Test]
    public void Codes_Together_ReachEveryVerdictAndReasonOfStepsOneToTen()
    {
        var expected = VectorFiles.CasesOf("codes.json").Select(vector => vector["expect"]!).ToArray();

        Assert.That(expected.Select(e => (Verdict)(int)e["number"]!).Distinct(), Is.EquivalentTo(Enum.GetValues<Verdict>().Except(s_notOffline)));
        Assert.That(
            expected.Select(e => (string?)e["reason"]).OfType<string>().Distinct(),
            Is.EquivalentTo(Enum.GetValues<UndeterminedReason>().Except([UndeterminedReason.None, UndeterminedReason.UseNotChecked]).Select(CodeVector.Name)));
    }

    [Test]
    public void Codes_Ids_AreUnique() => Assert.That(VectorFiles.CasesOf("codes.json").Select(vector => (string)vector["id"]!), Is.Unique);

    // Keys and signatures are made without chance, so that a change of what is made shows in these files, byte for byte.
    [TestCaseSource(nameof(Files))]
    public void File_MadeAgain_IsTheSame(string file) =>
        Assert.That(VectorFiles.Write(VectorFiles.All[file]()) == File.ReadAllText(VectorWorld.FileOf(file)), Is.True, $"{file} is not what would be made now. On purpose? eng/vectors.sh writes it anew.");

    [Test]
    public void Files_Together_AreSmall() =>
        Assert.That(Directory.GetFiles(VectorWorld.FileOf(""), "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length), Is.LessThan(MostBytes));

    [Test]
    public void Keys_OfVectors_AreRefusedOutsideDevelopment() => Assert.That(VectorKeys.All.Where(key => !SampleKeys.Contains(key.PublicKey.Spki.Span)), Is.Empty);

    /// <summary>Writes the files, and the hashes of their keys that nodes refuse; run by eng/vectors.sh.</summary>
    [Test, Explicit("Writes files.")]
    public void Write()
    {
        var repository = Environment.GetEnvironmentVariable(Folder)!;
        foreach (var (file, make) in VectorFiles.All)
        {
            File.WriteAllText(Path.Combine(repository, "tests", "Vectors", file), VectorFiles.Write(make()));
        }

        File.WriteAllText(
            Path.Combine(repository, "src", "CrossProvince.Core", "Trust", "vector-keys.txt"),
            string.Concat(VectorKeys.All.Select(key => Convert.ToHexStringLower(SHA256.HashData(key.PublicKey.Spki.Span)) + "\n").Order(StringComparer.Ordinal)));
    }
}
