namespace CrossProvince.Faults.Tests.Plan;

public sealed class FaultPlanTests
{
    private static readonly FaultKind[] s_kinds = Enum.GetValues<FaultKind>();

    [Test]
    public void Draw_SameSeed_SamePlan()
    {
        var (first, again, other) = (Draw(5), Draw(5), Draw(6));

        Assert.That(again, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));

        static IReadOnlyList<Fault> Draw(int seed) => FaultPlan.Draw(seed, 40, s_kinds, nodes: 2).Faults;
    }

    [Test]
    public void Draw_AsManyFaultsAsKinds_HasEachOnceInTheOrderOfTheirTimes()
    {
        var faults = FaultPlan.Draw(5, s_kinds.Length, s_kinds, nodes: 2).Faults;

        Assert.That(faults.Select(fault => fault.Kind), Is.EquivalentTo(s_kinds));
        Assert.That(faults.Select(fault => fault.At), Is.Ordered);
        Assert.That(faults, Has.All.Matches<Fault>(fault => fault.At is > 0 and < 1));
    }
}
