using CrossProvince.Integration.Tests.Nodes;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;

namespace CrossProvince.Integration.Tests.Federation;

[Category("Alone"), Parallelizable(ParallelScope.None)]
public sealed class PartnerRegionTests : FederationFixture
{
    [Test]
    public async Task ChangeStatus_Revoked_IsSeenByThePartnerWithinThreeSeconds()
    {
        var card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        await Federation.CatchUpAsync();
        var start = TimeProvider.System.GetTimestamp();

        await Beijing.ChangeStatusAsync(card.Record.Id.ToString(), LicenceStatus.Revoked);

        var copy = Tianjin.Index.Find(TestFederation.Beijing)!;
        await Eventually.HoldsAsync(() => copy.Find(card.List, card.Index).Status == Core.Status.LicenceStatus.Ended, "Tianjin sees the revocation");
        Assert.That(TimeProvider.System.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(3)));
    }

    [Test]
    public async Task Follow_ServerIsAnotherRegionsNode_IsRefused()
    {
        var federation = await TestFederation.StartAsync(new() { Running = [TestFederation.Tianjin] });
        await using var owned = federation;
        await using var impostor = await FakePartner.StartAsync(federation, TestFederation.Beijing, identity: TestFederation.Hebei, streams: true);
        await Task.Delay(TimeSpan.FromMilliseconds(2_500));

        Assert.That((impostor.Requests.Count + impostor.Stream.Calls.Count, federation[TestFederation.Tianjin].AsOf(TestFederation.Beijing)), Is.EqualTo((0, 0)));
    }
}
