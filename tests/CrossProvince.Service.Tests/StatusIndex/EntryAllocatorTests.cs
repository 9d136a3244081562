using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrossProvince.Service.Tests.StatusIndex;

[TestFixture(false)]
[TestFixture(true)]
public sealed class EntryAllocatorTests(bool postgres) : StorageFixture(postgres ? Backend.Postgres : Backend.Sqlite)
{
    private static readonly EntryTag s_tag = new(1);

    private RegionIndex _known = null!;

    [SetUp]
    public void Empty() => _known = new RegionIndex(RegionCode.Parse("110000"), 16);

    [Test]
    public async Task TakeAsync_ManyLicences_GivesUniqueRandomPlaces()
    {
        const int Licences = 2_000;
        var taken = await TakeAsync(Licences);

        // In the order of the licences, whose numbers follow one another, their entries are spread over the list: uniform draws
        // miss these bounds with a probability below 10^-9.
        var indexes = taken.Select(t => t.Index).ToList();
        Assert.That(taken, Is.Unique);
        Assert.That(taken.Select(t => t.List), Is.All.Zero);
        Assert.That(indexes, Is.All.InRange(0, StatusList.Capacity - 1));
        Assert.That(indexes.GroupBy(i => i / (StatusList.Capacity / 8)).Select(eighth => eighth.Count()), Has.Exactly(8).InRange(150, 350));
        Assert.That(indexes.Zip(indexes.Skip(1)).Count(pair => pair.First < pair.Second), Is.InRange(900, 1_100));
        Assert.That(indexes.Zip(indexes.Skip(1)).Count(pair => Math.Abs(pair.First - pair.Second) < StatusList.Capacity / 100), Is.LessThan(90));
        Assert.That(await ScalarAsync<long>("SELECT allocated FROM lists WHERE list_number = 0"), Is.EqualTo(Licences));
        Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM list_entries"), Is.EqualTo(Licences));
    }

    // A place that followed from the licence would come again, here or in another database.
    [Test]
    public async Task TakeAsync_SameLicences_GetOtherPlaces()
    {
        var first = await TakeAsync(100);
        await ExecuteAsync("DELETE FROM list_entries");
        await ExecuteAsync("DELETE FROM status_changes");
        var second = await TakeAsync(100);

        Assert.That(first.Zip(second).Count(pair => pair.First == pair.Second), Is.LessThan(2));
    }

    [Test]
    public async Task TakeAsync_SeveralTransactions_NeverGivesAPlaceTwice()
    {
        // All but 40 places are taken as far as the index in memory knows; what it does not know, the changes say.
        Fill(0, leaveFree: 40);
        await SetAllocatedAsync(0, StatusList.Capacity - 40);
        var taken = new List<Place>();
        foreach (var count in (int[])[1, 7, 2, 20, 10])
        {
            taken.AddRange(await TakeAsync(count));
        }

        Assert.That(taken, Is.Unique);
        Assert.That(taken.Select(place => place.Index).Order(), Is.EqualTo(Enumerable.Range(StatusList.Capacity - 40, 40)));
        Assert.That(taken.Select(place => place.Index), Is.Not.Ordered);
        Assert.That(await TakeAsync(1), Is.All.Matches<Place>(place => place.List == 1));
    }

    [Test]
    public async Task TakeAsync_MoreThanTheListHas_OpensTheNextList()
    {
        Fill(0, leaveFree: 5);
        await SetAllocatedAsync(0, StatusList.Capacity - 5);

        var taken = await TakeAsync(12);

        Assert.That(taken, Is.Unique);
        Assert.That(taken.Count(place => place.List == 0) + taken.Count(place => place.List == 1), Is.EqualTo(12));
        Assert.That(await ScalarAsync<long>("SELECT SUM(allocated) FROM lists"), Is.EqualTo(StatusList.Capacity - 5 + 12));
    }

