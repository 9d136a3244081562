using System.Globalization;
using CrossProvince.Core.Status;
using CrossProvince.Integration.Tests.Nodes;

namespace CrossProvince.Integration.Tests.Licences;

/// <summary>A licence comes into force on its first day, in China Standard Time, without anybody's doing.</summary>
public sealed class ActivationTests : FederationFixture
{
    private static readonly TimeSpan s_chinaStandardTime = TimeSpan.FromHours(8);

    internal override FederationPlan Plan { get; } = new() { Running = [TestFederation.Beijing] };

    [Test]
    public async Task Start_FirstDayHasCome_IsInForce()
    {
        var midnight = new DateTimeOffset(Beijing.Clock.GetUtcNow().ToOffset(s_chinaStandardTime).Date.AddDays(1), s_chinaStandardTime);
        var card = TestLicences.IdentityCard(TestFederation.Beijing, 1);
        card["valid_from"] = midnight.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var licence = await Beijing.TakeAsync(card);
        var id = licence.Record.Id.ToString();
        Assert.That((licence.Status, licence.Reason), Is.EqualTo((LicenceStatus.NotActive, StatusReason.NotYetActive)));

        await RestartAsync(at: midnight.AddMinutes(-1));
        await Task.Delay(500);
        Assert.That((await Beijing.FindAsync(id)).Status, Is.EqualTo(LicenceStatus.NotActive), "a minute before its day");

        await RestartAsync(at: midnight);
        await Eventually.HoldsAsync(async () => (await Beijing.FindAsync(id)).Status == LicenceStatus.InForce, "the licence came into force");
        await Eventually.HoldsAsync(
            () => Beijing.Index.Find(TestFederation.Beijing)!.Find(licence.List, licence.Index).Status == LicenceStatus.InForce, "the index says so");
    }

    private async Task RestartAsync(DateTimeOffset at)
    {
        await Beijing.StopAsync();
        Beijing.Clock.Move(at - Beijing.Clock.GetUtcNow());
        await Beijing.StartAsync();
    }
}
