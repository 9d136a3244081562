namespace CrossProvince.Faults.Tests.Provinces;

public sealed class PartitionPlanTests
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan s_hard = TimeSpan.FromSeconds(20);

    [Test]
    public void Draw_SameSeed_SamePlan()
    {
        var plan = Draw(7);

        Assert.That(Draw(7), Is.EqualTo(plan));
        Assert.That(Draw(8), Is.Not.EqualTo(plan));
    }

    [Test]
    public void Draw_TwoRounds_EachProvinceOnceARoundForLongerThanTheHardLimit()
    {
        var plan = Draw(7);

        Assert.That(plan.Chunk(3).Select(round => round.Select(partition => partition.Province)), Has.Exactly(2).Items.And.All.EquivalentTo(new[] { 0, 1, 2 }));
        Assert.That(plan.Select(partition => partition.Length), Has.All.GreaterThan(s_hard));
        Assert.That(plan.Select(partition => partition.Calm), Has.All.GreaterThan(s_quiet));
    }

    private static IReadOnlyList<PlannedPartition> Draw(int seed) => PartitionPlan.Draw(seed, rounds: 2, provinces: 3, s_quiet, s_hard);
}
