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
}
