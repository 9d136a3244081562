using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.StatusIndex.Auditing;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Licences;
using CrossProvince.Service.Tests.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;
using static CrossProvince.Service.StatusIndex.Auditing.StatusDifferenceKind;

namespace CrossProvince.Service.Tests.StatusIndex;

/// <summary>An audit finds nothing in what nodes have written, and each kind of difference that somebody planted since.</summary>
[TestFixtureSource(typeof(EveryBackend), nameof(EveryBackend.All))]
public sealed class StatusAuditTests(Backend backend)
{
    private const int PatienceMilliseconds = 60_000;
    private static readonly RegionCode s_region = RegionCode.Parse("110000");

    private static readonly string[] s_tables = ["status_changes", "status_chain", "published_heads", "list_entries", "lists", "licences"];

    private readonly Dictionary<RedisKey, byte[]> _kept = [];
    private BuiltNode _node = null!;
    private StatusHead _head = null!;
    private byte[] _document = [];

    /// <summary>Five licences; the first suspended, then in force again, the second shown otherwise since, the third ended, the fourth suspended.</summary>
    [OneTimeSetUp]
    public async Task BuildAsync()
    {
        _node = BuiltNode.Build(backend);
        await _node.StartIndexAsync();
        var catalogue = _node.Services.GetRequiredService<NodeSettings>().Catalogue;
        LicenceRecord[] records = [.. Enumerable.Range(1, 5).Select(n => LicenceRecords.Make(catalogue, n))];
        StatusOrder Order(int licence, NormalisedStatus status) => new(records[licence].Id, status, "test");
        var register = _node.Services.GetRequiredService<LicenceRegister>();
        await register.ImportAsync(records);
        await register.ImportAsync([LicenceRecords.Make(catalogue, 2, name: "李小明")]);
        await register.ChangeStatusesAsync(
            [Order(0, NormalisedStatus.Suspended), Order(0, NormalisedStatus.Valid), Order(2, NormalisedStatus.Revoked), Order(3, NormalisedStatus.Frozen)], _ => true, CancellationToken.None);

        var published = _node.Services.GetRequiredService<PublishedIndexes>();
        Assert.That(() => published.FindNewest(s_region)?.Snapshot.Head.Seq, Is.EqualTo(11).After(PatienceMilliseconds, 20));
        await _node.Services.GetRequiredService<OwnIndex>().StopAsync(CancellationToken.None);
        (_head, _document) = (published.FindNewest(s_region)!.Snapshot.Head, published.FindHead(s_region)!);
        foreach (var table in s_tables)
        {
            await ExecuteAsync($"CREATE TABLE saved_{table} AS SELECT * FROM {table}");
        }

        if (backend.HasRedis())
        {
            await _node.Services.GetServices<IHostedService>().OfType<SharedIndexWriter>().Single().WriteAsync(s_region);
            foreach (var key in new[] { CacheKeys.Head(s_region), CacheKeys.Status(s_region, 0), CacheKeys.Tags(s_region, 0), CacheKeys.Reasons(s_region, 0), CacheKeys.Hashes(s_region, 0) })
            {
                _kept[key] = (await Servers.Redis.Database.KeyDumpAsync(key))!;
            }
        }
    }

    [OneTimeTearDown]
    public async Task DisposeAsync() => await _node.DisposeAsync();

    /// <summary>All as it was.</summary>
    [SetUp]
    public async Task RestoreAsync()
    {
        foreach (var table in s_tables)
        {
            await ExecuteAsync($"DELETE FROM {table}");
            await ExecuteAsync($"INSERT INTO {table} SELECT * FROM saved_{table}");
        }

        if (backend.HasRedis())
        {
            Servers.Redis.Flush();
            foreach (var (key, value) in _kept)
            {
                await Servers.Redis.Database.KeyRestoreAsync(key, value);
            }
        }
    }

