using CrossProvince.Core.Status;
using CrossProvince.Service.StatusIndex;

namespace CrossProvince.Service.Tests.StatusIndex;

public sealed class CommittedChangesTests
{
    private CommittedChanges _changes = new();

    [SetUp]
    public void Begin() => _changes = new CommittedChanges();

    [Test]
    public void FindAfter_NextRunIsThere_IsThatRunWithoutWhatIsKnown()
    {
        _changes.Add(Run(1, 3));
        _changes.Add(Run(4, 5));

        Assert.That(Numbers(_changes.FindAfter(0)), Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(Numbers(_changes.FindAfter(2)), Is.EqualTo(new[] { 3 }));
        Assert.That(Numbers(_changes.FindAfter(3)), Is.EqualTo(new[] { 4, 5 }));
        Assert.That(_changes.FindAfter(5), Is.Null);
    }

    [Test]
    public void FindAfter_OtherNodeWroteBetween_IsNothingUntilThatIsKnown()
    {
        _changes.Add(Run(3, 4));

        Assert.That(_changes.FindAfter(0), Is.Null);
        Assert.That(Numbers(_changes.FindAfter(2)), Is.EqualTo(new[] { 3, 4 }));
    }

    [Test]
    public void Find_AllAreThere_AreThoseAfterUpToTheEnd()
    {
        _changes.Add(Run(1, 3));
        _changes.Add(Run(4, 6));

        Assert.That(Numbers(_changes.Find(0, 6, HashOf(6))), Is.EqualTo(new[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(Numbers(_changes.Find(2, 6, HashOf(6))), Is.EqualTo(new[] { 3, 4, 5, 6 }));
        Assert.That(Numbers(_changes.Find(3, 6, HashOf(6))), Is.EqualTo(new[] { 4, 5, 6 }));
    }

    // An entry that is overlooked would be given to two licences.
    [TestCase(0, 6, 6, TestName = "{m}(the first are not here)")]
    [TestCase(2, 9, 9, TestName = "{m}(others came behind them)")]
    [TestCase(2, 8, 7, TestName = "{m}(another history)")]
    [TestCase(2, 7, 7, TestName = "{m}(the chain was put back)")]
    public void Find_NotAllAreThere_IsNothing(long after, long to, long hash)
    {
        _changes.Add(Run(3, 8));

        Assert.That(_changes.Find(after, to, HashOf(hash)), Is.Null);
    }

    [Test]
    public void Find_GapBetweenTheRuns_IsNothing()
    {
        _changes.Add(Run(1, 3));
        _changes.Add(Run(5, 6));

        Assert.That(_changes.Find(0, 6, HashOf(6)), Is.Null);
        Assert.That(Numbers(_changes.Find(4, 6, HashOf(6))), Is.EqualTo(new[] { 5, 6 }));
    }

    [Test]
    public void Add_IndexDoesNotFollow_IsForgotten()
    {
        for (var first = 1; first < 100_000; first += 1_000)
        {
            _changes.Add(Run(first, first + 999));
        }

        Assert.That(_changes.FindAfter(0), Is.Null);
        Assert.That(Numbers(_changes.FindAfter(99_000)), Has.Length.EqualTo(1_000));
    }

    private static StoredChange[] Run(long from, long to) =>
        [.. Enumerable.Range((int)from, (int)(to - from + 1)).Select(seq => new StoredChange(new StatusChange(seq, 0, 0, seq, LicenceStatus.InForce, new EntryTag(1), StatusReason.None), HashOf(seq)))];

    private static byte[] HashOf(long seq) => [.. BitConverter.GetBytes(seq)];

    private static int[] Numbers(IReadOnlyList<StoredChange>? changes) => [.. changes!.Select(change => (int)change.Change.Seq)];
}
