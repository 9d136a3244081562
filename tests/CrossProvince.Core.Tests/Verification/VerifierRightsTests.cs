using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Tests.Verification;

public sealed class VerifierRightsTests
{
    private static readonly VerifierRights s_listed = new(true, new HashSet<string> { "traffic-stop" });
    private static readonly VerifierRights s_unlisted = new(true, null);

    [TestCase("peer-check", true, true, true, true)]
    [TestCase("counter-check", false, false, true, true)]
    [TestCase("traffic-stop", false, true, false, true)]
    [TestCase("hotel-checkin", false, false, false, true)]
    public void MayUse_Scenario_DependsOnWhoAsks(string scenario, bool person, bool listed, bool unlisted, bool node)
    {
        var found = Situation.Catalogue.FindScenario(scenario)!;

        Assert.That(
            new[] { VerifierRights.Person, s_listed, s_unlisted, VerifierRights.Node }.Select(r => r.MayUse(found)),
            Is.EqualTo(new[] { person, listed, unlisted, node }));
    }
}
