using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Presentation;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;

namespace CrossProvince.Integration.Tests.Verifying;

/// <summary>Somebody has Beijing's genuine code key, and knows a genuine code: the licence index refuses every licence that was never issued so.</summary>
public sealed class StolenKeyTests : FederationFixture
{
    private StoredLicence _card = null!;
    private StoredLicence _other = null!;

    private Display Genuine => _card.Record.Display;

    [Test]
    public async Task Verify_NothingAltered_IsValidElsewhereAndNotIssuedAtHome()
    {
        Federation.Logs.Declare("was never issued here");
        Assert.That(await VerifyAsync(Tianjin, Genuine), Is.EqualTo(Verdict.Valid), "The other cases are refused for what was altered, and for nothing else.");
        Assert.That(await VerifyAsync(Beijing, Genuine), Is.EqualTo(Verdict.CodeNotIssued));
    }

    [Test]
    public Task Verify_NameAltered_IsRefused() => RefusedAsync(Make(name: "李*明"));

    [Test]
    public Task Verify_NumberAltered_IsRefused() => RefusedAsync(Make(number: "1****************9"));

    [Test]
    public Task Verify_LastDayAltered_IsRefused() => RefusedAsync(Make(lastValidDay: Genuine.LastValidDay + 1));

    [Test]
    public Task Verify_LastDayTakenAway_IsRefused() => RefusedAsync(Display.Fit(Genuine.Name, Genuine.Number, null, Genuine.Extra));

    [Test]
    public Task Verify_TextAdded_IsRefused() => RefusedAsync(Make(extra: "A1"));

    [Test]
    public Task Verify_TypeAltered_IsRefused() =>
        RefusedAsync(Genuine, claims => claims with { LicenceType = TestFederation.Catalogue.FindType("driving-licence")!.Number });

    [Test]
    public Task Verify_EntryOfAnotherLicence_IsRefused() => RefusedAsync(Genuine, claims => claims with { List = _other.List, Index = _other.Index });

    // No licence has such an entry: all there are were drawn at random, and these two draws are known.
    [TestCase(0, 1)]
    [TestCase(0, -1)]
    [TestCase(1, 0)]
    [TestCase(65_535, 0)]
    public Task Verify_LicenceMadeUp_IsRefused(int list, int off) => RefusedAsync(
        Display.Fit("张*", "1****************1", 40_000, null),
        claims => claims with { List = list, Index = list == 0 ? (_card.Index + off) & 0xFFFFF : claims.Index });

    // The display is stored with the entry's number in its tag: a move to another list does not carry it along.
    [Test]
    public Task Verify_SameIndexOfAnotherList_IsRefused() => RefusedAsync(Genuine, claims => claims with { List = 1 });

    [Test]
    public async Task Verify_RevokedSince_IsRevoked()
    {
        var line = TestLicences.IdentityCard(TestFederation.Beijing, 3);
        var licence = await Beijing.TakeAsync(line);
        await Beijing.ChangeStatusAsync(TestLicences.IdOf(line), Contracts.Licences.V1.LicenceStatus.Revoked);
        await Federation.CatchUpAsync();

        Assert.That(await VerifyAsync(Tianjin, licence.Record.Display, claims => claims with { List = licence.List, Index = licence.Index }), Is.EqualTo(Verdict.Revoked));
    }

    protected override async Task PrepareAsync()
    {
        _card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        _other = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 2));
        await Federation.LetStandAsync();
    }

    private Display Make(string? name = null, string? number = null, int? lastValidDay = null, string? extra = null) =>
        Display.Fit(name ?? Genuine.Name, number ?? Genuine.Number, lastValidDay ?? Genuine.LastValidDay, extra ?? Genuine.Extra);

    private async Task RefusedAsync(Display display, Func<PresentationClaims, PresentationClaims>? change = null)
    {
        Assert.That(display != Genuine || change is not null, "Something is altered.");
        Federation.Logs.Declare("does not agree with its licence index");
        foreach (var node in new[] { Tianjin, Beijing })
        {
            Assert.That(await VerifyAsync(node, display, change), Is.EqualTo(Verdict.LicenceUnknown), node.Region.ToString());
        }
    }

    private async Task<Verdict> VerifyAsync(TestNode node, Display display, Func<PresentationClaims, PresentationClaims>? change = null)
    {
        var claims = TestCodes.Claims(Federation, TestFederation.Beijing, _card, "counter-check");
        var code = TestCodes.Sign(change is null ? claims : change(claims), display, Federation.CodeKey(TestFederation.Beijing));
        return (await Scan.Of(node.Verifications, code).VerifyAsync()).Verdict;
    }
}
