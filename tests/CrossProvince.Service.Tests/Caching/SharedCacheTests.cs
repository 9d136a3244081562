using System.Diagnostics;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Tests.Backends;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace CrossProvince.Service.Tests.Caching;

[Parallelizable(ParallelScope.All)]
public sealed class SharedCacheTests
{
    private static readonly RegionCode s_region = RegionCode.Parse("110000");

    [TestCase("127.0.0.1:6379,passwd=secret-1")]
    [TestCase("127.0.0.1:port-secret-1,ssl=maybe")]
    [TestCase("127.0.0.1,connectTimeout=secret-1")]
    [TestCase("password=secret-1")]
    public void Create_BadConnectionString_NamesTheSettingAndNoSecret(string connectionString) => Assert.That(
        () => Create(connectionString),
        Throws.TypeOf<ConfigurationException>().With.Message.StartsWith("ConnectionStrings:Redis").And.Message.Not.Contains("secret-1"));

    [Test]
    public async Task AskAsync_NoneConfigured_IsAwayFromNobody()
    {
        await using var cache = Create("");
        cache.Prepare();

        Assert.That((cache.IsConfigured, cache.IsAway), Is.EqualTo((false, false)));
        Assert.That(() => cache.AskAsync(redis => redis.PingAsync()), Throws.TypeOf<CacheAwayException>());
    }

    [Test]
    public async Task Prepare_NobodyThere_GoesOnWithoutIt()
    {
        var start = Stopwatch.GetTimestamp();
        await using var cache = Create("127.0.0.1:1");
        cache.Prepare();

        Assert.That(cache.IsAway, Is.True);
        Assert.That(() => cache.AskAsync(redis => redis.PingAsync()), Throws.TypeOf<CacheAwayException>());
        Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(30)));
    }

    [TestCase("wrong")]
    [TestCase("")]
    public async Task Prepare_PasswordRefused_NamesTheSetting(string password)
    {
        using var redis = RedisServer.StartNew();
        await redis.Database.ExecuteAsync("ACL", "SETUSER", "node", "on", ">secret-1", "+@all", "~*", "&*");
        await redis.Database.ExecuteAsync("ACL", "SETUSER", "default", "resetpass", ">another");
        await using var cache = Create($"{redis.ConnectionString},user=node,password={password}");

        Assert.That(cache.Prepare, Throws.TypeOf<ConfigurationException>().With.Message.Contains("refuses the user or the password"));
    }

    [TestCase("+setrange")]
    [TestCase("+client|setname")]
    [TestCase("&cp:*", "+publish +subscribe")]
    [TestCase("+eval", "+eval")]
    public async Task Prepare_UserMayDoTooLittle_NamesWhatIsMissing(string without, string? missing = null)
    {
        using var redis = RedisServer.StartWithout(without);
        await using var cache = Create(redis.ConnectionString);

        Assert.That(cache.Prepare, Throws.TypeOf<ConfigurationException>().With.Message.StartsWith("ConnectionStrings:Redis").And.Message.Contains($" {missing ?? without};"));
    }

    [Test]
    public async Task AskAsync_RightTakenAway_SaysWhich()
    {
        using var redis = RedisServer.StartNew();
        var log = new CapturedLog<SharedCache>();
        await using var cache = new SharedCache(redis.ConnectionString, s_region, log);
        cache.Prepare();
        await redis.Database.ExecuteAsync("ACL", "SETUSER", RedisUser.Name, "-setrange");

        Assert.That(() => cache.AskAsync(database => database.StringSetRangeAsync(CacheKeys.Tags(s_region, 0), 0, "x")), Throws.TypeOf<CacheAwayException>());
        Assert.That(cache.IsAway, Is.True);
        Assert.That(() => log.Lines.Select(line => line.Text), Has.Some.Contains("does not allow its user +setrange").After(60_000, 20));
        Assert.That(await cache.AskAsync(database => database.StringSetAsync(CacheKeys.Tags(s_region, 0), "x")), Is.True, "The rest goes on.");
    }

    [TestCase("late", "does not lead to Redis:CertificateAuthority, or is not valid now (NotTimeValid)")]
    [TestCase("stranger", "does not lead to Redis:CertificateAuthority, or is not valid now (PartialChain)")]
    [TestCase("elsewhere", "is for another host than the connection string names")]
    public async Task Prepare_CertificateOfTheServerIsWrong_SaysWhatIsWrongWithIt(string certificate, string fault)
    {
        using var redis = new RedisWithTls();
        redis.Show(certificate);
        var log = new CapturedLog<SharedCache>();
        await using var cache = new SharedCache(redis.ConnectionString(1_000), s_region, log, redis.Options);
        cache.Prepare();

        Assert.That(cache.IsAway, Is.True);
        Assert.That(log.Lines.Select(line => line.Text), Has.Some.Contains(fault));
    }

    [Test]
    public async Task Prepare_ServerWantsACertificate_SaysThatTlsWasRefused()
    {
        using var redis = new RedisWithTls();
        var log = new CapturedLog<SharedCache>();
        await using var cache = new SharedCache(redis.ConnectionString(1_000), s_region, log, new RedisOptions { CertificateAuthority = redis.FileOf("ca.pem") });
        cache.Prepare();

        Assert.That(log.Lines.Select(line => line.Text), Has.Some.Contains("Redis:Certificate"));
    }

    [Test]
    public void Create_CertificatesWithoutTlsOrKeyOrFile_NamesTheSetting()
    {
        Assert.That(() => Create("a:1", new RedisOptions { CertificateAuthority = "ca.pem" }), Throws.TypeOf<ConfigurationException>().With.Message.Contains("ssl=true"));
        Assert.That(() => Create("a:1,ssl=true", new RedisOptions { Certificate = "node.pem" }), Throws.TypeOf<ConfigurationException>().With.Message.StartsWith("Redis:Key"));
        Assert.That(() => Create("a:1,ssl=true", new RedisOptions { CertificateAuthority = "nowhere.pem" }), Throws.TypeOf<ConfigurationException>().With.Message.StartsWith("Redis:CertificateAuthority"));
    }

    // Frozen names: nodes of several versions share a server during an upgrade.
    [Test]
    public void CacheKeys_EveryKey_HasItsDocumentedName()
    {
        var other = RegionCode.Parse("130000");
        Assert.That(
            new[]
            {
                CacheKeys.Head(other), CacheKeys.Writer(other), CacheKeys.Fence(other), CacheKeys.Changes(other), CacheKeys.Status(other, 3), CacheKeys.Tags(other, 3), CacheKeys.Reasons(other, 3), CacheKeys.Hashes(other, 3),
                CacheKeys.Epoch(s_region), CacheKeys.Used(s_region, other, new ShowingId(0xABC)), CacheKeys.Record(s_region, 3, 7), (RedisKey)CacheKeys.Changed(s_region).ToString(),
            }.Select(key => key.ToString()),
            Is.EqualTo(new[]
            {
                "cp:{130000}:v1:head", "cp:{130000}:v1:writer", "cp:{130000}:v1:fence", "cp:{130000}:v1:changes", "cp:{130000}:v1:list:3:status", "cp:{130000}:v1:list:3:tags", "cp:{130000}:v1:list:3:reasons",
                "cp:{130000}:v1:list:3:hashes", "cp:{110000}:v1:epoch", "cp:{110000}:v1:used:130000:000000000abc", "cp:{110000}:v1:record:3:7", "cp:{110000}:v1:changed",
            }));
    }

    private static SharedCache Create(string connectionString, RedisOptions? options = null) => new(connectionString, s_region, NullLogger<SharedCache>.Instance, options);
}