    [Test]
    public async Task RunAsync_AsNodesWroteIt_FindsNoDifference()
    {
        var report = await AuditAsync(_document);

        Assert.That(report.Difference, Is.Null);
        Assert.That((report.Changes, report.Lists, report.Licences, report.Entries), Is.EqualTo((11, 1, 5, 6)));
        Assert.That(report.Heads.Select(h => (h.Source, h.Seq)), Is.EquivalentTo(backend.HasRedis() ? [("here", 11), ("redis", 11)] : new[] { ("here", 11L) }));
        Assert.That(report.CacheChunks > 0, Is.EqualTo(backend.HasRedis()));
        Assert.That(report.CacheChunksMoved, Is.Zero);
    }

    [Test]
    public async Task RunAsync_NothingYet_FindsNoDifference()
    {
        foreach (var table in s_tables.Where(table => table != "status_chain"))
        {
            await ExecuteAsync($"DELETE FROM {table}");
        }

        await ExecuteAsync($"UPDATE status_chain SET seq = 0, time = 0, hash = {(backend.IsPostgres() ? "'\\x" : "x'")}{new string('0', 64)}'");
        if (backend.HasRedis())
        {
            Servers.Redis.Flush();
        }

        var report = await AuditAsync();

        Assert.That((report.Difference, report.Changes, report.Heads.Count), Is.EqualTo(((StatusDifference?)null, 0L, 0)));
    }

    [TestCase("UPDATE status_changes SET hash = (SELECT hash FROM status_changes c WHERE c.seq = 1) WHERE seq = 7", ChangeHash, 7)]
    [TestCase("UPDATE status_changes SET status = 1, reason_code = 1 WHERE seq = 3", ChangeHash, 3)]
    [TestCase("UPDATE status_changes SET reason_code = 11 WHERE seq = 8", ChangeHash, 8)]
    [TestCase("UPDATE status_changes SET tag = hash WHERE seq = 4", ChangeHash, 4)]
    [TestCase("UPDATE status_changes SET time = time + 1 WHERE seq = 11", ChangeHash, 11)]
    [TestCase("DELETE FROM status_changes WHERE seq = 5", ChangeMissing, 5)]
    [TestCase("DELETE FROM status_changes WHERE seq = 1", ChangeMissing, 1)]
    [TestCase("DELETE FROM status_changes WHERE seq = 11", ChangeMissing, 11)]
    [TestCase("UPDATE status_chain SET seq = 10", ChainEnd, 11)]
    [TestCase("UPDATE status_chain SET hash = (SELECT hash FROM status_changes WHERE seq = 10)", ChainEnd, 11)]
    public async Task RunAsync_ChainAltered_SaysWhere(string tampering, StatusDifferenceKind kind, long seq)
    {
        await ExecuteAsync(tampering);

        var found = (await AuditAsync()).Difference;

        Assert.That((found?.Kind, found?.Seq), Is.EqualTo(((StatusDifferenceKind?)kind, (long?)seq)));
        CheckTexts(found!);
    }

