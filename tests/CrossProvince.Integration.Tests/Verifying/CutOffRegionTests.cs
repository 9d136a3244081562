using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;

namespace CrossProvince.Integration.Tests.Verifying;

/// <summary>What Tianjin answers about Beijing's licences while Beijing cannot be reached, as time goes by.</summary>
public sealed class CutOffRegionTests : FederationFixture
{
    private StoredLicence _card = null!;
    private StoredLicence _revoked = null!;

    [Test]
    [Order(1)]
    public async Task Verify_WithinSoftLimit_IsValidAndFresh()
    {
        await Federation.AdvanceAsync(TimeSpan.FromSeconds(40));

        var answer = await VerifyAsync(_card);

        Assert.That((answer.Verdict, answer.Stale), Is.EqualTo((Verdict.Valid, false)));
    }

    [Test]
    [Order(2)]
    public async Task Verify_PastSoftLimit_IsValidAndStale()
    {
        await Federation.AdvanceAsync(TimeSpan.FromSeconds(30));

        var answer = await VerifyAsync(_card);

        Assert.That((answer.Verdict, answer.Stale), Is.EqualTo((Verdict.Valid, true)));
    }

    [Test]
    [Order(3)]
    public async Task Verify_PastSoftLimit_SaysAsOfWhen()
    {
        var answer = await VerifyAsync(_card);

        Assert.That(answer.StatusAsOf.ToDateTimeOffset().ToUnixTimeMilliseconds(), Is.EqualTo(Tianjin.AsOf(TestFederation.Beijing)));
    }

    [Test]
    [Order(4)]
    public async Task Verify_PastHardLimit_IsUndetermined()
    {
        await Federation.AdvanceAsync(TimeSpan.FromSeconds(600));

        var answer = await VerifyAsync(_card);

        Assert.That((answer.Verdict, answer.Reason), Is.EqualTo((Verdict.Undetermined, UndeterminedReason.Stale)));
    }

    [Test]
    [Order(5)]
    public async Task Verify_RevokedPastHardLimit_IsStillRevoked() => Assert.That((await VerifyAsync(_revoked)).Verdict, Is.EqualTo(Verdict.Revoked));

    [Test]
    [Order(6)]
    public async Task Verify_RegionBack_IsValidAndFresh()
    {
        await Beijing.StartAsync();
        await Federation.CatchUpAsync();

        var answer = await VerifyAsync(_card);

        Assert.That((answer.Verdict, answer.Stale), Is.EqualTo((Verdict.Valid, false)));
    }

    protected override async Task PrepareAsync()
    {
        var card = TestLicences.IdentityCard(TestFederation.Beijing, 1);
        var revoked = TestLicences.IdentityCard(TestFederation.Beijing, 2);
        await Beijing.ImportAsync(card, revoked);
        await Beijing.ChangeStatusAsync(TestLicences.IdOf(revoked), LicenceStatus.Revoked);
        _card = await Beijing.FindAsync(TestLicences.IdOf(card));
        _revoked = await Beijing.FindAsync(TestLicences.IdOf(revoked));
        await Federation.CatchUpAsync();
        await Beijing.StopAsync();
    }

    private async Task<Verification> VerifyAsync(StoredLicence licence)
    {
        var claims = TestCodes.Claims(Federation, TestFederation.Beijing, licence, "counter-check");
        var code = TestCodes.Sign(claims, licence.Record.Display, Federation.CodeKey(TestFederation.Beijing));
        return await Scan.Of(Tianjin.Verifications, code).VerifyAsync();
    }
}
