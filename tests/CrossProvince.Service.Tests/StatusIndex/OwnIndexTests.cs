using System.Collections.Concurrent;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Tests;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace CrossProvince.Service.Tests.StatusIndex;

[TestFixtureSource(typeof(EveryBackend), nameof(EveryBackend.All))]
public sealed class OwnIndexTests(Backend backend)
{
    private const int PatienceMilliseconds = 60_000;
    private static readonly RegionCode s_region = RegionCode.Parse("110000");
    private static readonly EntryTag s_tag = new(42);

    private readonly FakeTimeProvider _time = new();
    private string _directory = "";
    private string _connectionString = "";
    private WebApplication? _node;
    private RecordedLogs _logs = null!;

    private OwnIndex Index => _node!.Services.GetRequiredService<OwnIndex>();

    private StandingHeads Standing => _node!.Services.GetRequiredService<StandingHeads>();

    private RegionIndex Memory => _node!.Services.GetRequiredService<LicenceIndex>().Find(s_region)!;

    [SetUp]
    public void BuildNode()
    {
        _directory = Directory.CreateTempSubdirectory("crossprovince-").FullName;
        _connectionString = backend.IsPostgres() ? Servers.NewPreparedDatabase() : $"Data Source={Path.Combine(_directory, "node.db")}";
        if (backend.HasRedis())
        {
            Servers.Redis.Flush();
        }

        _time.AdjustTime(DateTimeOffset.UtcNow);
        _node = Build();
    }

