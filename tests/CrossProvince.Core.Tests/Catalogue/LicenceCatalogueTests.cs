using System.Text;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Tests.Catalogue;

public sealed class LicenceCatalogueTests
{
    private static readonly RegionCode s_beijing = new(110000);
    private static readonly RegionCode s_tianjin = new(120000);
    private static readonly RegionCode s_hebei = new(130000);

    private static readonly LicenceCatalogue s_small = CatalogueFiles.Parse();
    private static readonly LicenceCatalogue s_shipped = CatalogueFiles.ParseShipped();

    // Numbers are in codes and never given twice: append only.
    [TestCase(1, "identity-card", "11100000000013127D001")]
    [TestCase(2, "business-licence", "11100000MB0143028R001")]
    [TestCase(3, "real-estate-title", "11100000MB03271699001")]
    [TestCase(4, "real-estate-registration", "11100000MB03271699022")]
    [TestCase(5, "road-transport-worker-qualification", "11100000000019713D071")]
    [TestCase(6, "road-transport-permit", "11100000000019713D013")]
    [TestCase(7, "road-transport-business-permit", "11100000000019713D008")]
    [TestCase(8, "ride-hailing-driver-licence", "11100000000019713D072")]
    [TestCase(9, "construction-safety-certificate", "11100000000013338W011")]
    [TestCase(10, "special-operations-certificate", "11100000000013338W032")]
    [TestCase(11, "driving-licence", null)]
    [TestCase(12, "vehicle-licence", null)]
    [TestCase(13, "birth-certificate", null)]
    [TestCase(14, "residence-permit", null)]
    [TestCase(15, "social-security-card", null)]
    [TestCase(16, "household-register", null)]
    public void FindType_ShippedType_HasItsFrozenNumberAndCode(int number, string id, string? code)
    {
        var type = s_shipped.FindType(number)!;
        Assert.That(type.Id, Is.EqualTo(id));
        Assert.That(s_shipped.FindType(id), Is.SameAs(type));
        Assert.That(s_shipped.FindTypeByCode(type.TypeCode), Is.SameAs(type));
        Assert.That(type.CodeSource, Is.EqualTo(code is null ? "provisional" : "confirmed"));
        Assert.That(type.TypeCode, code is null ? Does.StartWith("PROVISIONAL") : Is.EqualTo(code));
        Assert.That(LicenceId.Create(type.TypeCode, "11110000000021135M", "1", 1).HasCorrectCheck, Is.True);
    }

    [TestCase(1, "counter-check", 90, UseRule.OncePerRegion, OfflineUseRule.Local, VerifierRule.AnyOrganisation)]
    [TestCase(2, "traffic-stop", 90, UseRule.Many, OfflineUseRule.Local, VerifierRule.Listed)]
    [TestCase(3, "hotel-checkin", 90, UseRule.Many, OfflineUseRule.Local, VerifierRule.Listed)]
    [TestCase(4, "enterprise-registration", 90, UseRule.OnceEverywhere, OfflineUseRule.None, VerifierRule.Listed)]
    [TestCase(5, "newborn-service", 90, UseRule.Many, OfflineUseRule.Local, VerifierRule.Listed)]
    [TestCase(6, "peer-check", 300, UseRule.Many, OfflineUseRule.Local, VerifierRule.Anyone)]
    public void FindScenario_ShippedScenario_HasItsFrozenNumberAndRules(
        int number, string id, int lifetimeSeconds, UseRule use, OfflineUseRule offlineUse, VerifierRule verifiers)
    {
        var scenario = s_shipped.FindScenario(number)!;
        Assert.That(s_shipped.FindScenario(id), Is.SameAs(scenario));
        Assert.That(
            (scenario.Id, scenario.LifetimeSeconds, scenario.Use, scenario.OfflineUse, scenario.Verifiers),
            Is.EqualTo((id, lifetimeSeconds, use, offlineUse, verifiers)));
    }

    [Test]
    public void Parse_Shipped_HasNoMoreThanTheFrozenEntries()
    {
        Assert.That(s_shipped.Types, Has.Count.EqualTo(16));
        Assert.That(s_shipped.Scenarios, Has.Count.EqualTo(6));
        Assert.That(s_shipped.Recognitions, Has.Count.EqualTo(6));
    }

    [Test]
    public void Parse_EntriesInAnyOrder_AreSortedByNumber() =>
        Assert.That(s_small.Types.Select(type => type.Number), Is.Ordered);

