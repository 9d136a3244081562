using CrossProvince.Cli.Tests.Fakes;
using CrossProvince.Contracts.Presentation.V1;

namespace CrossProvince.Cli.Tests.Presenting;

internal sealed class UsesCommandTests : NodeFixture
{
    [Test]
    public async Task Uses_MoreThanAPage_ReadsOnUntilTheLimit()
    {
        Node.OnUses = request =>
        {
            var first = request.PageToken.Length > 0 ? int.Parse(request.PageToken, null) : 0;
            var page = new ListUsesResponse { NextPageToken = $"{first + request.PageSize}" };
            page.Uses.AddRange(Enumerable.Range(first, request.PageSize).Select(i => new Use { VerificationId = $"v{i}", Verifier = "counter" }));
            return page;
        };
        var run = await RunAsync("uses", "--token", "mine", "--limit", "250", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.OutLines, Has.Count.EqualTo(250));
        Assert.That(run.OutLines[^1], Does.Contain("\"v249\""));
    }

    [Test]
    public async Task Uses_VerifierThatTheNodeKnows_IsNamed()
    {
        Node.OnUses = _ => new ListUsesResponse
        {
            Uses = { new Use { Verifier = "operator:ORG1", VerifierNameZh = "大厅", VerifierNameEn = "Hall" }, new Use { Verifier = "operator:ORG2", Verdict = "VERDICT_VALID" } },
        };
        var run = await RunAsync("uses", "--token", "mine");
        Assert.That(run.Out, Does.Contain("Hall (operator:ORG1)").And.Contains("operator:ORG2").And.Not.Contains("()").And.Contains("VALID").And.Not.Contains("VERDICT"));
    }

    [Test]
    public async Task Uses_NeitherTokenNorLicence_IsExit2()
    {
        var run = await RunAsync("uses");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("--token"));
    }

    [Test]
    public async Task Cancel_Showing_SaysWhatHoldsElsewhere()
    {
        Node.OnCancel = request => new CancelPresentationResponse { EffectiveEverywhere = request.ShowingId != "0123456789ab" };
        var run = await RunAsync("present", "--cancel", "0123456789ab", "--token", "mine");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("Withdrawn").And.Contains("Other regions may still accept"));
    }

    [Test]
    public async Task List_LicenceThatCanNotBeShown_SaysWhy()
    {
        Node.OnList = () => new ListLicencesResponse
        {
            Licences = { new ShowableLicence { LicenceId = "L1", LicenceType = "identity-card", ReasonEn = "suspended", ReasonZh = "暂扣" } },
        };
        var run = await RunAsync("present", "--list", "--token", "mine");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("L1").And.Contains("suspended"));
    }
}
