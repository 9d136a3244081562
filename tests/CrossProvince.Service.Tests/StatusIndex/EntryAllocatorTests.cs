using CrossProvince.Core.Status;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Storage;

namespace CrossProvince.Service.Tests.StatusIndex;

[TestFixtureSource(typeof(EveryBackend), nameof(EveryBackend.All))]
public sealed class EntryAllocatorTests(Backend backend) : StorageFixture(backend)
{
    private const int FullAt = StatusList.Capacity / 8 * 7;

    [Test]
    public async Task TakeAsync_ManyLicences_GivesUniqueRandomPlaces()
    {
        const int Licences = 500;
        var taken = new List<(int List, int Index)>();
        for (var i = 0; i < Licences; i++)
        {
            taken.Add(await TakeAsync(i));
        }

        var indexes = taken.Select(t => t.Index).ToList();
        Assert.That(taken, Is.Unique);
        Assert.That(taken.Select(t => t.List), Is.All.Zero);
        Assert.That(indexes, Is.All.InRange(0, StatusList.Capacity - 1));
        Assert.That(indexes, Is.Not.Ordered);

        // Uniform draws miss a half of the list with probability 2^-500.
        Assert.That(indexes.Count(i => i < StatusList.Capacity / 2), Is.InRange(Licences / 4, Licences * 3 / 4));
        Assert.That(await ScalarAsync<long>("SELECT allocated FROM lists WHERE list_number = 0"), Is.EqualTo(Licences));
    }

    // A place that followed from the licence would come again, here or in another database.
    [Test]
    public async Task TakeAsync_SameLicences_GetOtherPlaces()
    {
        Task<List<int>> TakeHundredAsync() => Commits.RunAsync(async transaction =>
        {
            var taken = new List<int>();
            for (var i = 0; i < 100; i++)
            {
                taken.Add((await EntryAllocator.TakeAsync(transaction, i, 1)).Index);
            }

            return taken;
        });
        var first = await TakeHundredAsync();
        await ExecuteAsync("DELETE FROM list_entries");
        var second = await TakeHundredAsync();

        Assert.That(first.Zip(second).Count(pair => pair.First == pair.Second), Is.LessThan(2));
    }

    [Test]
    public async Task TakeAsync_SevenEighthsFull_OpensTheNextList()
    {
        await TakeAsync(1);
        await ExecuteAsync($"UPDATE lists SET allocated = {FullAt - 1} WHERE list_number = 0");

        Assert.That((await TakeAsync(2)).List, Is.Zero);
        Assert.That((await TakeAsync(3)).List, Is.EqualTo(1));
        Assert.That((await TakeAsync(4)).List, Is.EqualTo(1));
    }

    [Test]
    public async Task TakeAsync_AllListsFull_SaysSo()
    {
        await TakeAsync(1, bound: 1);
        await ExecuteAsync($"UPDATE lists SET allocated = {FullAt} WHERE list_number = 0");

        Assert.That(async () => await TakeAsync(2, bound: 1), Throws.TypeOf<ListsFullException>());
        Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM list_entries"), Is.EqualTo(1));
    }

    [Test]
    public async Task TakeAsync_WorkFails_LeavesThePlaceFree()
    {
        Assert.That(
            async () => await Commits.RunAsync(async transaction =>
            {
                await EntryAllocator.TakeAsync(transaction, 1, 1);
                throw new InvalidOperationException();
            }),
            Throws.InvalidOperationException);

        Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM list_entries"), Is.Zero);
        Assert.That(await ScalarAsync<long>("SELECT COUNT(*) FROM lists"), Is.Zero);
    }

    private Task<(int List, int Index)> TakeAsync(long licenceRow, int bound = 16) =>
        Commits.RunAsync(transaction => EntryAllocator.TakeAsync(transaction, licenceRow, bound));
}