    [Test]
    public void Find_Unknown_GivesNull()
    {
        Assert.That(s_small.FindType(3), Is.Null);
        Assert.That(s_small.FindType("x"), Is.Null);
        Assert.That(s_small.FindTypeByCode("x"), Is.Null);
        Assert.That(s_small.FindScenario(0), Is.Null);
        Assert.That(s_small.FindScenario("x"), Is.Null);
    }

    [TestCase(110000, 120000, 1, 1, true)]
    [TestCase(110000, 120000, 2, 1, false, TestName = "{m}(type not in the entry)")]
    [TestCase(110000, 120000, 1, 2, false, TestName = "{m}(scenario not in the entry)")]
    [TestCase(120000, 110000, 1, 1, false, TestName = "{m}(other direction)")]
    [TestCase(120000, 110000, 2, 2, true)]
    [TestCase(110000, 130000, 1, 1, false, TestName = "{m}(no entry)")]
    [TestCase(110000, 120000, 1, 99, true, TestName = "{m}(unknown scenario, recognised for another)")]
    [TestCase(110000, 120000, 2, 99, false, TestName = "{m}(unknown scenario, recognised for none)")]
    [TestCase(110000, 120000, 3, 1, false, TestName = "{m}(unknown type)")]
    [TestCase(130000, 130000, 1, 1, true, TestName = "{m}(own region)")]
    [TestCase(130000, 130000, 1, 2, false, TestName = "{m}(own region, scenario for another type)")]
    [TestCase(130000, 130000, 2, 99, true, TestName = "{m}(own region, unknown scenario)")]
    [TestCase(130000, 130000, 3, 99, false, TestName = "{m}(own region, unknown type)")]
    [TestCase(0, 0, -1, -1, false, TestName = "{m}(out of range)")]
    [TestCase(0, -1, 1, 1, false, TestName = "{m}(regions out of range)")]
    [TestCase(110000, 120000, 0x10001, 1, false, TestName = "{m}(type past its bits)")]
    public void Recognises_Case_FollowsTheEntries(int from, int to, int type, int scenario, bool expected) =>
        Assert.That(s_small.Recognises(new RegionCode(from), new RegionCode(to), type, scenario), Is.EqualTo(expected));

    [Test]
    public void Recognises_ShippedTypes_AreMutualExceptTheHouseholdRegister()
    {
        foreach (var type in s_shipped.Types)
        {
            foreach (var (from, to) in new[] { (s_beijing, s_tianjin), (s_tianjin, s_hebei), (s_hebei, s_beijing), (s_tianjin, s_beijing) })
            {
                Assert.That(s_shipped.Recognises(from, to, type.Number, 1), Is.EqualTo(type.Id != "household-register"), type.Id);
            }
        }
    }

    [Test]
    public void Recognises_Called_AllocatesNothing()
    {
        var count = 0;
        void Ask()
        {
            for (var i = 0; i < 1000; i++)
            {
                count += s_shipped.Recognises(s_beijing, s_tianjin, i, i) && s_shipped.MaxLifetimeSeconds(i, i) > 0 ? 1 : 0;
            }
        }

        Assert.That(Allocated.Least(Ask), Is.Zero);
        Assert.That(count, Is.Positive);
    }

    [TestCase(1, 1, 90)]
    [TestCase(1, 2, 120)]
    [TestCase(2, 2, 300)]
    [TestCase(2, 99, 600)]
    [TestCase(99, 2, 300)]
    [TestCase(99, 99, 600)]
    public void MaxLifetimeSeconds_Case_IsTheSmallestKnown(int type, int scenario, int expected) =>
        Assert.That(s_small.MaxLifetimeSeconds(type, scenario), Is.EqualTo(expected));

    [Test]
    public void Hash_OfTheFiles_IsTheHashOfTheirHashesAndSeesEveryByte()
    {
        byte[][] files = [.. new[] { CatalogueFiles.Types, CatalogueFiles.Scenarios, CatalogueFiles.Recognitions }.Select(Encoding.UTF8.GetBytes)];
        Assert.That(s_small.Hash.ToArray(), Is.EqualTo(Sm3.Hash([.. files.SelectMany(file => Sm3.Hash(file))])));
        Assert.That(CatalogueFiles.Parse(scenarios: CatalogueFiles.Scenarios + " ").Hash.ToArray(), Is.Not.EqualTo(s_small.Hash.ToArray()));
    }
}