    // The second licence has left its first entry; the licences' own entries follow in the order of import.
    [TestCase("UPDATE licences SET status = 0 WHERE last_seq = 10", StatusDifferenceKind.LicenceStatus)]
    [TestCase("UPDATE licences SET status_raw = 'valid' WHERE last_seq = 10", StatusDifferenceKind.LicenceStatus)]
    [TestCase("UPDATE licences SET status_raw = 'none' WHERE last_seq = 10", StatusDifferenceKind.LicenceStatus)]
    [TestCase("UPDATE licences SET reason_code = 2 WHERE last_seq = 10", LicenceReason)]
    [TestCase("UPDATE licences SET tag = (SELECT tag FROM status_changes WHERE seq = 5) WHERE last_seq = 10", LicenceTag)]
    [TestCase("UPDATE licences SET type_number = type_number + 1 WHERE last_seq = 10", LicenceTag)]
    [TestCase("UPDATE licences SET display = (SELECT display FROM licences WHERE last_seq = 11) WHERE last_seq = 10", LicenceTag)]
    [TestCase("UPDATE licences SET last_seq = 3 WHERE last_seq = 10", LicenceChange)]
    [TestCase("UPDATE licences SET list_index = (list_index + 1) % 1048576 WHERE last_seq = 10", LicenceEntry)]
    [TestCase("UPDATE list_entries SET licence_row = (SELECT licence_row FROM licences WHERE last_seq = 11) WHERE list_index = (SELECT list_index FROM status_changes WHERE seq = 10)", LicenceEntry)]
    [TestCase("DELETE FROM list_entries WHERE list_index = (SELECT list_index FROM status_changes WHERE seq = 10)", LicenceEntry)]
    [TestCase("DELETE FROM list_entries WHERE list_index = (SELECT list_index FROM status_changes WHERE seq = 6)", EntryMissing)]
    [TestCase("INSERT INTO list_entries (list_number, list_index, licence_row) SELECT 1, 7, licence_row FROM licences WHERE last_seq = 10", EntryUnknown)]
    [TestCase("UPDATE list_entries SET licence_row = 99 WHERE list_index = (SELECT list_index FROM status_changes WHERE seq = 6)", EntryWithoutLicence)]
    [TestCase("DELETE FROM licences WHERE last_seq = 11", EntryWithoutLicence)]
    [TestCase("UPDATE lists SET allocated = allocated - 1", ListCount)]
    [TestCase("DELETE FROM lists", ListCount)]
    public async Task RunAsync_RowAltered_SaysWhere(string tampering, StatusDifferenceKind kind)
    {
        await ExecuteAsync(tampering);

        var found = (await AuditAsync()).Difference;

        Assert.That(found?.Kind, Is.EqualTo(kind));
        Assert.That((found!.List, found.Index is null), Is.EqualTo(((int?)(kind == EntryUnknown ? 1 : 0), kind == ListCount)));
        CheckTexts(found);
    }

    [Test]
    public async Task RunAsync_DatabaseOfBefore_SaysThatTheHeadKnowsMore()
    {
        await ExecuteAsync("DELETE FROM status_changes WHERE seq > 9");
        await ExecuteAsync("UPDATE status_chain SET seq = 9, hash = (SELECT hash FROM status_changes WHERE seq = 9)");
        await ExecuteAsync("DELETE FROM published_heads");

        var found = (await AuditAsync(_document)).Difference;

        Assert.That((found?.Kind, found?.Seq), Is.EqualTo(((StatusDifferenceKind?)HeadBeyondChain, (long?)11)));
        CheckTexts(found!);
    }

    [Test]
    public async Task RunAsync_DatabaseOfBeforeAndNoHead_SaysThatOneWasPublished()
    {
        await ExecuteAsync("DELETE FROM status_changes WHERE seq > 9");
        await ExecuteAsync("UPDATE status_chain SET seq = 9, hash = (SELECT hash FROM status_changes WHERE seq = 9)");

        var found = (await AuditAsync()).Difference;

        Assert.That(found?.Kind, Is.EqualTo(HeadBeyondChain));
        Assert.That(found!.Text.En, Does.Contain("published_heads"));
    }

    [Test]
    public async Task RunAsync_HeadOfAnotherChain_SaysSo() => await CompareForgedAsync(head => head with { Hash = new byte[32] }, HeadHash);

    [Test]
    public async Task RunAsync_HeadOfOtherLists_SaysSo() =>
        await CompareForgedAsync(head => head with { Lists = [head.Lists[0] with { Allocated = 5 }] }, HeadLists);

    [Test]
    public async Task RunAsync_HeadWithAListTooMany_SaysSo() =>
        await CompareForgedAsync(head => head with { Lists = [head.Lists[0], head.Lists[0] with { List = 1 }] }, HeadLists);

    [Test]
    public async Task RunAsync_HeadIsNone_SaysSo()
    {
        byte[] head = [.. _document];
        head[^1] ^= 1;

        var found = (await AuditAsync(head)).Difference;

        Assert.That(found?.Kind, Is.EqualTo(HeadRefused));
        CheckTexts(found!);
    }