    // Earlier versions closed a list at seven eighths: what they left free is given out as well.
    [Test]
    public async Task TakeAsync_TwoListsWithRoom_DrawsFromBoth()
    {
        Fill(0, leaveFree: StatusList.Capacity / 8);
        await SetAllocatedAsync(0, StatusList.Capacity / 8 * 7);
        Fill(1, leaveFree: StatusList.Capacity / 4);
        await SetAllocatedAsync(1, StatusList.Capacity / 4 * 3);

        var taken = await TakeAsync(900);

        Assert.That(taken, Is.Unique);
        Assert.That(taken.Count(place => place.List == 0), Is.InRange(200, 400));
        Assert.That(taken.Where(place => place.List == 0).Select(place => place.Index), Is.All.GreaterThanOrEqualTo(StatusList.Capacity / 8 * 7));
        Assert.That(taken.Where(place => place.List == 1).Select(place => place.Index), Is.All.GreaterThanOrEqualTo(StatusList.Capacity / 4 * 3));
    }

    [Test]
    public async Task TakeAsync_NotEnoughPlaces_SaysSoAndTakesNone()
    {
        Fill(0, leaveFree: 3);
        await SetAllocatedAsync(0, StatusList.Capacity - 3);

        Assert.That(async () => await TakeAsync(4, bound: 1), Throws.TypeOf<ListsFullException>());
        Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM list_entries"), Is.Zero);
        Assert.That(await TakeAsync(3, bound: 1), Has.Count.EqualTo(3));
    }

    [Test]
    public async Task TakeAsync_RowOfTheListLies_IsAFaultAndNotALoop()
    {
        Fill(0, leaveFree: 0);
        await SetAllocatedAsync(0, StatusList.Capacity - 10);

        Assert.That(async () => await TakeAsync(1), Throws.TypeOf<InvalidDataException>().With.Message.Contains("status audit"));
    }

    [Test]
    public async Task TakeAsync_WorkFails_LeavesThePlaceFree()
    {
        Assert.That(
            async () => await Commits.RunAsync(async transaction =>
            {
                await TakeAsync(transaction, [1], 1);
                throw new InvalidOperationException();
            }),
            Throws.InvalidOperationException);

        Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM list_entries"), Is.Zero);
        Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM lists"), Is.Zero);
    }

    // Two nodes fill a list to its last place; neither knows from memory what the other gave out.
    [Test]
    public async Task TakeAsync_TwoNodesAtOnce_ShareTheLastPlaces()
    {
        const int Each = 20;
        Fill(0, leaveFree: Each * 2 * 3);
        await SetAllocatedAsync(0, StatusList.Capacity - (Each * 2 * 3));
        await using var otherDatabase = new Database(ConnectionString);
        await using var other = new GroupCommit(otherDatabase, NullLogger<GroupCommit>.Instance);

        var taken = await Task.WhenAll(new[] { Commits, other }.Select(node => Task.Run(async () =>
        {
            var own = new List<Place>();
            for (var i = 0; i < Each; i++)
            {
                own.AddRange(await node.RunAsync(transaction => TakeAsync(transaction, [1, 2, 3], 1)));
            }

            return own;
        })));

        Assert.That(taken.SelectMany(own => own).Order(Comparer<Place>.Create((a, b) => a.Index - b.Index)).Select(place => place.Index), Is.EqualTo(Enumerable.Range(StatusList.Capacity - 120, 120)));
    }

    private Task<IReadOnlyList<Place>> TakeAsync(int count, int bound = 16) =>
        Commits.RunAsync(transaction => TakeAsync(transaction, [.. Enumerable.Range(0, count).Select(i => (long)i)], bound));

    /// <summary>Takes entries as the register does: under the chain's lock, and with a change of each.</summary>
    private async Task<IReadOnlyList<Place>> TakeAsync(DbTransaction transaction, long[] licenceRows, int bound)
    {
        var chain = await StatusChainWriter.OpenAsync(transaction);
        var places = await EntryAllocator.TakeAsync(transaction, _known, licenceRows, bound);
        foreach (var place in places)
        {
            chain.Append(0, place.List, place.Index, LicenceStatus.InForce, s_tag, StatusReason.None);
        }

        await chain.CloseAsync();
        return places;
    }

    /// <summary>Takes the first entries of a list, in memory only.</summary>
    private void Fill(int list, int leaveFree) =>
        _known.Load(Enumerable.Range(0, StatusList.Capacity - leaveFree).Select(index => (list, index, new IndexEntry(LicenceStatus.InForce, s_tag, StatusReason.None))), 0, new byte[32]);

    private Task SetAllocatedAsync(int list, int allocated) => ExecuteAsync($"INSERT INTO lists (list_number, allocated) VALUES ({list}, {allocated})");
}
