using CrossProvince.Cli.Tests.Fakes;
using CrossProvince.Contracts.Catalogue.V1;

namespace CrossProvince.Cli.Tests.Catalogue;

internal sealed class CatalogueCommandTests : NodeFixture
{
    [SetUp]
    public void AnswerWithOneType() => Node.OnTypes = () => new ListLicenceTypesResponse
    {
        Types_ = { new LicenceType { Number = 1, Id = "identity-card", Names = new Names { Zh = "居民身份证", En = "Identity card" } } },
    };

    [Test]
    public async Task Types_ForPersons_IsATable()
    {
        var run = await RunAsync("catalogue", "types");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("identity-card").And.Contains("Identity card"));
    }

    [Test]
    public async Task Types_Json_IsOneObjectAType()
    {
        var run = await RunAsync("catalogue", "types", "--json");
        Assert.That(run.OutLines, Has.Count.EqualTo(1));
        Assert.That(run.Out, Does.Contain("\"居民身份证\""));
    }
}