    [TestCase("status", CacheStatus)]
    [TestCase("tags", CacheTag)]
    [TestCase("reasons", CacheReason)]
    [TestCase("hashes", CacheHash)]
    [TestCase("head", HeadRefused)]
    [TestCase("gone", CacheIncomplete)]
    public async Task RunAsync_RedisAltered_SaysWhere(string what, StatusDifferenceKind kind)
    {
        if (!backend.HasRedis())
        {
            Assert.That((await AuditAsync()).Difference, Is.Null);
            return;
        }

        var place = await PlaceAsync(10);
        await SpoilAsync(what, place);

        var found = (await AuditAsync()).Difference;

        Assert.That(found?.Kind, Is.EqualTo(kind));
        if (kind is CacheStatus or CacheTag or CacheReason)
        {
            Assert.That((found!.List, found.Index), Is.EqualTo(((int?)0, (int?)place)));
        }

        CheckTexts(found!);
    }

    [Test]
    public void RunAsync_NoDatabase_IsWrongConfiguration() => Assert.That(
        async () => await StatusAudit.RunAsync(
            ["--environment", "Development", "--ConnectionStrings:Database", $"Data Source={Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"), "none.db")}"], [], CancellationToken.None),
        Throws.TypeOf<ConfigurationException>().With.Message.Contains("cannot be opened"));

    private static void CheckTexts(StatusDifference found)
    {
        Assert.That(found.Text.En, Has.Length.GreaterThan(10));
        Assert.That(found.Text.Zh.Any(c => c > '\u4dff'), Is.True, found.Text.Zh);
        Assert.That($"{found.Text.En} {found.Text.Zh}", Does.Not.Contain("1.2.156"));
    }

    private async Task CompareForgedAsync(Func<StatusHead, StatusHead> forge, StatusDifferenceKind kind)
    {
        var document = StatusHeadDocument.Sign(forge(_head), _node.Services.GetRequiredService<OwnKeys>().Find(KeyUse.Index)!);

        var found = (await AuditAsync(document)).Difference;

        Assert.That((found?.Kind, found?.Seq), Is.EqualTo(((StatusDifferenceKind?)kind, (long?)11)));
        CheckTexts(found!);
    }

    private static async Task SpoilAsync(string what, int place)
    {
        var redis = Servers.Redis.Database;
        var (chunk, inChunk) = (place / StatusList.ChunkSize, place % StatusList.ChunkSize);
        switch (what)
        {
            case "status":
                await redis.StringSetBitAsync(CacheKeys.Status(s_region, 0), (place / 4 * 8) + 7 - (place % 4 * 2), false);
                await redis.StringSetBitAsync(CacheKeys.Status(s_region, 0), (place / 4 * 8) + 6 - (place % 4 * 2), false);
                break;
            case "tags":
                await redis.StringSetRangeAsync(CacheKeys.Tags(s_region, 0), place * EntryTag.Size, new byte[EntryTag.Size]);
                break;
            case "reasons":
                var reasons = (byte[])(await redis.HashGetAsync(CacheKeys.Reasons(s_region, 0), chunk))!;
                var at = Enumerable.Range(0, reasons.Length / 3).Single(i => ((reasons[i * 3] << 8) | reasons[(i * 3) + 1]) == inChunk);
                reasons[(at * 3) + 2] = (byte)StatusReason.Cancelled;
                await redis.HashSetAsync(CacheKeys.Reasons(s_region, 0), chunk, reasons);
                break;
            case "hashes":
                await redis.StringSetRangeAsync(CacheKeys.Hashes(s_region, 0), chunk * 32, new byte[32]);
                break;
            case "head":
                await redis.StringSetRangeAsync(CacheKeys.Head(s_region), 40, new byte[] { 1, 2, 3, 4 });
                break;
            default:
                await redis.KeyDeleteAsync(CacheKeys.Tags(s_region, 0));
                break;
        }
    }

    private Task<StatusAuditReport> AuditAsync(params byte[][] heads) => StatusAudit.RunAsync(_node.Arguments, [.. heads.Select(head => ("here", head))], CancellationToken.None);

    private async Task<int> PlaceAsync(long seq)
    {
        await using var connection = await _node.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return (int)await connection.ExecuteScalarAsync<long>("SELECT list_index FROM status_changes WHERE seq = @seq", new { seq });
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await _node.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(sql);
    }
}
