using CrossProvince.Cli.Certs;
using CrossProvince.Integration.Tests.Nodes;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>Tianjin follows Beijing, and somebody else is at Beijing's address.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ImpostorTests
{
    [TestCase("another region's node")]
    [TestCase("a verifier of the region")]
    [TestCase("a certificate for the region's node by another region's authority")]
    public async Task Follow_ServerIsNotTheRegionsNode_IsToldNothing(string who)
    {
        await using var federation = await TestFederation.StartAsync(new() { Running = [TestFederation.Tianjin] });
        var identity = who switch
        {
            "another region's node" => "130000/node",
            "a verifier of the region" => "110000/verifier",
            _ => $"110000/{federation[TestFederation.Beijing].MakeIdentity(IdentityRole.Node, SampleOrganisations.Code(TestFederation.Beijing, IdentityRole.Node), authorityOf: TestFederation.Hebei)}",
        };
        await using var impostor = new Impostor(federation[TestFederation.Beijing].Api.Port, federation.PathOf(identity));
        await Eventually.HoldsAsync(() => impostor.Refused >= 2, "Tianjin has tried it, and again");

        Assert.That((impostor.Believed, federation[TestFederation.Tianjin].AsOf(TestFederation.Beijing)), Is.EqualTo((0, 0L)));
    }

    [Test]
    public async Task Follow_ServerHasTheRegionsCertificate_IsSpokenTo()
    {
        await using var federation = await TestFederation.StartAsync(new() { Running = [TestFederation.Tianjin] });
        await using var twin = new Impostor(federation[TestFederation.Beijing].Api.Port, federation.PathOf("110000/node"));

        await Eventually.HoldsAsync(() => twin.Believed >= 1, "Tianjin speaks to it");
    }
}
