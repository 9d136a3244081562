using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Status;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Tests.Backends;
using StackExchange.Redis;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>Tianjin restarts while Beijing is away: it has Beijing's index from Redis, as Beijing signed it, or none.</summary>
[NonParallelizable]
public sealed class KeptIndexTests
{
    private const string Keys = "cp:{110000}:v1:";

    private RedisServer _redis = null!;
    private TestFederation _federation = null!;
    private StoredLicence _good = null!;
    private StoredLicence _revoked = null!;
    private string _goodCode = "";
    private string _revokedCode = "";
    private Dictionary<RedisKey, byte[]> _before = [];
    private Dictionary<RedisKey, byte[]> _kept = [];

    private TestNode Beijing => _federation[TestFederation.Beijing];

    private TestNode Tianjin => _federation[TestFederation.Tianjin];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _redis = RedisServer.StartNew();
        _federation = await TestFederation.StartAsync(new() { Settings = new Dictionary<string, string> { ["ConnectionStrings:Redis"] = _redis.ConnectionString } });
        _good = await Beijing.TakeAsync(TestLicences.DrivingLicence(TestFederation.Beijing, 1));
        _revoked = await Beijing.TakeAsync(TestLicences.DrivingLicence(TestFederation.Beijing, 2));
        await _federation.LetStandAsync();
        await KeptAsync();
        _before = await DumpAsync();
        _goodCode = (await Beijing.PresentAsync(_good, "traffic-stop")).Code;
        _revokedCode = (await Beijing.PresentAsync(_revoked, "traffic-stop")).Code;
        await Beijing.ChangeStatusAsync(_revoked.Record.Id.ToString(), LicenceStatus.Revoked);
        await _federation.CatchUpAsync();
        await KeptAsync();
        await Beijing.StopAsync();
        await Tianjin.StopAsync();
        _kept = await DumpAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _federation.DisposeAsync();
        _redis.Dispose();
    }

    [TearDown]
    public Task StopTianjinAsync() => Tianjin.StopAsync();

    [Test]
    public async Task Start_PartnerAway_AnswersFromWhatIsKept()
    {
        await StartTianjinAsync(_kept, "");

        Assert.That(await VerifyAsync(_goodCode), Is.EqualTo(Verdict.Valid));
        Assert.That(await VerifyAsync(_revokedCode), Is.EqualTo(Verdict.Revoked));
    }

    // Whatever is done to Redis, a revoked licence is never valid again.
    [TestCase("a status bit")]
    [TestCase("a reason")]
    [TestCase("a tag")]
    [TestCase("a chunk hash")]
    [TestCase("a list missing")]
    [TestCase("a list cut off")]
    [TestCase("a head of another key")]
    [TestCase("garbage for a head")]
    [TestCase("no head")]
    public async Task Start_KeptIndexTamperedWith_IsRefused(string what)
    {
        await StartTianjinAsync(_kept, what);

        Assert.That(await VerifyAsync(_goodCode), Is.EqualTo(Verdict.Undetermined));
        Assert.That(await VerifyAsync(_revokedCode), Is.EqualTo(Verdict.Undetermined));
        Assert.That(await _redis.Database.KeyExistsAsync(Keys + "head"), Is.False, "It is to be written anew.");
    }

    // An old state under its own head is genuine, and exactly as old as its head says.
    [Test]
    public async Task Start_OldStatePutBack_HasItsTrueAge()
    {
        var head = Head(_before[Keys + "head"]);

        await StartTianjinAsync(_before, "");

        Assert.That(Tianjin.AsOf(TestFederation.Beijing), Is.EqualTo(head.TimeMs));
    }

    private async Task StartTianjinAsync(Dictionary<RedisKey, byte[]> state, string tampering)
    {
        _redis.Flush();
        foreach (var (key, value) in state)
        {
            if (key.ToString().EndsWith(":reasons", StringComparison.Ordinal))
            {
                await _redis.Database.HashSetAsync(key, _revoked.Index / StatusList.ChunkSize, value);
            }
            else
            {
                await _redis.Database.StringSetAsync(key, value);
            }
        }

        await TamperAsync(tampering);
        await Tianjin.StartAsync();
    }

    /// <summary>Waits until Redis holds Beijing's index as it is now.</summary>
    private async Task KeptAsync()
    {
        var seq = Beijing.Index.Find(TestFederation.Beijing)!.Seq;
        await Eventually.HoldsAsync(() => (byte[]?)_redis.Database.StringGet(Keys + "head") is { } head && Head(head).Seq == seq, "Redis keeps the newest state");
    }

    private StatusHead Head(byte[] document) => StatusHeadDocument.Open(document, _federation.OpenTrust(), TestFederation.Beijing, _federation.Clock.Seconds);

    /// <summary>Beijing's index as it stands in Redis; one licence has a reason, at most.</summary>
    private async Task<Dictionary<RedisKey, byte[]>> DumpAsync()
    {
        var kept = new Dictionary<RedisKey, byte[]>();
        foreach (var name in new[] { "head", "list:0:status", "list:0:tags", "list:0:hashes" })
        {
            kept.Add(Keys + name, (byte[])(await _redis.Database.StringGetAsync(Keys + name))!);
        }

        if ((byte[]?)await _redis.Database.HashGetAsync(Keys + "list:0:reasons", _revoked.Index / StatusList.ChunkSize) is { } reason)
        {
            kept.Add(Keys + "list:0:reasons", reason);
        }

        return kept;
    }

    private async Task TamperAsync(string what)
    {
        var (redis, list) = (_redis.Database, $"{Keys}list:0:");
        switch (what)
        {
            case "a status bit":
                await redis.StringSetBitAsync(list + "status", (_revoked.Index / 4 * 8) + 7 - (_revoked.Index % 4 * 2), false);
                break;
            case "a reason":
                await redis.KeyDeleteAsync(list + "reasons");
                break;
            case "a tag":
                await redis.StringSetRangeAsync(list + "tags", _revoked.Index * 8L, _good.Tag.ToBytes());
                break;
            case "a chunk hash":
                await redis.StringSetRangeAsync(list + "hashes", 0, "x");
                break;
            case "a list missing":
                await redis.KeyDeleteAsync([list + "status", list + "tags", list + "reasons", list + "hashes"]);
                break;
            case "a list cut off":
                await redis.StringSetAsync(list + "tags", "short");
                break;
            case "a head of another key":
                await redis.StringSetAsync(Keys + "head", StatusHeadDocument.Sign(Head(_kept[Keys + "head"]), _federation.Signer("110000/keys/code")));
                break;
            case "garbage for a head":
                await redis.StringSetAsync(Keys + "head", "garbage");
                break;
            case "no head":
                await redis.KeyDeleteAsync(Keys + "head");
                break;
        }
    }

    private async Task<Verdict> VerifyAsync(string code) =>
        (await Tianjin.Verifications.VerifyAsync(new VerifyRequest { Code = code, Scenario = "traffic-stop", TerminalId = "window-1" })).Verification.Verdict;
}
