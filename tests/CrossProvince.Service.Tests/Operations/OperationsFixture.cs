using CrossProvince.Core.Verification;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Recording;
using CrossProvince.Service.Tests.Storage;
using CrossProvince.Service.Tests.Verifying;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Tests.Operations;

/// <summary>A database and random records of verifications, the same in every run.</summary>
public abstract class OperationsFixture(bool postgres) : StorageFixture(postgres ? Backend.Postgres : Backend.Sqlite)
{
    private protected const string Organisation = "91110000XXXXXX001F";
    private protected const string Stranger = "91110000XXXXXX002F";

    /// <summary>Records lie between here and <see cref="End"/>, across two turns of a month and of a day in China.</summary>
    private protected static readonly DateTimeOffset Begin = new(2026, 2, 27, 12, 34, 56, TimeSpan.Zero);

    private protected static readonly DateTimeOffset End = Begin.AddDays(35);

    private static readonly Verdict[] s_verdicts = [Verdict.Valid, Verdict.Valid, Verdict.Valid, Verdict.Expired, Verdict.Revoked, Verdict.Undetermined, Verdict.BadSignature];
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly int[] s_regions = [110_000, 120_000, 130_000];

    private readonly OwnMeters _meters = new();
    private string _folder = "";

    private protected Random Random { get; private set; } = null!;

    private protected VerificationSpool Spool { get; private set; } = null!;

    [SetUp]
    public void OpenSpool()
    {
        Random = new Random(20_261_123);
        _folder = Directory.CreateTempSubdirectory("crossprovince-spool-").FullName;
        Spool = new VerificationSpool(new RecordingOptions(), _folder, TestRecords.Region, Database, Commits, TimeProvider.System, new RecordingMetrics(_meters), new CapturedLog());
        Spool.Prepare();
    }

    [TearDown]
    public async Task CloseSpoolAsync()
    {
        await Spool.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [OneTimeTearDown]
    public void DisposeMeters() => _meters.Dispose();

    /// <summary>A record of some moment; half of them share theirs with others.</summary>
    private protected VerificationRecord Make(int n)
    {
        var verdict = Pick(s_verdicts);
        var holds = verdict != Verdict.BadSignature;
        var time = Begin.ToUnixTimeMilliseconds() + Random.NextInt64((long)(End - Begin).TotalMilliseconds);
        time -= n % 2 == 0 ? time % 3_600_000 : 0;
        return TestRecords.Make(n) with
        {
            VerificationId = Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(time)).ToString("N"),
            Time = time,
            Caller = Pick([$"operator:{Organisation}", $"urn:crossprovince:110000:verifier:{Organisation}", $"operator:{Stranger}", $"operator:{Organisation}9", "holder:1234"]),
            VerifierRegion = Pick(s_regions),
            TerminalId = $"窗口-{Random.Next(4)}",
            MatterCode = $"m{Random.Next(30)}",
            CaseNumber = Pick(["", "A_1", "A%1", "Ab1", @"A\1"]),
            Verdict = verdict,
            Reason = verdict == Verdict.Undetermined ? Pick([UndeterminedReason.Stale, UndeterminedReason.NoStatus]) : UndeterminedReason.None,
            Scenario = holds ? Random.Next(1, 4) : 0,
            IssuingRegion = holds ? Pick(s_regions) : 0,
            TypeNumber = holds ? Random.Next(1, 5) : 0,
        };
    }

    private protected List<VerificationRecord> Make(int from, int count) => [.. Enumerable.Range(from, count).Select(n => Make(n))];

    private protected async Task RecordAsync(IReadOnlyList<VerificationRecord> records)
    {
        await Spool.AppendAsync(records, CancellationToken.None);
        using var patience = new CancellationTokenSource(s_patience);
        while (Spool.Backlog > 0)
        {
            // For two seconds at most, each time.
            await Spool.DrainedAsync(patience.Token);
        }
    }

    private T Pick<T>(T[] some) => some[Random.Next(some.Length)];
}
