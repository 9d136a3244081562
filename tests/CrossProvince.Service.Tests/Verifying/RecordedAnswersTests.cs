using CrossProvince.Core.Verification;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Recording;
using CrossProvince.Service.Tests.Storage;
using CrossProvince.Service.Verifying;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace CrossProvince.Service.Tests.Verifying;

/// <summary>How long a request id is remembered, and for whom.</summary>
[TestFixtureSource(typeof(EveryBackend), nameof(EveryBackend.All))]
public sealed class RecordedAnswersTests(Backend backend) : StorageFixture(backend)
{
    private const string Caller = "urn:crossprovince:110000:verifier:A";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));

    private readonly OwnMeters _meters = new();
    private string _folder = "";
    private VerificationSpool _spool = null!;

    [SetUp]
    public void OpenSpool()
    {
        _folder = Directory.CreateTempSubdirectory("crossprovince-").FullName;
        _spool = new VerificationSpool(new RecordingOptions(), _folder, TestRecords.Region, Database, Commits, _time, new RecordingMetrics(_meters), NullLogger<VerificationSpool>.Instance);
        _spool.Prepare();
    }

    [TearDown]
    public async Task CloseSpoolAsync()
    {
        await _spool.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [OneTimeTearDown]
    public void Dispose() => _meters.Dispose();

    [TestCase(0, true)]
    [TestCase(599_999, true)]
    [TestCase(600_000, false)]
    [TestCase(3_600_000, false)]
    public async Task FindAsync_SameIdLater_IsFoundForTenMinutes(int milliseconds, bool expected)
    {
        await RecordAsync("v1", Verdict.Valid);
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));

        Assert.That(await FindAsync(Caller, "r") is not null, Is.EqualTo(expected));
    }

    [Test]
    public async Task FindAsync_IdUsedAgainAfterTenMinutes_FindsTheNewer()
    {
        await RecordAsync("v1", Verdict.Valid);
        _time.Advance(TimeSpan.FromMinutes(11));
        await RecordAsync("v2", Verdict.Expired);

        Assert.That((await FindAsync(Caller, "r"))!.VerificationId, Is.EqualTo("v2"));
    }

    [TestCase(Caller, "other")]
    [TestCase("urn:crossprovince:110000:verifier:B", "r")]
    public async Task FindAsync_AnotherIdOrCaller_FindsNothing(string caller, string requestId)
    {
        await RecordAsync("v1", Verdict.Valid);

        Assert.That(await FindAsync(caller, requestId), Is.Null);
    }

    [Test]
    public async Task FindAsync_SeveralRequests_FindsEachOfItsCaller()
    {
        await RecordAsync("v1", Verdict.Valid);

        var found = await Answers.FindAsync([("urn:crossprovince:110000:verifier:B", "r"), (Caller, "\"'\\ 编号"), (Caller, "r")], Now - 1);

        Assert.That(found.ToDictionary(f => f.Key, f => f.Value.VerificationId), Is.EqualTo(new Dictionary<(string, string), string> { [(Caller, "r")] = "v1" }));
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task<RecordedAnswer?> FindAsync(string caller, string requestId) =>
        (await Answers.FindAsync([(caller, requestId)], Now - Verifications.RequestMilliseconds)).GetValueOrDefault((caller, requestId));

    private RecordedAnswers Answers => new(_spool, Database);

    private async Task RecordAsync(string id, Verdict verdict)
    {
        await _spool.AppendAsync([Record(id, verdict)], CancellationToken.None);
        await _spool.DrainedAsync(CancellationToken.None);
    }

    private VerificationRecord Record(string id, Verdict verdict) => new()
    {
        VerificationId = id,
        Time = Now,
        Caller = Caller,
        OnBehalfOf = "",
        VerifierRegion = 110_000,
        TerminalId = "t",
        MatterCode = "",
        CaseNumber = "",
        RequestId = "r",
        RequestDigest = [1],
        Verdict = verdict,
        Reason = UndeterminedReason.None,
        TrustVersion = 1,
        TrustStale = false,
        Mode = 1,
    };
}