    [TearDown]
    public async Task DisposeNodeAsync()
    {
        await StopAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public async Task StartAsync_GoodChain_LoadsAndPublishesIt()
    {
        await AppendAsync(3);

        await Index.StartAsync(CancellationToken.None);

        Assert.That(Memory.Seq, Is.EqualTo(3));
        Assert.That(Memory.Find(0, 2), Is.EqualTo(new IndexEntry(LicenceStatus.InForce, s_tag, StatusReason.None)));
        Assert.That(() => PublishedSeq(), Is.EqualTo(3).After(PatienceMilliseconds, 20));
    }

    // Who follows this region goes on where it was, also where the index came from Redis and not from the changes.
    [Test]
    public async Task StartAsync_Again_KeepsTheLastChangesForThoseWhoFollow()
    {
        await AppendAsync(3);
        await Index.StartAsync(CancellationToken.None);
        await KeepAsync(3);
        await StopAsync();

        _node = Build();
        await Index.StartAsync(CancellationToken.None);
        var feed = _node.Services.GetRequiredService<StatusFeed>();
        Assert.That(() => feed.Seq, Is.EqualTo(3).After(PatienceMilliseconds, 20));
        Assert.That(feed.TryTake(feed.Find(1)!, out var message, out _), Is.True);
        var batch = StatusFeedDocument.Open(message!.Batch.Memory, _node.Services.GetRequiredService<TrustSource>().List, s_region, _time.GetUtcNow().ToUnixTimeSeconds());

        Assert.That((batch.FromSeq, batch.ToSeq, batch.Compare(0, StatusChange.GenesisHash.Span)), Is.EqualTo((1, 3, FeedOrder.Next)));
    }

    // What does not lead to the hash that is published is not given out: it would look like a second history.
    [Test]
    public async Task StartAsync_EarlierChangesTamperedWith_AreNotGivenOut()
    {
        await AppendAsync(4);
        await Index.StartAsync(CancellationToken.None);
        await KeepAsync(4);
        await StopAsync();
        _node = Build();
        await ExecuteAsync("UPDATE status_changes SET time = time + 1 WHERE seq = 2");
        if (!backend.HasRedis())
        {
            // Then every change is read, and the whole chain refused.
            Assert.That(async () => await Index.StartAsync(CancellationToken.None), Throws.TypeOf<ConfigurationException>());
            return;
        }

        await Index.StartAsync(CancellationToken.None);
        var feed = _node.Services.GetRequiredService<StatusFeed>();
        Assert.That(() => feed.Seq, Is.EqualTo(4).After(PatienceMilliseconds, 20));

        Assert.That((feed.Find(2), feed.Find(1)), Is.EqualTo(((StatusFeed.Place?)null, (StatusFeed.Place?)null)));
        Assert.That(feed.Find(3), Is.Not.Null);
    }

    [Test]
    public async Task WaitForAsync_CommittedChange_IsInMemory()
    {
        await Index.StartAsync(CancellationToken.None);
        await AppendAsync(2);

        await Index.WaitForAsync(2).WaitAsync(TimeSpan.FromMilliseconds(PatienceMilliseconds));

        Assert.That(Memory.Seq, Is.EqualTo(2));
    }

    [TestCase("UPDATE status_changes SET hash = tag WHERE seq = 2", "hashes at change 2")]
    [TestCase("UPDATE status_changes SET time = time + 1 WHERE seq = 1", "hashes at change 1")]
    [TestCase("UPDATE status_changes SET list_index = 9 WHERE seq = 3", "hashes at change 3")]
    [TestCase("DELETE FROM status_changes WHERE seq = 2", "")]
    public async Task StartAsync_TamperedChain_RefusesAndSaysSo(string tampering, string expected)
    {
        await AppendAsync(3);
        await ExecuteAsync(tampering);

        Assert.That(
            async () => await Index.StartAsync(CancellationToken.None),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains("must not be published").And.Message.Contains(expected));
        Assert.That(PublishedSeq(), Is.Null);
    }

    [Test]
    public async Task Loop_ChainTamperedWhileRunning_PublishesNoMoreAndSaysSo()
    {
        await AppendAsync(1);
        await Index.StartAsync(CancellationToken.None);
        Assert.That(() => PublishedSeq(), Is.EqualTo(1).After(PatienceMilliseconds, 20));

        await _node!.Services.GetRequiredService<GroupCommit>().RunAsync(async transaction =>
        {
            await AppendAsync(transaction, 1);
            await transaction.Connection!.ExecuteAsync("UPDATE status_changes SET hash = tag WHERE seq = 2", transaction: transaction);
        });

        Assert.That(
            async () => await Index.WaitForAsync(2).WaitAsync(TimeSpan.FromMilliseconds(PatienceMilliseconds)), Throws.TypeOf<StorageException>());
        Assert.That(() => _logs.Critical, Has.Some.Contains("status chain is broken").After(PatienceMilliseconds, 20));
        Assert.That(PublishedSeq(), Is.EqualTo(1));
    }

    [Test]
    public async Task HasStood_FiveSecondsInAPublishedHead_IsTrue()
    {
        await AppendAsync(1);
        await Index.StartAsync(CancellationToken.None);
        Assert.That(() => PublishedSeq(), Is.EqualTo(1).After(PatienceMilliseconds, 20));
        Assert.That(Standing.HasStood(1), Is.False);

        _time.Advance(TimeSpan.FromMilliseconds(4_999));
        Assert.That(Standing.HasStood(1), Is.False);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(Standing.HasStood(1), Is.True);
        Assert.That(Standing.HasStood(2), Is.False);
    }

    [Test]
    public async Task HasStood_AfterRestart_RemembersWhatStoodBefore()
    {
        await AppendAsync(1);
        await Index.StartAsync(CancellationToken.None);
        Assert.That(() => PublishedSeq(), Is.EqualTo(1).After(PatienceMilliseconds, 20));
        _time.Advance(TimeSpan.FromSeconds(5));
        await AppendAsync(1);
        Assert.That(() => PublishedSeq(), Is.EqualTo(2).After(PatienceMilliseconds, 20));
        await StopAsync();

        _node = Build();
        await Index.StartAsync(CancellationToken.None);

        Assert.That(Standing.HasStood(1), Is.True);
        Assert.That(Standing.HasStood(2), Is.False);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.That(Standing.HasStood(2), Is.True);
    }

    // Without Redis a node reads every change; with it, the state kept there and the changes since.
    [Test]
    public async Task StartAsync_StateKeptBefore_HasItAndTheChangesSince()
    {
        await AppendAsync(3);
        await Index.StartAsync(CancellationToken.None);
        await KeepAsync(3);
        await StopAsync();
        _node = Build();
        await AppendAsync(2);

        await Index.StartAsync(CancellationToken.None);

        Assert.That(Memory.Seq, Is.EqualTo(5));
        Assert.That(Enumerable.Range(0, 6).Select(i => Memory.Find(0, i).Tag), Is.EqualTo(Enumerable.Repeat(s_tag, 5).Append(EntryTag.None)));
        Assert.That(() => PublishedSeq(), Is.EqualTo(5).After(PatienceMilliseconds, 20));
    }

    [Test]
    public async Task StartAsync_HeadSeenThatTheDatabaseDoesNotKnow_NothingIsPublishedOrChanged()
    {
        await AppendAsync(3);
        await Index.StartAsync(CancellationToken.None);
        await KeepAsync(3);
        await StopAsync();

        // A database restored from before those changes, which then took another way.
        _connectionString = backend.IsPostgres() ? Servers.NewPreparedDatabase() : $"Data Source={Path.Combine(_directory, "other.db")}";
        _node = Build();
        await AppendAsync(2);
        await Index.StartAsync(CancellationToken.None);

        Assert.That(Memory.Seq, Is.EqualTo(2));
        Assert.That(Memory.Find(0, 2).Tag, Is.EqualTo(EntryTag.None));
        Assert.That(_logs.Critical, Has.Exactly(1).StartsWith("The database ends at change 2, but a head of this region up to change 3 was seen (this node's own file)"));
        Assert.That(async () => await AppendAsync(1), Throws.TypeOf<ChainBehindException>());
        await Task.Delay(700);
        Assert.That(PublishedSeq(), Is.Null);
    }

    // Its own file is gone with the machine: what Redis keeps tells.
    [Test]
    public async Task StartAsync_OnlyRedisKnowsMore_NothingIsPublished()
    {
        await AppendAsync(3);
        await Index.StartAsync(CancellationToken.None);
        await KeepAsync(3);
        await StopAsync();
        File.Delete(Path.Combine(_directory, "spool", "published-head"));

        _connectionString = backend.IsPostgres() ? Servers.NewPreparedDatabase() : $"Data Source={Path.Combine(_directory, "other.db")}";
        _node = Build();
        await AppendAsync(2);
        await Index.StartAsync(CancellationToken.None);

        Assert.That(_logs.Critical, backend.HasRedis() ? Has.Exactly(1).Contains("up to change 3 was seen (Redis)") : Is.Empty);
    }

    [Test]
    public async Task ExecuteAsync_DatabasePutBackUnderTheNode_StopsPublishing()
    {
        await AppendAsync(3);
        await Index.StartAsync(CancellationToken.None);
        Assert.That(() => PublishedSeq(), Is.EqualTo(3).After(PatienceMilliseconds, 20));

        await ExecuteAsync("DELETE FROM status_changes WHERE seq = 3");
        await ExecuteAsync("UPDATE status_chain SET seq = 2, hash = (SELECT hash FROM status_changes WHERE seq = 2)");

        Assert.That(() => _logs.Critical.Count(), Is.EqualTo(2).After(PatienceMilliseconds, 20));
        Assert.That(_logs.Critical, Has.Exactly(1).StartsWith("This node knows change 3, of which the database, which ends at 2, knows nothing"));
        Assert.That(async () => await AppendAsync(1), Throws.TypeOf<ChainBehindException>());
    }

    [TestCase("tag")]
    [TestCase("status")]
    public async Task Loop_MemoryDamaged_IsMadeAnewFromTheDatabase(string what)
    {
        await AppendAsync(3);
        await Index.StartAsync(CancellationToken.None);
        Assert.That(() => PublishedSeq(), Is.EqualTo(3).After(PatienceMilliseconds, 20));
        var good = Memory.Find(0, 1);

        Damage.Flip(Memory, 0, 1, what);

        Assert.That(() => _logs.Errors, Has.Some.Contains("Memory was damaged in the region's licence index, list 0, chunk 0").After(PatienceMilliseconds, 20));
        Assert.That(() => Memory.Find(0, 1), Is.EqualTo(good).After(PatienceMilliseconds, 20));
        await AppendAsync(1);
        Assert.That(() => PublishedSeq(), Is.EqualTo(4).After(PatienceMilliseconds, 20));
        Assert.That(Memory.Snapshot(0).ChunkHashes.ToArray(), Is.EqualTo(Replayed(4).Snapshot(0).ChunkHashes.ToArray()));
    }

    // What the database says now is not what this node signed: only a person can say what is true.
    [Test]
    public async Task Loop_MemoryDamagedAndDatabaseSaysOtherwise_PublishesNoMore()
    {
        await AppendAsync(3);
        await Index.StartAsync(CancellationToken.None);
        Assert.That(() => PublishedSeq(), Is.EqualTo(3).After(PatienceMilliseconds, 20));
        await ExecuteAsync("UPDATE status_changes SET list_index = 77 WHERE seq = 2");

        Damage.Flip(Memory, 0, 1, "tag");

        Assert.That(() => _logs.Critical, Has.Some.Contains("status chain is broken").After(PatienceMilliseconds, 20));
        Assert.That(Memory.IsDamaged(0, 1, 1), Is.True);
    }

    /// <summary>The index that the first changes make.</summary>
    private static RegionIndex Replayed(int changes)
    {
        var index = new RegionIndex(s_region, 4);
        for (var i = 0; i < changes; i++)
        {
            index.Apply(new StatusChange(i + 1, 1, 0, i, LicenceStatus.InForce, s_tag, StatusReason.None));
        }

        return index;
    }

    /// <summary>Waits for a published head and writes it to the shared cache, if there is one.</summary>
    private async Task KeepAsync(long seq)
    {
        Assert.That(() => PublishedSeq(), Is.EqualTo(seq).After(PatienceMilliseconds, 20));
        if (backend.HasRedis())
        {
            await _node!.Services.GetServices<IHostedService>().OfType<SharedIndexWriter>().Single().WriteAsync(s_region);
            Assert.That(await Servers.Redis.Database.KeyExistsAsync(CacheKeys.Head(s_region)), Is.True);
        }
    }

    private WebApplication Build()
    {
        _logs = new RecordedLogs();
        return Node.Build(
            [
                "--environment", "Development", "--Region", s_region.ToString(), "--contentRoot", _directory,
                "--Recording:Directory", Path.Combine(_directory, "spool"),
                "--ConnectionStrings:Database", _connectionString, "--ConnectionStrings:Redis", backend.HasRedis() ? Servers.Redis.ConnectionString : "",
            ],
            services =>
            {
                services.AddSingleton<TimeProvider>(_time);
                services.AddLogging(logging => logging.ClearProviders().AddProvider(_logs));
            });
    }

    private async Task StopAsync()
    {
        if (_node is not null)
        {
            await Index.StopAsync(CancellationToken.None);
            await _node.DisposeAsync();
            _node = null;
        }
    }

    // What the node has committed itself is not read back, unless the database says otherwise: that alone is the truth.
    [TestCase(true)]
    [TestCase(false)]
    public async Task HandOver_Changes_CountAsTheDatabaseHasThem(bool isTrue)
    {
        await Index.StartAsync(CancellationToken.None);
        var tag = isTrue ? s_tag : new EntryTag(43);
        var change = new StatusChange(1, _time.GetUtcNow().ToUnixTimeMilliseconds(), 0, 0, LicenceStatus.InForce, tag, StatusReason.None);
        Index.HandOver([new StoredChange(change, change.NextHash(StatusChange.GenesisHash.Span))]);
        await AppendAsync(1);

        await Index.WaitForAsync(1);

        Assert.That(Memory.Find(0, 0), Is.EqualTo(new IndexEntry(LicenceStatus.InForce, s_tag, StatusReason.None)));
        Assert.That(Index.FindAhead(1, Memory.ChainHash.ToArray()), Is.Empty);
        Assert.That((_logs.Critical, _logs.Errors), Is.EqualTo((Array.Empty<string>(), Array.Empty<string>())));
    }

    private long? PublishedSeq() => _node!.Services.GetRequiredService<PublishedIndexes>().FindHead(s_region) is { } document
        ? StatusHeadDocument.Open(document, _node.Services.GetRequiredService<TrustSource>().List, s_region, _time.GetUtcNow().ToUnixTimeSeconds()).Seq
        : null;

    private Task AppendAsync(int changes) => _node!.Services.GetRequiredService<GroupCommit>().RunAsync(transaction => AppendAsync(transaction, changes));

    private async Task AppendAsync(System.Data.Common.DbTransaction transaction, int changes)
    {
        var chain = await StatusChainWriter.OpenAsync(transaction);
        for (var i = 0; i < changes; i++)
        {
            chain.Append(_time.GetUtcNow().ToUnixTimeMilliseconds(), 0, (int)chain.Seq, LicenceStatus.InForce, s_tag, StatusReason.None);
        }

        await chain.CloseAsync();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await _node!.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(sql);
    }

    private sealed class RecordedLogs : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<(LogLevel Level, string Message)> _messages = new();

        public IEnumerable<string> Critical => _messages.Where(m => m.Level == LogLevel.Critical).Select(m => m.Message);

        public IEnumerable<string> Errors => _messages.Where(m => m.Level == LogLevel.Error).Select(m => m.Message);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
            {
                _messages.Enqueue((logLevel, formatter(state, exception)));
            }
        }

        public void Dispose()
        {
        }
    }
}
