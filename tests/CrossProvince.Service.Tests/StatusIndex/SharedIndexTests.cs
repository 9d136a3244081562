using System.Globalization;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Nodes;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace CrossProvince.Service.Tests.StatusIndex;

/// <summary>Two nodes that keep a region's index in one Redis: one writes at a time, and what stands there is whole.</summary>
public sealed class SharedIndexTests
{
    private static readonly RegionCode s_region = RegionCode.Parse("110000");

    private BuiltNode _node = null!;
    private RegionIndex _index = null!;
    private SharedIndexWriter _first = null!;
    private SharedIndexWriter _second = null!;
    private long _time;

    [SetUp]
    public void Build()
    {
        _node = BuiltNode.Build(Backend.SqliteWithRedis);
        _index = new RegionIndex(s_region, 4);
        _first = ActivatorUtilities.CreateInstance<SharedIndexWriter>(_node.Services);
        _second = ActivatorUtilities.CreateInstance<SharedIndexWriter>(_node.Services);
        _time = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 60_000;
    }

    [TearDown]
    public async Task DisposeAsync()
    {
        _first.Dispose();
        _second.Dispose();
        await _node.DisposeAsync();
    }

    [Test]
    public async Task ReadAsync_Written_IsTheSameIndex()
    {
        await PublishAsync(5);

        await _first.WriteAsync(s_region);

        await HoldsAsync();
    }

    [Test]
    public async Task ReadAsync_WrittenAgainAfterChanges_IsTheNewest()
    {
        await PublishAsync(5);
        await _first.WriteAsync(s_region);
        await PublishAsync(2);
        await _first.WriteAsync(s_region);

        await HoldsAsync();
    }

    [Test]
    public async Task WriteAsync_AnotherHoldsTheLease_WritesNothing()
    {
        await PublishAsync(1);
        await _first.WriteAsync(s_region);
        await PublishAsync(1);

        await _second.WriteAsync(s_region);

        Assert.That((await ReadAsync())!.Head.Seq, Is.EqualTo(1));
    }

    [Test]
    public async Task WriteAsync_LeaseIsOver_TheOtherTakesItAndTheFirstWritesNoMore()
    {
        await PublishAsync(1);
        await _first.WriteAsync(s_region);
        await Servers.Redis.Database.KeyDeleteAsync(CacheKeys.Writer(s_region));
        await PublishAsync(1);

        await _second.WriteAsync(s_region);
        await HoldsAsync();
        await PublishAsync(1);
        await _first.WriteAsync(s_region);

        Assert.That((await ReadAsync())!.Head.Seq, Is.EqualTo(2));
    }

    // A node that lags must not put an older state over a newer one.
    [Test]
    public async Task WriteAsync_NothingNewer_TakesNoLease()
    {
        await PublishAsync(1);
        await _first.WriteAsync(s_region);
        await Servers.Redis.Database.KeyDeleteAsync(CacheKeys.Writer(s_region));

        await _second.WriteAsync(s_region);

        Assert.That(await Servers.Redis.Database.KeyExistsAsync(CacheKeys.Writer(s_region)), Is.False);
    }

    [Test]
    public async Task WriteAsync_Flushed_WritesAllAgain()
    {
        await PublishAsync(5);
        await _first.WriteAsync(s_region);
        Servers.Redis.Flush();

        await _first.WriteAsync(s_region);

        await HoldsAsync();
    }

    [Test]
    public async Task WriteAsync_ReaderFoundItDamaged_WritesAllAgain()
    {
        await PublishAsync(5);
        await _first.WriteAsync(s_region);
        await Servers.Redis.Database.StringSetRangeAsync(CacheKeys.Tags(s_region, 0), 8, "damaged!");
        Assert.That(await ReadAsync(), Is.Null);

        await _first.WriteAsync(s_region);
        await _first.WriteAsync(s_region);

        await HoldsAsync();
    }

    // A replica that lags becomes the server: the lease in it may even be this node's own.
    [Test]
    public async Task WriteAsync_PutBackToAnEarlierMoment_IsNotAddedTo()
    {
        await PublishAsync(5);
        await _first.WriteAsync(s_region);
        var before = await DumpAsync();
        await PublishAsync(3);
        await _first.WriteAsync(s_region);
        await RestoreAsync(before);
        await PublishAsync(1);

        await _first.WriteAsync(s_region);
        await _first.WriteAsync(s_region);

        await HoldsAsync();
    }

    // The database was restored from a backup, or Redis is another's: what it keeps is newer than any change there is.
    [Test]
    public async Task WriteAsync_HeadBeyondTheDatabase_IsWrittenAnew()
    {
        await PublishAsync(9, inDatabase: false);
        await _first.WriteAsync(s_region);
        await Servers.Redis.Database.KeyDeleteAsync(CacheKeys.Writer(s_region));
        _index = new RegionIndex(s_region, 4);
        await PublishAsync(2);

        await _second.WriteAsync(s_region);

        await HoldsAsync();
    }

