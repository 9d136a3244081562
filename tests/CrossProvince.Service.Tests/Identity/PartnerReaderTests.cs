using System.Text.Json.Nodes;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Tests.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Service.Tests.Identity;

public sealed class PartnerReaderTests
{
    private const string Issuer = "11110000XXXXXX001F";

    private LicenceCatalogue _catalogue = null!;
    private string _file = "";

    [OneTimeSetUp]
    public async Task ReadCatalogueAsync()
    {
        await using var node = BuiltNode.Build([]);
        _catalogue = node.Services.GetRequiredService<NodeSettings>().Catalogue;
    }

    [SetUp]
    public void NameFile() => _file = Path.GetTempFileName();

    [TearDown]
    public void DeleteFile() => File.Delete(_file);

    [Test]
    public void Read_EverythingSet_IsTakenOver()
    {
        var list = Read(File => { });

        var entry = list.Entries[("verifier", "A")];
        Assert.That((entry.Limits!.PerSecond, entry.Limits.Burst, entry.Limits.Calls, entry.Limits.PerDay), Is.EqualTo((5, 1_000, 2, 100L)));
        Assert.That(entry.Types, Is.EqualTo(new[] { "identity-card" }));
        Assert.That(list.Regions[new RegionCode(120_000)].Limits, Is.EqualTo(new PartnerLimits { Calls = 7 }));
        Assert.That(list.Entries[("authority", "A")].Issuers, Is.EqualTo(new[] { Issuer, "110101" }));
    }

    private static IEnumerable<TestCaseData> Faults()
    {
        yield return Case(f => Verifier(f)["role"] = "node", "names role 'node'");
        yield return Case(f => Verifier(f)["organisation"] = "", "names no organisation");
        yield return Case(f => Verifier(f)["organisation"] = "a:b", "with a colon");
        yield return Case(f => Verifier(f)["scenarios"] = new JsonArray("no-such"), "names scenario 'no-such' for A");
        yield return Case(f => Verifier(f)["types"] = new JsonArray("no-such"), "names licence type 'no-such' for A");
        yield return Case(f => Authority(f)["issuers"] = new JsonArray("11110000XXXXXX0010"), "names issuer '11110000XXXXXX0010' for A");
        yield return Case(f => Authority(f)["issuers"] = new JsonArray("120000"), "or is of another region than 110000");
        yield return Case(f => Authority(f)["issuers"] = new JsonArray("公安局"), "names issuer '公安局'");
        yield return Case(f => Limits(f)["perSecond"] = 0, "sets limits.perSecond of A to 0; it must be 1 to 1000000");
        yield return Case(f => Limits(f)["burst"] = 999, "sets limits.burst of A to 999; it must be 1000 to");
        yield return Case(f => Limits(f)["calls"] = 0, "sets limits.calls of A to 0");
        yield return Case(f => Limits(f)["perDay"] = 0, "sets limits.perDay of A to 0; it must be 1 or more");
        yield return Case(f => Limits(f)["perHour"] = 1, "perHour");
        yield return Case(f => f["organisations"]!.AsArray().Add(Verifier(f).DeepClone()), "names A as verifier twice");
        yield return Case(f => f["regions"]![0]!["region"] = "110000", "names region '110000' among regions");
        yield return Case(f => f["regions"]![0]!["region"] = "Tianjin", "names region 'Tianjin'");
        yield return Case(f => f["regions"]!.AsArray().Add(f["regions"]![0]!.DeepClone()), "names region 120000 twice");
        yield return Case(f => f["regions"]![0]!["limits"]!["calls"] = -1, "sets limits.calls of region 120000 to -1");
        yield return Case(f => f["revokedCertificates"] = new JsonArray("AB"), "names 'AB' among revokedCertificates");
        yield return Case(f => f.Remove("organisations"), "organisations");

        static TestCaseData Case(Action<JsonObject> edit, string saying) => new TestCaseData(edit, saying).SetArgDisplayNames(saying);
    }

    [TestCaseSource(nameof(Faults))]
    public void Read_Fault_IsNamed(Action<JsonObject> edit, string saying) => Assert.That(() => Read(edit), Throws.TypeOf<InvalidDataException>().With.Message.Contain(saying));

    private static JsonObject Verifier(JsonObject file) => file["organisations"]![0]!.AsObject();

    private static JsonObject Authority(JsonObject file) => file["organisations"]![1]!.AsObject();

    private static JsonObject Limits(JsonObject file) => Verifier(file)["limits"]!.AsObject();

    private PartnerList Read(Action<JsonObject> edit)
    {
        var file = JsonNode.Parse($$"""
            {
              "organisations": [
                { "organisation": "A", "role": "verifier", "types": ["identity-card"], "scenarios": ["counter-check"], "limits": { "perSecond": 5, "burst": 1000, "calls": 2, "perDay": 100 } },
                { "organisation": "A", "role": "authority", "issuers": ["{{Issuer}}", "110101"] }
              ],
              "regions": [{ "region": "120000", "limits": { "calls": 7 } }]
            }
            """)!.AsObject();
        edit(file);
        File.WriteAllText(_file, file.ToJsonString());
        return new PartnerReader(_catalogue, new RegionCode(110_000)).Read(_file);
    }
}
