using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Service.Tests.Licences;

/// <summary>What is disclosed is what the database says, with Redis or without, and whatever stands in Redis.</summary>
[TestFixtureSource(typeof(EveryBackend), nameof(EveryBackend.All))]
public sealed class RecordCacheTests(Backend backend)
{
    private const string Line = """
        {"type_code":"11100000000013127D001","number":"110112199811256091","holder":{"name":"于平","code":"110112199811256091","code_type":"111"},
         "issuer":{"name":"北京市公安局（样本）","code":"11110000XXXXXX001F"},"issued_on":"2024-08-25","valid_from":"2024-08-25","valid_until":"2034-08-25","status":"valid","fields":{"sex":"男"}}
        """;

    private BuiltNode _node = null!;
    private LicenceRecord _record = null!;

    private RecordCache Records => _node.Services.GetRequiredService<RecordCache>();

    [SetUp]
    public async Task BuildAsync()
    {
        _node = BuiltNode.Build(backend);
        _record = new LicenceLine(_node.Services.GetRequiredService<NodeSettings>().Catalogue, RegionCode.Parse("110000")).Read(Line, today: 20_000);
        await _node.StartIndexAsync();
        await ImportAsync(_record);
    }

    [TearDown]
    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Test]
    public async Task FindAsync_Twice_IsTheSame()
    {
        var (list, index) = await EntryAsync();

        var first = await FindAsync(list, index);
        var second = await FindAsync(list, index);

        Assert.That((first!.HolderName, first.HolderCode), Is.EqualTo((_record.Holder.Name, _record.Holder.Code)));
        Assert.That(second! with { Fields = first.Fields }, Is.EqualTo(first));
        Assert.That(second.Fields, Is.EqualTo(first.Fields));
        if (backend.HasRedis())
        {
            Assert.That(await Servers.Redis.Database.KeyExistsAsync(Key(list, index)), Is.True);
        }
    }

    [Test]
    public async Task FindAsync_NoSuchEntry_IsNull() => Assert.That(await FindAsync(0, (await EntryAsync()).Index ^ 1), Is.Null);

    [Test]
    public async Task FindAsync_ChangedByImport_IsTheNewOne()
    {
        var (list, index) = await EntryAsync();
        await FindAsync(list, index);

        await ImportAsync(_record with { Fields = new SortedDictionary<string, string> { ["address"] = "new" } });

        Assert.That((await FindAsync(list, index))!.Find("fields.address"), Is.EqualTo("new"));
        Assert.That((await FindAsync(list, index))!.Find("fields.address"), Is.EqualTo("new"));
    }

    // A reader that was slow must not put back what it read before the change.
    [Test]
    public async Task FindAsync_ChangedAMomentAgo_KeepsNothing()
    {
        var (list, index) = await EntryAsync();
        await Records.ForgetAsync([(list, index)]);

        await FindAsync(list, index);

        if (backend.HasRedis())
        {
            Assert.That((await Servers.Redis.Database.StringGetAsync(Key(list, index))).Length(), Is.Zero);
        }
    }

    [Test]
    public async Task FindAsync_RecordOfAnotherPlaceOrGarbage_IsReadFromTheDatabase()
    {
        var (list, index) = await EntryAsync();
        await FindAsync(list, index);
        if (backend.HasRedis())
        {
            var kept = await Servers.Redis.Database.StringGetAsync(Key(list, index));
            await Servers.Redis.Database.StringSetAsync(Key(list, index ^ 1), kept);
            await Servers.Redis.Database.StringSetAsync(Key(list, index), "garbage");
        }

        Assert.That(await FindAsync(list, index ^ 1), Is.Null);
        Assert.That((await FindAsync(list, index))!.HolderName, Is.EqualTo(_record.Holder.Name));
    }

    [Test]
    public async Task FindAsync_SeveralOfWhichSomeAreKept_FindsAll()
    {
        var other = new LicenceLine(_node.Services.GetRequiredService<NodeSettings>().Catalogue, RegionCode.Parse("110000"))
            .Read(Line.Replace("110112199811256091", "110101199003070134", StringComparison.Ordinal).Replace("于平", "陈晨", StringComparison.Ordinal), today: 20_000);
        await ImportAsync(other);
        var (kept, read) = (await EntryAsync(), await EntryAsync(other));
        await FindAsync(kept.List, kept.Index);

        var found = await Records.FindAsync([read, kept, (kept.List, kept.Index ^ 1)]);

        Assert.That(found.ToDictionary(f => f.Key, f => f.Value.HolderName), Is.EquivalentTo(new Dictionary<(int, int), string> { [kept] = "于平", [read] = "陈晨" }));
    }

    // What the index does not hold is asked of nobody.
    [Test]
    public async Task FindAsync_EntryThatTheIndexDoesNotHold_AsksNobody()
    {
        var (list, index) = await EntryAsync();

        Assert.That(await FindAsync(list, index ^ 1), Is.Null);
        Assert.That(await FindAsync(list + 1, 0), Is.Null);
        Assert.That(Records.Readings, Is.Zero);
        Assert.That(await FindAsync(list, index), Is.Not.Null);
        Assert.That(Records.Readings, Is.EqualTo(1));
    }

    [Test]
    public async Task FindAsync_ManyAtOnce_AreReadTogether()
    {
        var (list, index) = await EntryAsync();

        var found = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => FindAsync(list, index))));

        Assert.That(found.Select(fields => fields?.HolderName), Is.All.EqualTo(_record.Holder.Name));
        if (backend.HasRedis())
        {
            TestContext.Progress.WriteLine($"{backend}: 50 callers, {Records.Readings} readings of the database.");
            Assert.That(Records.Readings, Is.LessThan(50));
        }
    }

    [Test]
    public async Task FindAsync_ChangedWhileOthersRead_IsTheNewOne()
    {
        var (list, index) = await EntryAsync();
        for (var i = 0; i < 10; i++)
        {
            var text = $"new {i}";
            var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(() => FindAsync(list, index))).ToList();
            await ImportAsync(_record with { Fields = new SortedDictionary<string, string> { ["address"] = text } });

            Assert.That((await FindAsync(list, index))!.Find("fields.address"), Is.EqualTo(text), "Whoever asks after the change has it.");
            await Task.WhenAll(readers);
        }
    }

    private async Task<LicenceFields?> FindAsync(int list, int index) => (await Records.FindAsync([(list, index)])).GetValueOrDefault((list, index));

    private static string Key(int list, int index) => CacheKeys.Record(RegionCode.Parse("110000"), list, index).ToString();

    private async Task ImportAsync(LicenceRecord record) =>
        Assert.That((await _node.Services.GetRequiredService<LicenceRegister>().ImportAsync([record]))[0].Refusal, Is.Null);

    private Task<(int List, int Index)> EntryAsync() => EntryAsync(_record);

    private async Task<(int List, int Index)> EntryAsync(LicenceRecord record)
    {
        await using var connection = await _node.Services.GetRequiredService<Service.Storage.Database>().OpenAsync(CancellationToken.None);
        var stored = await _node.Services.GetRequiredService<LicenceStore>().FindAsync(connection, record.Id.ToString());
        return (stored!.List, stored.Index);
    }
}