    [Test]
    public async Task WriteAsync_HeadOfAChangeThatThisNodeHasNotReadYet_IsLeft()
    {
        await PublishAsync(3);
        await _first.WriteAsync(s_region);
        await Servers.Redis.Database.KeyDeleteAsync(CacheKeys.Writer(s_region));
        _index = new RegionIndex(s_region, 4);
        await PublishAsync(2, inDatabase: false);

        await _second.WriteAsync(s_region);

        Assert.That((await ReadAsync())!.Head.Seq, Is.EqualTo(3));
    }

    // A node that was stopped for longer than its lease sends what it had begun when it wakes up; even a lease that is put back, as by a server that lost the newer one, does not help it against a higher number.
    [TestCase(false)]
    [TestCase(true)]
    public async Task Write_OfAnEarlierWriter_DoesNothing(bool leaseIsPutBack)
    {
        var redis = Servers.Redis.Database;
        await PublishAsync(1);
        await _first.WriteAsync(s_region);
        var lease = (string)(await redis.StringGetAsync(CacheKeys.Writer(s_region)))!;
        await redis.KeyDeleteAsync(CacheKeys.Writer(s_region));
        await PublishAsync(1);
        await _second.WriteAsync(s_region);
        var newer = (string)(await redis.StringGetAsync(CacheKeys.Writer(s_region)))!;
        if (leaseIsPutBack)
        {
            await redis.StringSetAsync(CacheKeys.Writer(s_region), lease);
        }

        Assert.That(await WriteAsync(lease), Is.Zero);
        Assert.That((await ReadAsync())!.Head.Seq, Is.EqualTo(2));
        await redis.StringSetAsync(CacheKeys.Writer(s_region), newer);
        Assert.That(await WriteAsync(newer), Is.EqualTo(1), "The same from the one whose it is.");

        async Task<int> WriteAsync(string writer)
        {
            var head = await redis.StringGetAsync(CacheKeys.Head(s_region));
            return (int)await redis.ScriptEvaluateAsync(
                SharedIndexScripts.Write,
                [CacheKeys.Writer(s_region), CacheKeys.Fence(s_region), CacheKeys.Head(s_region), CacheKeys.Changes(s_region)],
                [writer, writer.Split(' ')[0], 5_000, head, "another head", 9, "", 240]);
        }
    }

    [Test]
    public async Task WriteAsync_TakenAgainAndAgain_GivesGrowingNumbers()
    {
        var numbers = new List<long>();
        for (var i = 0; i < 4; i++)
        {
            if (i == 2)
            {
                Servers.Redis.Flush();
            }

            await PublishAsync(1);
            await Servers.Redis.Database.KeyDeleteAsync(CacheKeys.Writer(s_region));
            var writer = i % 2 == 0 ? _second : _first;
            await writer.WriteAsync(s_region);
            numbers.Add((long)await Servers.Redis.Database.StringGetAsync(CacheKeys.Fence(s_region)));
        }

        Assert.That(numbers, Is.Ordered.Ascending.And.Unique);
    }

    [TestCase("list:0:status")]
    [TestCase("list:0:tags")]
    [TestCase("list:0:hashes")]
    [TestCase("list:0:reasons")]
    [TestCase("head")]
    public async Task WriteAsync_LostInPart_IsNoticedAndWrittenAgain(string key)
    {
        _first.CheckInterval = TimeSpan.Zero;
        await PublishAsync(5);
        await _first.WriteAsync(s_region);
        await Servers.Redis.Database.KeyDeleteAsync($"cp:{{{s_region}}}:v1:{key}");

        for (var i = 0; i < 3 + (_index.Snapshot(0).ChunkCount / 8); i++)
        {
            await _first.WriteAsync(s_region);
        }

        await HoldsAsync();
    }

    [Test]
    public async Task WriteAsync_WrongTypeOfKey_IsWrittenAgain()
    {
        await PublishAsync(5);
        await _first.WriteAsync(s_region);
        await Servers.Redis.Database.KeyDeleteAsync(CacheKeys.Tags(s_region, 0));
        await Servers.Redis.Database.ListLeftPushAsync(CacheKeys.Tags(s_region, 0), "x");
        await PublishAsync(1);

        Assert.That(() => _first.WriteAsync(s_region), Throws.TypeOf<CacheAwayException>());
        await _first.WriteAsync(s_region);

        await HoldsAsync();
    }

    // What changed is told, and what is sent is in proportion to it.
    [Test]
    public async Task WriteAsync_ThousandChanges_SendsAndTellsThemOnly()
    {
        await PublishAsync(1_000);
        await _first.WriteAsync(s_region);
        var before = InputBytes();
        var wholeChunks = Enumerable.Range(0, 1_000).Select(i => Place(_index.Seq + 1 + i) / StatusList.ChunkSize).Distinct().Count() * (StatusChunkParts.StatusBytes + StatusChunkParts.TagsBytes);

        await PublishAsync(1_000);
        await _first.WriteAsync(s_region);

        var sent = InputBytes() - before;
        TestContext.Progress.WriteLine($"1,000 changes: {sent:N0} bytes sent to Redis; as whole chunks {wholeChunks:N0}.");
        Assert.That(sent, Is.LessThan(wholeChunks / 20));
        var told = (await Servers.Redis.Database.StreamRangeAsync(CacheKeys.Changes(s_region))).Single();
        Assert.That(((byte[])told["changes"]!).Length, Is.EqualTo(1_000 * ChangedEntry.Bytes));
        Assert.That(((long)told["seq"], told["fence"]), Is.EqualTo((2_000, await Servers.Redis.Database.StringGetAsync(CacheKeys.Fence(s_region)))));
        await HoldsAsync();

        static long InputBytes() => long.Parse(
            Servers.Redis.Info("stats").Split("\r\n").Single(line => line.StartsWith("total_net_input_bytes:", StringComparison.Ordinal)).Split(':')[1], CultureInfo.InvariantCulture);
    }

    [Test]
    public void ChangedEntry_Encoded_HasItsDocumentedLayout() => Assert.That(
        Convert.ToHexString(ChangedEntry.Encode([new ChangedEntry(1, 0x0203, LicenceStatus.Suspended, 4, new EntryTag(0x05060708090A0B0C))])),
        Is.EqualTo($"000100000203{(int)LicenceStatus.Suspended:X2}0405060708090A0B0C"));

    private static async Task<Dictionary<RedisKey, byte[]>> DumpAsync()
    {
        var keys = new[] { "head", "writer", "fence", "list:0:status", "list:0:tags", "list:0:reasons", "list:0:hashes" }.Select(name => (RedisKey)$"cp:{{{s_region}}}:v1:{name}");
        var kept = new Dictionary<RedisKey, byte[]>();
        foreach (var key in keys)
        {
            kept[key] = (await Servers.Redis.Database.KeyDumpAsync(key))!;
        }

        return kept;
    }

    private static async Task RestoreAsync(Dictionary<RedisKey, byte[]> kept)
    {
        Servers.Redis.Flush();
        foreach (var (key, value) in kept)
        {
            await Servers.Redis.Database.KeyRestoreAsync(key, value);
        }
    }

    /// <summary>Writes the same changes to the database that <see cref="PublishAsync"/> makes.</summary>
    private Task AppendAsync(int changes) => _node.Services.GetRequiredService<GroupCommit>().RunAsync(async transaction =>
    {
        var chain = await StatusChainWriter.OpenAsync(transaction);
        for (var i = 0; i < changes; i++)
        {
            chain.Append(_time, 0, Place(chain.Seq + 1), LicenceStatus.Suspended, new EntryTag((ulong)chain.Seq + 1), StatusReason.Suspended);
        }

        await chain.CloseAsync();
    });

    private Task<StoredIndex?> ReadAsync() => _node.Services.GetRequiredService<SharedIndexReader>().ReadAsync(s_region);

    private async Task HoldsAsync()
    {
        var copy = new RegionIndex(s_region, 4);
        (await ReadAsync())!.Fill(copy);
        Assert.That(copy.Seq, Is.EqualTo(_index.Seq));
        Assert.That(copy.Snapshot(0).Root.ToArray(), Is.EqualTo(_index.Snapshot(0).Root.ToArray()));
        Assert.That(copy.Find(0, Place(_index.Seq)), Is.EqualTo(_index.Find(0, Place(_index.Seq))));
    }

    /// <summary>Far apart, so that a list has more chunks than one transaction holds.</summary>
    private static int Place(long seq) => (int)(seq * 70_001 % StatusList.Capacity);

    private async Task PublishAsync(int changes, bool inDatabase = true)
    {
        if (inDatabase)
        {
            await AppendAsync(changes);
        }

        for (var i = 0; i < changes; i++)
        {
            var seq = _index.Seq + 1;
            _index.Apply(new StatusChange(seq, _time, 0, Place(seq), LicenceStatus.Suspended, new EntryTag((ulong)seq), StatusReason.Suspended));
        }

        var snapshot = _index.Publish(_time += 500);
        var document = StatusHeadDocument.Sign(snapshot.Head, _node.Services.GetRequiredService<OwnKeys>().Find(KeyUse.Index)!);
        _node.Services.GetRequiredService<PublishedIndexes>().Add(snapshot, document, keep: 5);
    }
}
